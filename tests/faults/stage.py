"""The stage: servers of its own in a directory of its own, and a small school with reports to export."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from models import SubjectKind
from models.database import Database
from models.embedded import Addresses, Place, running_servers
from models.migrate import migrate
from models.settings import load_settings
from resolvers.access.viewers import Viewer, viewer_by_email
from resolvers.bundle import import_bundle
from resolvers.calendar.periods import Period
from resolvers.demo import write_demo_bundle
from resolvers.reports.generation import generate
from tests.faults.journal import make_journal
from tests.support.factories import subject_ids

TODAY: Final = date(2025, 10, 10)
SEPTEMBER: Final = Period(date(2025, 9, 1), date(2025, 9, 30), "2025-09")
PRINCIPAL: Final = "principal@northgate.example"
MEMORY: Final = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Stage:
    """Where it happens, who asks, and the reports there are to export."""

    place: Place
    addresses: Addresses
    principal: Viewer
    report_ids: list[int]


@contextmanager
def opened_stage() -> Iterator[Stage]:
    """Everything that is needed, removed at the end."""
    # in memory, so that crash after crash is not a test of the disk; every commit is synchronous all the same
    data = Path(tempfile.mkdtemp(prefix="rollcall-faults-", dir=MEMORY if MEMORY.is_dir() else "/tmp"))
    data.chmod(0o711)
    try:
        with running_servers(load_settings({"ROLLCALL_DATA": str(data)})) as addresses:
            migrate(addresses.database_url)
            make_journal(addresses.database_url)
            principal, report_ids = asyncio.run(_filled(addresses.database_url, data / "school"))
            yield Stage(Place(data), addresses, principal, report_ids)
    finally:
        shutil.rmtree(data)


async def _filled(database_url: str, folder: Path) -> tuple[Viewer, list[int]]:
    write_demo_bundle(folder, scale=0.05, today=TODAY)
    database = Database(database_url)
    try:
        async with database.write() as session:
            await import_bundle(session, folder)
        async with database.read() as session:
            principal = await viewer_by_email(session, PRINCIPAL)
            assert principal is not None
            courses = [id_ for (kind, _), id_ in (await subject_ids(session)).items() if kind == SubjectKind.COURSE]
        now = datetime.now(UTC)
        made = await database.in_snapshot(lambda session: generate(session, principal, courses, SEPTEMBER, now=now))
    finally:
        await database.close()
    return principal, [one.report_id for one in made]
