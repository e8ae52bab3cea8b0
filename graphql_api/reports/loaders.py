"""What fields about reports and runs load together."""

from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from graphql_api.core.context import Context
from graphql_api.core.loaders import Declared, about_ids, by_ids, by_keys, loader
from models import BaseReport
from resolvers.core.paging import Page, PageRequest
from resolvers.reports.content import ReportContent
from resolvers.reports.look_ups import ReportQuery, heads_of_reports, latest_ids, reports_by_ids, reports_of_subjects
from resolvers.reports.origins import origins_of
from resolvers.reports.reading import contents_of
from resolvers.reports.runs import runs_by_ids


class SubjectReports(NamedTuple):
    """Key of one page of a subject's reports."""

    query: ReportQuery
    asked: PageRequest
    subject_id: int


@loader
async def contents(context: Context, report_ids: list[int]) -> dict[int, ReportContent | None]:
    """What the viewer may see of reports, by their ids."""
    rows = await reports(context).load_many(report_ids)
    async with context.database.read() as session:
        found = await contents_of(session, context.viewer, [row for row in rows if row])
    return {id_: found.get(id_) for id_ in report_ids}


async def _latest(session: AsyncSession, report_ids: list[int]) -> dict[int, bool]:
    latest_of_chains = await latest_ids(session, report_ids)
    return {id_: id_ in latest_of_chains for id_ in report_ids}


reports = by_ids(reports_by_ids)
report_heads = by_ids(heads_of_reports)
latest = about_ids(_latest)
origins = about_ids(origins_of)
subject_reports: Declared[SubjectReports, Page[BaseReport]] = by_keys(reports_of_subjects)
runs = by_ids(runs_by_ids)
