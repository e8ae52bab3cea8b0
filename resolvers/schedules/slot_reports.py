"""What a slot of a schedule reports on, under the rights its owner has at that time, and what each recipient gets."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import BaseReport, Schedule, Subject, SubjectKind
from resolvers.access.scope import measurable
from resolvers.access.viewers import Viewer
from resolvers.core.any_of import any_of
from resolvers.core.wording import counted
from resolvers.metrics.registry import METRICS
from resolvers.reports.runs import readable
from resolvers.schedules.drafts import Condition
from resolvers.subjects.look_ups import ids_within


@dataclass(frozen=True, slots=True)
class Chosen:
    """The subjects to report on, and a sentence about those named that are not among them."""

    subject_ids: tuple[int, ...]
    left_out: str | None = None


async def subjects_to_report(session: AsyncSession, owner: Viewer, schedule: Schedule) -> Chosen:
    """The subjects of a schedule whose reports its owner may read now. Refuses when `within` is not theirs to see."""
    kind = SubjectKind(schedule.kind)
    if schedule.subjects is not None:
        found = await readable(session, owner, schedule.subjects)
        ids = tuple(id_ for id_ in schedule.subjects if id_ in found and found[id_][0] is kind)
        gone = len(schedule.subjects) - len(ids)
        return Chosen(ids, f"{_are_gone(gone)} no longer the owner's to read." if gone else None)
    conditions = [Subject.kind == kind, Subject.school_id == schedule.school_id, measurable(owner, (kind,))]
    if schedule.within is not None:
        conditions.append(Subject.id.in_(await ids_within(session, owner, schedule.within, kind)))
    rows = await session.scalars(select(Subject.id).where(*conditions).order_by(Subject.sort_key, Subject.id))
    return Chosen(tuple(rows))


def _are_gone(number: int) -> str:
    return f"{counted(number, 'subject is', 'subjects are')} gone or"


@dataclass(frozen=True, slots=True)
class SlotReport:
    """A report of a slot: its id, its subject's, and whether a session was held in its days or there is a result."""

    id: int
    subject_id: int
    with_data: bool = True


@dataclass(frozen=True, slots=True)
class SlotFindings:
    """The reports of a slot, in the order of its run, and whether there is anything in them to tell of."""

    reports: tuple[SlotReport, ...]
    with_data: bool
    met: bool


async def findings_of(session: AsyncSession, report_ids: Sequence[int], condition: Condition | None) -> SlotFindings:
    """What the reports say; one statement, which reads figures and not their data."""
    columns = [BaseReport.id, BaseReport.subject_id, BaseReport.session_count, BaseReport.result_count]
    figure = getattr(BaseReport, METRICS[condition.metric].column) if condition else BaseReport.id
    rows = await session.execute(select(*columns, figure.label("figure")).where(any_of(BaseReport.id, report_ids)))
    found = {row.id: row for row in rows}
    ordered = [found[id_] for id_ in report_ids if id_ in found]
    reports = tuple(SlotReport(row.id, row.subject_id, bool(row.session_count or row.result_count)) for row in ordered)
    return SlotFindings(
        reports=reports,
        with_data=any(report.with_data for report in reports),
        met=condition is None or any(condition.met(row.figure) for row in ordered),
    )


async def readable_by(
    session: AsyncSession, accounts: Collection[Viewer], reports: Sequence[SlotReport]
) -> dict[int, tuple[int, ...]]:
    """The ids of the reports each account may read now, in order; one statement for all accounts of the same rights."""
    subjects = {report.subject_id for report in reports}
    by_rights: dict[Viewer, tuple[int, ...]] = {}
    readable_ids = {}
    for account in accounts:
        rights = replace(account, user_id=0, email=None, name="", tokens_from=None)
        if rights not in by_rights:
            may = await readable(session, account, subjects)
            by_rights[rights] = tuple(report.id for report in reports if report.subject_id in may)
        readable_ids[account.user_id] = by_rights[rights]
    return readable_ids
