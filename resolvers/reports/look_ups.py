"""Looking stored reports up: by id, in lists and as a subject's, always within scope."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, defer

from models import BaseReport, Subject, SubjectKind
from resolvers.access.scope import measurable
from resolvers.access.viewers import Viewer
from resolvers.calendar.periods import name_of
from resolvers.core.any_of import any_of
from resolvers.core.paging import MAX_COUNT, Page, PageRequest, beyond, count_up_to, cut, in_order
from resolvers.core.problems import ProblemCode, Refusal


class ReportOrderField(StrEnum):
    """What a list of reports is ordered by; figures that are null count as lowest."""

    GENERATED_AT = "GENERATED_AT"
    PERIOD_FROM = "PERIOD_FROM"
    ATTENDANCE_RATE = "ATTENDANCE_RATE"
    CHRONIC_ABSENCE_RATE = "CHRONIC_ABSENCE_RATE"
    AVERAGE_SCORE = "AVERAGE_SCORE"


# each has an index on (expression, id)
_ORDERS: Final[dict[ReportOrderField, ColumnElement[Any]]] = {
    ReportOrderField.GENERATED_AT: BaseReport.generated_at.expression,
    ReportOrderField.PERIOD_FROM: BaseReport.period_from.expression,
    ReportOrderField.ATTENDANCE_RATE: func.coalesce(BaseReport.attendance_rate, -1),
    ReportOrderField.CHRONIC_ABSENCE_RATE: func.coalesce(BaseReport.chronic_absence_rate, -1),
    ReportOrderField.AVERAGE_SCORE: func.coalesce(BaseReport.average_score, -1),
}


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """Which reports of a list; every given part must hold. Periods lie within first..last."""

    ids: tuple[int, ...] | None = None
    kinds: tuple[SubjectKind, ...] | None = None
    subject_ids: tuple[int, ...] | None = None
    first: date | None = None
    last: date | None = None
    generated_since: datetime | None = None
    run_id: int | None = None
    latest_only: bool = True


@dataclass(frozen=True, slots=True)
class ReportOrdering:
    """The order of a list of reports."""

    field: ReportOrderField = ReportOrderField.GENERATED_AT
    descending: bool = True


def is_latest() -> ColumnElement[bool]:
    """Whether no later revision of the same chain exists."""
    later = aliased(BaseReport, flat=True)
    return ~exists(
        select(later.id).where(
            later.subject_id == BaseReport.subject_id,
            later.period_from == BaseReport.period_from,
            later.period_to == BaseReport.period_to,
            later.revision > BaseReport.revision,
        )
    )


def _conditions(viewer: Viewer, query: ReportQuery) -> list[ColumnElement[bool]]:
    kinds = query.kinds if query.kinds is not None else tuple(SubjectKind)
    conditions = [BaseReport.kind.in_(kinds), measurable(viewer, kinds)]
    if query.ids is not None:
        conditions.append(BaseReport.id.in_(query.ids))
    if query.subject_ids is not None:
        conditions.append(BaseReport.subject_id.in_(query.subject_ids))
    if query.first is not None:
        conditions.append(BaseReport.period_from >= query.first)
    if query.last is not None:
        conditions.append(BaseReport.period_to <= query.last)
    if query.generated_since is not None:
        conditions.append(BaseReport.generated_at >= query.generated_since)
    if query.run_id is not None:
        conditions.append(BaseReport.run_id == query.run_id)
    if query.latest_only:
        conditions.append(is_latest())
    return conditions


def _in_scope(viewer: Viewer, query: ReportQuery) -> Select[BaseReport]:
    return (
        select(BaseReport)
        .options(defer(BaseReport.data, raiseload=True))
        .join(Subject, Subject.id == BaseReport.subject_id)
        .where(*_conditions(viewer, query))
    )


async def reports_by_ids(session: AsyncSession, viewer: Viewer, ids: Collection[int]) -> dict[int, BaseReport]:
    """Those of the reports the viewer may read, whole, by id."""
    found = await session.scalars(
        select(BaseReport)
        .join(Subject, Subject.id == BaseReport.subject_id)
        .where(any_of(BaseReport.id, ids), measurable(viewer))
    )
    return {report.id: report for report in found}


@dataclass(frozen=True, slots=True)
class ReportHead:
    """What there is to know of a report before it is read whole; `stored_bytes` is about how long its data are."""

    id: int
    kind: SubjectKind
    school_id: int
    subject_id: int
    subject_name: str
    period_name: str | None
    period_from: date
    period_to: date
    stored_bytes: int


async def heads_of_reports(session: AsyncSession, viewer: Viewer, ids: Collection[int]) -> dict[int, ReportHead]:
    """The heads of those of the reports the viewer may read, by id; one statement, which reads no data."""
    found = await session.execute(
        select(
            BaseReport.id,
            BaseReport.kind,
            BaseReport.school_id,
            BaseReport.subject_id,
            Subject.name,
            BaseReport.period_name,
            BaseReport.period_from,
            BaseReport.period_to,
            func.pg_column_size(BaseReport.data),
        )
        .join(Subject, Subject.id == BaseReport.subject_id)
        .where(any_of(BaseReport.id, ids), measurable(viewer))
    )
    heads = {}
    for row in found:
        id_, kind, school_id, subject_id, subject_name, named, first, last, stored_bytes = row
        name = named or name_of(first, last)
        heads[id_] = ReportHead(
            id_, SubjectKind(kind), school_id, subject_id, subject_name, name, first, last, stored_bytes
        )
    return heads


async def report_to_read(session: AsyncSession, viewer: Viewer, report_id: int) -> BaseReport:
    """The report, whole; refuses when there is none the viewer may read."""
    report = (await reports_by_ids(session, viewer, [report_id])).get(report_id)
    if report is None:
        raise Refusal("there is no such report", ("report",), ProblemCode.NOT_FOUND)
    return report


async def list_reports(
    session: AsyncSession, viewer: Viewer, query: ReportQuery, ordering: ReportOrdering, asked: PageRequest
) -> Page[BaseReport]:
    """One page of reports without their data; keys are (value ordered by, id)."""
    key = _ORDERS[ordering.field]
    keys = (key, BaseReport.id)
    rows = _in_scope(viewer, query).where(*beyond(keys, asked, descending=ordering.descending))
    statement = rows.order_by(*in_order(keys, asked, descending=ordering.descending)).limit(asked.size + 1)
    return cut((await session.scalars(statement)).all(), asked)


def order_key(report: BaseReport, ordering: ReportOrdering) -> tuple[Any, int]:
    """The key of a report in that order, for its cursor."""
    if ordering.field in (ReportOrderField.GENERATED_AT, ReportOrderField.PERIOD_FROM):
        return getattr(report, ordering.field.lower()), report.id
    value = getattr(report, ordering.field.lower())
    return -1.0 if value is None else value, report.id


async def ids_of_reports(
    session: AsyncSession, viewer: Viewer, query: ReportQuery, ordering: ReportOrdering | None, limit: int
) -> list[int]:
    """The ids of the first reports of a list, in its order; None: by the names of their subjects, then by days."""
    by_name = [Subject.sort_key, Subject.id, BaseReport.period_from, BaseReport.id]
    found = await session.scalars(
        select(BaseReport.id)
        .join(Subject, Subject.id == BaseReport.subject_id)
        .where(*_conditions(viewer, query))
        .order_by(*(by_name if ordering is None else _sorted_by(ordering)))
        .limit(limit)
    )
    return list(found)


def _sorted_by(ordering: ReportOrdering) -> list[ColumnElement[Any]]:
    keys = (_ORDERS[ordering.field], BaseReport.id)
    return [key.desc() if ordering.descending else key.asc() for key in keys]


async def count_reports(session: AsyncSession, viewer: Viewer, query: ReportQuery, most: int = MAX_COUNT) -> int | None:
    """How many reports the whole list has; exact up to `most`, None beyond."""
    rows = select(BaseReport.id).join(Subject, Subject.id == BaseReport.subject_id).where(*_conditions(viewer, query))
    return await count_up_to(session, rows, most)


async def reports_of_subjects(
    session: AsyncSession,
    viewer: Viewer,
    subject_ids: Sequence[int],
    query: ReportQuery,
    asked: PageRequest,
) -> dict[int, Page[BaseReport]]:
    """One page of reports, newest first, for each of many subjects, in one statement."""
    keys = (BaseReport.generated_at, BaseReport.id)
    conditions = [any_of(BaseReport.subject_id, subject_ids), *_conditions(viewer, query)]
    conditions += beyond(keys, asked, descending=True)
    order = in_order(keys, asked, descending=True)
    place = func.row_number().over(partition_by=BaseReport.subject_id, order_by=order).label("place")
    ranked = (
        select(BaseReport.id.label("report_id"), place)
        .join(Subject, Subject.id == BaseReport.subject_id)
        .where(and_(*conditions))
        .subquery("ranked")
    )
    found = await session.scalars(
        select(BaseReport)
        .options(defer(BaseReport.data, raiseload=True))
        .join(ranked, ranked.c.report_id == BaseReport.id)
        .where(ranked.c.place <= asked.size + 1)
        .order_by(BaseReport.subject_id, ranked.c.place)
    )
    rows: dict[int, list[BaseReport]] = {subject_id: [] for subject_id in subject_ids}
    for report in found:
        rows[report.subject_id].append(report)
    return {subject_id: cut(reports, asked) for subject_id, reports in rows.items()}


async def latest_ids(session: AsyncSession, report_ids: Collection[int]) -> set[int]:
    """Those of the reports that are the latest of their chain."""
    return set(await session.scalars(select(BaseReport.id).where(any_of(BaseReport.id, report_ids), is_latest())))
