"""Asking for an export, and cancelling one."""

from typing import Annotated, Any

import strawberry

from exporters import all_formats
from exporters.reports.words import notice_of
from graphql_api.core.context import Info
from graphql_api.core.ids import number_of
from graphql_api.core.mutations import mutation
from graphql_api.core.user_errors import UserError
from graphql_api.exports.options import ExportOptionsInput
from graphql_api.exports.types import EXPORT, Export, ExportFormat, export_of
from graphql_api.reports.queries import ReportFilter, ReportOrder, report_number
from jobs.cancelling import cancel_export
from jobs.exports.export_long import kind_of
from jobs.exports.options import ExportOptions
from jobs.queue.adding import WAITED_FOR
from resolvers.core.problems import Refusal
from resolvers.exports.exports import MAX_UNDER_WAY, check_under_way, request_export
from resolvers.exports.selection import MAX_REPORTS, ListOfReports, Selection


@strawberry.input(
    description="Which file to make, of which reports: give exactly one of `report`, `reports` and `filter`."
)
class ExportRequestInput:
    """Which file to make."""

    format: ExportFormat = strawberry.field(description="What kind of file.")
    report: strawberry.ID | None = strawberry.field(default=None, description="This report.")
    reports: list[strawberry.ID] | None = strawberry.field(
        default=None, description="These reports, in this order; each once, however often it is named."
    )
    filter: ReportFilter | None = strawberry.field(
        default=None, description="Those the query `reports` lists, as they are now; {} is the latest of each."
    )
    order_by: ReportOrder | None = strawberry.field(
        default=None, description="With `filter`: in which order; by the names of their subjects unless told."
    )
    options: ExportOptionsInput | None = strawberry.field(
        default=None, description="What may be chosen of the file; as the school has it unless told."
    )

    def selection(self) -> Selection:
        """Which reports are asked for. Refuses other ids, and more or less than one way to say it."""
        given = [name for name in ("report", "reports", "filter") if getattr(self, name) is not None]
        if len(given) != 1:
            raise Refusal("give exactly one of report, reports and filter", tuple(given[1:2]))
        if self.order_by is not None and self.filter is None:
            raise Refusal("an order goes with a filter; reports that are named stay in their order", ("orderBy",))
        if self.report is not None:
            return report_number(self.report, "report")
        if self.reports is not None:
            return [report_number(id_, f"reports.{place}") for place, id_ in enumerate(self.reports)]
        assert self.filter is not None
        return ListOfReports(self.filter.query(), self.order_by.ordering() if self.order_by else None)

    def chosen(self) -> ExportOptions:
        """What is chosen of the file. Refuses what its format does not have."""
        chosen = self.options.chosen() if self.options else ExportOptions()
        return chosen.checked(all_formats()[self.format.value])


@strawberry.type(description="The export, or why there is none.")
class ExportRequestPayload:
    """The export, or why there is none."""

    export: Export | None = strawberry.field(default=None, description="The export; watch it with `exportProgress`.")
    notice: str | None = strawberry.field(
        default=None, description="That a limit cuts off what was asked for, and what to do; null: it does not."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list, description="Why nothing was done.")


@strawberry.input(description="Which export to cancel.")
class ExportCancelInput:
    """Which export to cancel."""

    id: strawberry.ID = strawberry.field(description="The export.")


@strawberry.type(description="The export as it is now, or why it was not cancelled.")
class ExportCancelPayload:
    """The export as it is now, or why it was not cancelled."""

    export: Export | None = strawberry.field(default=None, description="The export, which is cancelled.")
    user_errors: list[UserError] = strawberry.field(default_factory=list, description="Why nothing was done.")


@strawberry.type
class ExportMutations:
    """`exportRequest`, `exportCancel`."""

    @mutation(
        description="Has a file made of one report or many by a worker, with what the viewer may see of them. One file"
        f" holds {MAX_REPORTS:,} reports at most; of more, it is the first ones, and the answer and the file say so."
        f" An account has {MAX_UNDER_WAY} exports under way at most."
    )
    async def export_request(
        self, info: Info, input: Annotated[ExportRequestInput, strawberry.argument(description="Which file to make.")]
    ) -> ExportRequestPayload:
        """Asks for an export."""
        context: Any = info.context
        selection, options = input.selection(), input.chosen()
        async with context.database.write() as session:
            await check_under_way(session, context.viewer)
            row = await request_export(
                session,
                context.viewer,
                selection,
                input.format.value,
                options=options.stored(),
                now=context.now,
                days=context.settings.export_days,
            )
            await context.queue.enqueue(session, kind_of(row.report_count), {"export_id": row.id}, priority=WAITED_FOR)
        return ExportRequestPayload(export=export_of(row), notice=notice_of(row.matching))

    @mutation(
        description="Ends an export that has not ended, for who asked for it and for ADMIN. There will be no file."
    )
    async def export_cancel(
        self, info: Info, input: Annotated[ExportCancelInput, strawberry.argument(description="Which export.")]
    ) -> ExportCancelPayload:
        """Cancels an export."""
        context: Any = info.context
        number = number_of(input.id, "id", EXPORT)
        async with context.database.write() as session:
            row = await cancel_export(context, session, context.viewer, number)
        return ExportCancelPayload(export=export_of(row))
