"""What is pushed: reports as they become ready, and the progress of runs and exports.

The bus carries ids only; each event reads the row again under the rights the viewer has at that moment. These streams
are live: what happens while nobody listens is not told later.
"""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Annotated, Final

import strawberry

from graphql_api.context import Info
from graphql_api.exports import EXPORT, Export, export_of
from graphql_api.ids import number_of
from graphql_api.report_queries import ReportFilter
from graphql_api.reports import Report, report_of
from graphql_api.runs import RUN, Run, run_of
from jobs.topics import REPORTS, export_topic, run_topic
from models import WorkState
from resolvers.exports import export_by_id
from resolvers.paging import MAX_PAGE, PageRequest
from resolvers.problems import ProblemCode, Refusal
from resolvers.reports import ReportOrdering, ReportQuery, list_reports
from resolvers.runs import run_by_id

_OVER: Final = frozenset({WorkState.SUCCEEDED, WorkState.FAILED, WorkState.CANCELLED})
_OLDEST_FIRST: Final = ReportOrdering(descending=False)

Ready = Annotated[ReportFilter | None, strawberry.argument(description="Which reports; all unless told.")]


@strawberry.type(description="Everything that is pushed.")
class Subscription:
    """Everything that is pushed."""

    @strawberry.subscription(
        description="Each report the viewer may see, when it has been stored. Live only: nothing is told later."
    )
    async def report_ready(self, info: Info, filter: Ready = None) -> AsyncGenerator[Report, None]:
        """New reports."""
        query = filter.query() if filter else ReportQuery()
        async with info.context.bus.subscribe(REPORTS) as listener:
            async for payload in listener:
                ids = payload.get("ids", ())
                for start in range(0, len(ids), MAX_PAGE):
                    some = replace(query, ids=tuple(ids[start : start + MAX_PAGE]))
                    context = await info.context.renewed()
                    async with context.database.read() as session:
                        found = await list_reports(
                            session, context.viewer, some, _OLDEST_FIRST, PageRequest(first=MAX_PAGE)
                        )
                    for row in found.rows:
                        yield report_of(row)

    @strawberry.subscription(description="A run as it is now and whenever it gets on; ends when the run ends.")
    async def run_progress(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The run's id.")]
    ) -> AsyncGenerator[Run, None]:
        """The progress of a run."""
        number = number_of(id, "id", RUN)
        async with info.context.bus.subscribe(run_topic(number)) as listener:
            while True:
                context = await info.context.renewed()
                async with context.database.read() as session:
                    row = await run_by_id(session, context.viewer, number)
                if row is None:
                    raise Refusal("there is no such run", ("id",), ProblemCode.NOT_FOUND)
                yield run_of(row)
                if row.state in _OVER:
                    return
                await anext(listener)

    @strawberry.subscription(description="An export as it is now and whenever it gets on; ends when the export ends.")
    async def export_progress(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The export's id.")]
    ) -> AsyncGenerator[Export, None]:
        """The progress of an export."""
        number = number_of(id, "id", EXPORT)
        async with info.context.bus.subscribe(export_topic(number)) as listener:
            while True:
                context = await info.context.renewed()
                async with context.database.read() as session:
                    row = await export_by_id(session, context.viewer, number)
                if row is None:
                    raise Refusal("there is no such export", ("id",), ProblemCode.NOT_FOUND)
                yield export_of(row)
                if row.state in _OVER:
                    return
                await anext(listener)
