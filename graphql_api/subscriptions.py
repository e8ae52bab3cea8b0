"""What is pushed: reports as they become ready, and the progress of runs and exports.

The bus carries ids only; each event reads the row again under the rights the viewer has at that moment. These streams
are live: what happens while nobody listens is not told later. Except `alerts`, which goes on from any alert.
"""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Final

import strawberry

from graphql_api.alerts.alerts import Alert, alert_of, position_of
from graphql_api.core.context import Info, utc_now
from graphql_api.core.ids import number_of
from graphql_api.exports.types import EXPORT, Export, export_of
from graphql_api.reports.queries import ReportFilter
from graphql_api.reports.runs import RUN, Run, run_of
from graphql_api.reports.types import Report, report_of
from jobs.queue.topics import REPORTS, export_topic, run_topic
from models import WorkState
from resolvers.alerts.alerts import last_number
from resolvers.core.paging import MAX_PAGE, PageRequest
from resolvers.core.problems import ProblemCode, Refusal
from resolvers.exports.exports import export_by_id
from resolvers.reports.look_ups import ReportOrdering, ReportQuery, list_reports
from resolvers.reports.runs import run_by_id

_OVER: Final = frozenset({WorkState.SUCCEEDED, WorkState.FAILED, WorkState.CANCELLED})
# how old the rights may be under which an alert is handed on to a client that reads slowly
_STALE: Final = timedelta(seconds=5)
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

    @strawberry.subscription(
        description="The viewer's alerts in the order of their numbers: those after the one given, then each new one."
        " Come back with the last one seen, and none is missed or told twice."
    )
    async def alerts(
        self,
        info: Info,
        after: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Begin after this alert of the viewer; unless given, with the next one."),
        ] = None,
    ) -> AsyncGenerator[Alert, None]:
        """Alerts, none missed."""
        opened = info.context
        account_id = opened.viewer.user_id
        if after is not None:
            number = await position_of(info, after)
        else:
            async with opened.services.events.read() as session:
                number = await last_number(session, account_id)
        async with opened.services.alerts.listen(account_id, number) as listener:
            while (told := await listener.next()) is not None:
                read_at = utc_now()
                for row in told.alerts:
                    if utc_now() - read_at > _STALE:
                        listener.behind = True
                        break
                    opened.renewed_as(told.viewer)
                    listener.number = row.number
                    yield alert_of(row)
