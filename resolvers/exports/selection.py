"""Which reports go into an export: one, several named ones, or those of a list; as they are when it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from resolvers.access.viewers import Viewer
from resolvers.core.problems import ProblemCode, Refusal
from resolvers.reports.look_ups import (
    ReportOrdering,
    ReportQuery,
    count_reports,
    heads_of_reports,
    ids_of_reports,
    report_to_read,
)

MAX_REPORTS: Final = 10_000
"""How many reports one file holds, whatever its format."""
MAX_MATCHING: Final = 100_000
"""Up to here it is counted how many reports were asked for."""


@dataclass(frozen=True, slots=True)
class ListOfReports:
    """The reports that the query `reports` gives; without an order by the names of their subjects."""

    query: ReportQuery
    ordering: ReportOrdering | None = None


Selection = int | Sequence[int] | ListOfReports
"""One report, several in their order, or those of a list."""


@dataclass(frozen=True, slots=True)
class Selected:
    """The reports that go into the file, in order, each once; `matching` were asked for, or more than MAX_MATCHING.

    `filters` say what was asked for as [key, value], ids and not names: kinds [SubjectKind], subjects [id], from and to
    (days), generatedSince (an instant), run (id), latestOnly, order [ReportOrderField, descending].
    """

    report_ids: tuple[int, ...]
    matching: int
    filters: tuple[tuple[str, Any], ...] = ()


async def select_reports(session: AsyncSession, viewer: Viewer, selection: Selection) -> Selected:
    """The reports under the viewer's rights; at most two statements.

    Refusal: there is none, or one that was named is none the viewer may read.
    """
    if isinstance(selection, ListOfReports):
        return await _listed(session, viewer, selection)
    if isinstance(selection, int):
        return Selected(((await report_to_read(session, viewer, selection)).id,), 1)
    if not selection:
        raise Refusal("name at least one report", ("reports",), ProblemCode.EMPTY)
    readable = await heads_of_reports(session, viewer, selection)
    for place, report_id in enumerate(selection):
        if report_id not in readable:
            raise Refusal("there is no such report", ("reports", str(place)), ProblemCode.NOT_FOUND)
    ids = tuple(dict.fromkeys(selection))
    return Selected(ids[:MAX_REPORTS], min(len(ids), MAX_MATCHING + 1))


async def _listed(session: AsyncSession, viewer: Viewer, asked: ListOfReports) -> Selected:
    ids = await ids_of_reports(session, viewer, asked.query, asked.ordering, MAX_REPORTS + 1)
    if not ids:
        raise Refusal("no report of yours matches it; ask for more, or generate some", ("filter",), ProblemCode.EMPTY)
    matching: int | None = len(ids)
    if len(ids) > MAX_REPORTS:
        matching = await count_reports(session, viewer, asked.query, MAX_MATCHING)
    return Selected(tuple(ids[:MAX_REPORTS]), MAX_MATCHING + 1 if matching is None else matching, _filters(asked))


def _filters(asked: ListOfReports) -> tuple[tuple[str, Any], ...]:
    query = asked.query
    given = {
        "kinds": query.kinds,
        "subjects": query.subject_ids,
        "from": query.first,
        "to": query.last,
        "generatedSince": query.generated_since,
        "run": query.run_id,
        "latestOnly": query.latest_only,
        "order": (asked.ordering.field, asked.ordering.descending) if asked.ordering else None,
    }
    return tuple((key, _stored(value)) for key, value in given.items() if value is not None)


def _stored(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
