"""Mending what is kept where it differs from its source rows: after a fault of ours, or a change behind our back."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncSession

from resolvers.metrics.sums import KEPT, count_differing
from resolvers.metrics.sums_lock import hold_sums

# nothing says any more whose they were: our ids are never given twice
_REMOVE_STRAY_MARKS: Final = """
    delete from mark m
    where not exists (select from session s where s.id = m.session_id)
        or not exists (select from trainee t where t.id = m.trainee_id)"""
_MEND_MARKS: Final = """
    update mark m set day = s.day, school_id = s.school_id from session s
    where s.id = m.session_id and (m.day, m.school_id) is distinct from (s.day, s.school_id)"""


@dataclass(frozen=True, slots=True)
class Mended:
    """The rows that differed, by table, as `verify_sums` counts them; `marks_removed` of the marks are gone."""

    rows: dict[str, int]
    marks_removed: int


async def repair_sums(session: AsyncSession) -> Mended:
    """Makes what is kept equal to what marks, results and enrolments say; reads everything, writes what differs.

    Holds the sums: imports wait meanwhile. Marks of a session or trainee that is gone are removed.
    """
    await session.execute(text("set local statement_timeout = 0"))
    await hold_sums(session)
    removed = await _changed(session, _REMOVE_STRAY_MARKS)
    marks = removed + await _changed(session, _MEND_MARKS)
    differing = await count_differing(session)
    for table in (name for name, count in differing.items() if count):
        columns, should_be = KEPT[table]
        stored = f"select {columns} from {table}"
        # as texts, so that a null equals a null; rows that are there too often all go, and come back as often as needed
        await _changed(
            session,
            f"delete from {table} where row({columns})::text in"
            f" (select row({columns})::text from ({stored} except all {should_be}) surplus)",
        )
        await _changed(session, f"insert into {table} ({columns}) ({should_be} except all {stored})")
    return Mended({"mark": marks} | differing, removed)


async def _changed(session: AsyncSession, statement: str) -> int:
    done = await session.execute(text(statement))
    assert isinstance(done, CursorResult)
    return done.rowcount
