"""What tests start from: viewers, and ways to put a school into a database."""

from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Role, Subject
from resolvers.access.viewers import Viewer
from resolvers.bundle import import_bundle
from tests.support.bundles import Bundle, write_bundle
from tests.support.kept_imports import keep, put_back

ATTEND: Final = Path(__file__).parents[1] / "data" / "attend"
ADMIN: Final = Viewer(user_id=0, email="admin@example.edu", name="Administrator", role=Role.ADMIN)


class RolledBack(Exception):  # noqa: N818
    """Raised to leave a write transaction without a trace."""


async def subject_ids(session: AsyncSession) -> dict[tuple[str, str], int]:
    """Our id of every subject by kind and institution's id."""
    rows = await session.execute(select(Subject.kind, Subject.source_id, Subject.id))
    return {(row.kind, row.source_id): row.id for row in rows}


async def imported(session: AsyncSession, bundle: Bundle, folder: Path) -> dict[tuple[str, str], int]:
    """Imports the bundle by way of a folder and returns the ids of its subjects."""
    write_bundle(bundle, folder)
    await import_bundle(session, folder)
    return await subject_ids(session)


async def begun_with(session: AsyncSession, bundle: Bundle, folder: Path) -> dict[tuple[str, str], int]:
    """As `imported`, for a bundle that many tests begin with: an empty database gets what its first import left."""
    if not await put_back(session, bundle):
        alone = not await subject_ids(session)
        await imported(session, bundle, folder)
        if alone:
            await keep(session, bundle)
    return await subject_ids(session)
