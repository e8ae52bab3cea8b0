"""Exports for tests of the task that makes them, on the school of tests/support/school.py."""

import csv
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from sqlalchemy import select

from jobs.exports.export_long import kind_of
from jobs.work.task import WorkContext
from models import Export
from models.database import Database
from resolvers.access.viewers import SYSTEM, viewer_by_email
from resolvers.exports.exports import request_export
from resolvers.exports.selection import Selection
from resolvers.reports.generation import generate
from tests.support.school import MARCH, NOW, Ids, school

Key = tuple[str, str]


async def reported_school(database: Database, folder: Path) -> dict[Key, int]:
    """Makes the school with a report of everything for March; the ids of the reports by kind and institution's id."""
    async with database.write() as session:
        ids: Ids = await school(session, folder)
    made = await database.in_snapshot(lambda session: generate(session, SYSTEM, list(ids.values()), MARCH, now=NOW))
    report_of = {one.subject_id: one.report_id for one in made}
    return {key: report_of[subject_id] for key, subject_id in ids.items()}


async def asked(work: WorkContext, email: str, selection: Selection, format_name: str, **options: Any) -> Export:
    """Asks for an export, as the mutation does; its row."""
    async with work.database.write() as session:
        viewer = await viewer_by_email(session, email)
        assert viewer is not None
        export = await request_export(session, viewer, selection, format_name, options=options, now=NOW, days=7)
        await work.queue.enqueue(session, kind_of(export.report_count), {"export_id": export.id})
    return export


async def row(work: WorkContext, export_id: int) -> Export:
    """The export as it is now."""
    async with work.database.read() as session:
        return (await session.scalars(select(Export).where(Export.id == export_id))).one()


def everything_in(work: WorkContext) -> list[Path]:
    """All that lies in the file store but its own folders: files, drafts, and what was put aside for a draft."""
    store = work.settings.data / "files"
    own = {store / "drafts", *(folder for folder in store.glob("??") if folder.is_dir())}
    return sorted(path for path in store.rglob("*") if path not in own)


def only_file(work: WorkContext) -> bytes:
    """The content of the one file in the store."""
    (path,) = everything_in(work)
    return path.read_bytes()


def read_zip(content: bytes) -> dict[str, list[dict[str, str]]]:
    """The lines of every table of a CSV export, by its key."""
    with ZipFile(BytesIO(content)) as files:
        return {
            name.removesuffix(".csv"): list(csv.DictReader(files.read(name).decode().splitlines()))
            for name in files.namelist()
        }
