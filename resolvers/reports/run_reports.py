"""The reports a run led to: those it stored, and those that already said the same."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import BaseReport, Run, Subject
from resolvers.access.viewers import Viewer
from resolvers.calendar.periods import Period
from resolvers.core.any_of import any_of
from resolvers.reports.look_ups import is_latest
from resolvers.reports.runs import period_from_stored, periods_of_schools, readable


async def reports_of_run(session: AsyncSession, viewer: Viewer, run: Run) -> list[int]:
    """The ids of the latest reports of the run's subjects over its days, in the order of the run.

    Those the viewer may not read are left out, and subjects without a report.
    """
    subjects = await readable(session, viewer, run.subjects)
    schools = {school_id for _, school_id in subjects.values()}
    periods = await periods_of_schools(session, schools, period_from_stored(run.period), run.period_as_of)
    by_days: dict[Period, set[int]] = {}
    for school_id, period in periods.items():
        by_days.setdefault(period, set()).add(school_id)
    report_of: dict[int, int] = {}
    for period, school_ids in by_days.items():
        found = await session.execute(
            select(BaseReport.subject_id, BaseReport.id)
            .join(Subject, Subject.id == BaseReport.subject_id)
            .where(
                any_of(BaseReport.subject_id, subjects),
                Subject.school_id.in_(school_ids),
                BaseReport.period_from == period.first,
                BaseReport.period_to == period.last,
                is_latest(),
            )
        )
        report_of |= {row.subject_id: row.id for row in found}
    return [report_of[subject_id] for subject_id in run.subjects if subject_id in report_of]
