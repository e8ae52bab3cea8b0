"""Exports: asking for a file of one report or many, and looking at how it is getting on."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, any_, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer
from sqlalchemy.orm.interfaces import ORMOption

from models import BaseReport, Export, Subject, User, WorkState
from resolvers.access.scope import contactable, measurable, visible
from resolvers.access.viewers import Viewer
from resolvers.core.any_of import any_of
from resolvers.core.paging import Page, PageRequest, beyond, count_up_to, cut, in_order
from resolvers.core.problems import ProblemCode, Refusal
from resolvers.exports.selection import Selection, select_reports

MAX_EXPORTS: Final = 20
"""How many exports are listed of one report."""
MAX_UNDER_WAY: Final = 50
"""How many exports an account may have under way, those of schedules apart: all people's stand in one queue."""
MAX_REPORTS_UNDER_WAY: Final = 20_000
"""An account whose exports under way are of more reports than this waits with the next."""

_UNDER_WAY: Final = (WorkState.QUEUED, WorkState.RUNNING)

# of a file of many reports they are long, and who looks at how it is getting on needs none
_WITHOUT_IDS: Final[tuple[ORMOption, ...]] = (
    defer(Export.report_ids, raiseload=True),
    defer(Export.names, raiseload=True),
    defer(Export.contacts, raiseload=True),
    defer(Export.filters, raiseload=True),
)


def _shown_to(viewer: Viewer) -> ColumnElement[bool]:
    """The exports the viewer may know of: a file holds what its asker may see, so nobody else's; ADMIN: all."""
    return true() if viewer.sees_everything else Export.requested_by == viewer.user_id


async def check_under_way(session: AsyncSession, viewer: Viewer) -> None:
    """Refusal: the account has as much under way as it may. Its requests follow one another until they commit."""
    await session.execute(select(User.id).where(User.id == viewer.user_id).with_for_update(key_share=True))
    asked = Export.requested_by == viewer.user_id, Export.slot_id.is_(None), Export.state.in_(_UNDER_WAY)
    counted = await session.execute(select(func.count(), func.sum(Export.report_count)).where(*asked))
    exports, reports = counted.one()
    if exports >= MAX_UNDER_WAY:
        told = f"{MAX_UNDER_WAY} exports of yours are under way, the most there may be at a time"
    elif (reports or 0) > MAX_REPORTS_UNDER_WAY:
        told = f"your exports that are under way are of {reports:,} reports, which is enough at a time"
    else:
        return
    raise Refusal(f"{told}; wait until one has ended, or cancel one", (), ProblemCode.CONFLICT)


async def request_export(
    session: AsyncSession,
    viewer: Viewer,
    selection: Selection,
    format_name: str,
    *,
    options: Mapping[str, Any] | None = None,
    now: datetime,
    days: int,
) -> Export:
    """Writes down an export of reports the viewer may read; the caller queues the work in the same transaction.

    `options` are those of jobs/exports/options.py. Refusal: as `select_reports`.
    """
    selected = await select_reports(session, viewer, selection)
    ids = selected.report_ids
    export = Export(
        report_id=ids[0] if len(ids) == 1 else None,
        report_ids=list(ids),
        report_count=len(ids),
        matching=selected.matching,
        filters=[list(pair) for pair in selected.filters],
        format=format_name,
        options=dict(options or {}),
        state=WorkState.QUEUED,
        requested_by=viewer.user_id,
        requested_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(export)
    await session.flush()
    return export


async def export_by_id(session: AsyncSession, viewer: Viewer, export_id: int) -> Export | None:
    """The export without its ids, for who asked for it and for ADMIN."""
    found: Export | None = await session.scalar(
        select(Export).options(*_WITHOUT_IDS).where(Export.id == export_id, _shown_to(viewer))
    )
    return found


async def exports_by_ids(session: AsyncSession, viewer: Viewer, ids: Collection[int]) -> dict[int, Export]:
    """Those of the exports the viewer may know of, without their ids, by id."""
    found = await session.scalars(
        select(Export).options(*_WITHOUT_IDS).where(any_of(Export.id, ids), _shown_to(viewer))
    )
    return {export.id: export for export in found}


async def list_exports(session: AsyncSession, viewer: Viewer, asked: PageRequest) -> Page[Export]:
    """One page of the exports the viewer may know of, without their ids, newest first; the key of a row is (id,)."""
    keys = (Export.id,)
    found = await session.scalars(
        select(Export)
        .options(*_WITHOUT_IDS)
        .where(_shown_to(viewer), *beyond(keys, asked, descending=True))
        .order_by(*in_order(keys, asked, descending=True))
        .limit(asked.size + 1)
    )
    return cut(found.all(), asked)


async def count_exports(session: AsyncSession, viewer: Viewer) -> int | None:
    """How many exports that list has; exact up to 10,000, None beyond."""
    return await count_up_to(session, select(Export.id).where(_shown_to(viewer)))


async def exports_of_reports(
    session: AsyncSession, viewer: Viewer, report_ids: Collection[int]
) -> dict[int, list[Export]]:
    """The newest exports of each of these reports alone that the viewer may know of, newest first; one statement."""
    newest_first = (Export.requested_at.desc(), Export.id.desc())
    place = func.row_number().over(partition_by=Export.report_id, order_by=newest_first).label("place")
    ranked = select(Export.id, place).where(any_of(Export.report_id, report_ids), _shown_to(viewer)).subquery("ranked")
    found = await session.scalars(
        select(Export)
        .options(*_WITHOUT_IDS)
        .join(ranked, ranked.c.id == Export.id)
        .where(ranked.c.place <= MAX_EXPORTS)
        .order_by(Export.report_id, ranked.c.place)
    )
    exports: dict[int, list[Export]] = {report_id: [] for report_id in report_ids}
    for export in found:
        assert export.report_id is not None
        exports[export.report_id].append(export)
    return exports


async def may_fetch(session: AsyncSession, viewer: Viewer, export: Export) -> bool:
    """Whether the viewer may read all that the file holds as things are now: reports, every name, every address."""
    return bool(await fetchable(session, viewer, [export]))


async def fetchable(session: AsyncSession, viewer: Viewer, exports: Sequence[Export]) -> list[Export]:
    """Those of the exports whose files the viewer may fetch, as `may_fetch`; one statement for all of them."""
    reports = (
        select(func.count())
        .select_from(BaseReport)
        .join(Subject, Subject.id == BaseReport.subject_id)
        .where(BaseReport.id == any_(Export.report_ids), measurable(viewer))
    )
    named, contacted = (
        select(func.jsonb_array_elements(ids).cast(Integer)).correlate(Export)
        for ids in (Export.names, Export.contacts)
    )
    names = select(func.count()).select_from(Subject).where(Subject.id.in_(named), visible(viewer))
    contacts = select(func.count()).select_from(Subject).where(Subject.id.in_(contacted), contactable(viewer))
    found = await session.scalars(
        select(Export.id).where(
            any_of(Export.id, [export.id for export in exports]),
            reports.correlate(Export).scalar_subquery() == func.cardinality(Export.report_ids),
            names.correlate(Export).scalar_subquery() == func.jsonb_array_length(Export.names),
            contacts.correlate(Export).scalar_subquery() == func.jsonb_array_length(Export.contacts),
        )
    )
    whole = set(found)
    return [export for export in exports if export.id in whole]
