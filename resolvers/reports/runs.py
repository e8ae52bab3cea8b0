"""Runs: asking for the reports of many subjects, and watching how far they are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Run, Subject, SubjectKind
from resolvers.access.scope import measurable
from resolvers.access.viewers import Viewer
from resolvers.calendar.periods import Period, PeriodName, PeriodRequest, resolve, school_calendars
from resolvers.core.any_of import any_of
from resolvers.core.problems import ProblemCode, Refusal
from resolvers.core.wording import counted
from resolvers.subjects.look_ups import ids_within


@dataclass(frozen=True, slots=True)
class RunRequest:
    """The subjects of a kind: those given, those within another subject, or all the asker may read."""

    kind: SubjectKind
    period: PeriodRequest
    subject_ids: tuple[int, ...] | None = None
    within: int | None = None


def stored_period(period: PeriodRequest) -> dict[str, Any]:
    """A period as asked for, as JSON."""
    values = {name: value for name, value in asdict(period).items() if value is not None}
    if period.span is not None:
        values["span"] = [day.isoformat() for day in period.span]
    return values


def period_from_stored(stored: Mapping[str, Any]) -> PeriodRequest:
    """A period as it was asked for."""
    values = dict(stored)
    if "span" in values:
        first, last = (date.fromisoformat(day) for day in values["span"])
        values["span"] = (first, last)
    if "named" in values:
        values["named"] = PeriodName(values["named"])
    return PeriodRequest(**values)


async def periods_of_schools(
    session: AsyncSession, school_ids: Collection[int], asked: PeriodRequest, now: datetime
) -> dict[int, Period]:
    """The days asked for, in each school; refuses when a school has none, such as no current term."""
    periods = {}
    for school_id, calendar in (await school_calendars(session, sorted(set(school_ids)))).items():
        period = resolve(asked, calendar, now)
        if period is None:
            raise Refusal(f"there is no {asked.named} today ({calendar.today(now)})", ("period", "named"))
        periods[school_id] = period
    return periods


async def readable(session: AsyncSession, viewer: Viewer, ids: Collection[int]) -> dict[int, tuple[SubjectKind, int]]:
    """Kind and school of those of the subjects whose reports the viewer may read, by id."""
    rows = await session.execute(
        select(Subject.id, Subject.kind, Subject.school_id).where(any_of(Subject.id, ids), measurable(viewer))
    )
    return {row.id: (SubjectKind(row.kind), row.school_id) for row in rows}


async def _chosen(session: AsyncSession, viewer: Viewer, asked: RunRequest) -> Sequence[tuple[int, int]]:
    conditions = [Subject.kind == asked.kind, measurable(viewer, (asked.kind,))]
    if asked.subject_ids is not None:
        conditions.append(any_of(Subject.id, asked.subject_ids))
    if asked.within is not None:
        conditions.append(Subject.id.in_(await ids_within(session, viewer, asked.within, asked.kind)))
    rows = await session.execute(
        select(Subject.id, Subject.school_id).where(*conditions).order_by(Subject.school_id, Subject.sort_key)
    )
    chosen = [(row.id, row.school_id) for row in rows]
    missing = 0 if asked.subject_ids is None else len(set(asked.subject_ids)) - len(chosen)
    if missing:
        lack = "of the subjects does not exist or is not", "of the subjects do not exist or are not"
        raise Refusal(f"{counted(missing, *lack)} of kind {asked.kind}", ("subjects",), ProblemCode.NOT_FOUND)
    if not chosen:
        raise Refusal(f"there is no {asked.kind} to report on", ("kind",), ProblemCode.EMPTY)
    return chosen


async def request_run(
    session: AsyncSession, viewer: Viewer, asked: RunRequest, *, now: datetime, period_as_of: datetime | None = None
) -> Run:
    """Writes down a run over the subjects as they are now; the caller queues the work in the same transaction.

    `period_as_of` is what a period such as "last week" is told from, the present unless given.
    """
    as_of = period_as_of or now
    chosen = await _chosen(session, viewer, asked)
    periods = await periods_of_schools(session, {school_id for _, school_id in chosen}, asked.period, as_of)
    days = set(periods.values())
    only = days.pop() if len(days) == 1 else None
    run = Run(
        kind=asked.kind,
        period=stored_period(asked.period),
        subjects=[subject_id for subject_id, _ in chosen],
        period_from=only.first if only else None,
        period_to=only.last if only else None,
        total=len(chosen),
        requested_by=viewer.account_id,
        requested_at=now,
        period_as_of=as_of,
    )
    session.add(run)
    await session.flush()
    return run


async def run_by_id(session: AsyncSession, viewer: Viewer, run_id: int) -> Run | None:
    """The run, for who asked for it and for ADMIN."""
    run = await session.scalar(select(Run).where(Run.id == run_id))
    if run is None or (run.requested_by != viewer.user_id and not viewer.sees_everything):
        return None
    return run


async def runs_by_ids(session: AsyncSession, viewer: Viewer, ids: Collection[int]) -> dict[int, Run]:
    """Those of the runs that the viewer asked for, by id; ADMIN: all."""
    own = [] if viewer.sees_everything else [Run.requested_by == viewer.user_id]
    found = await session.scalars(select(Run).where(any_of(Run.id, ids), *own))
    return {run.id: run for run in found}
