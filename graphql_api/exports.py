"""Exports: files made of reports by a worker, and the links they are fetched by."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Final

import strawberry

from exporters import formats
from graphql_api.context import Info
from graphql_api.downloads import download_url
from graphql_api.enums import describe_enum
from graphql_api.ids import global_id, number_of
from graphql_api.look_ahead import PREPARE, Nodes, answer, nodes_of
from graphql_api.nodes import LOOK_UPS, Node
from graphql_api.report_queries import report_number
from graphql_api.reports import Report, look_ahead_on_reports, report_of
from graphql_api.user_errors import UserError, user_errors
from jobs.cancelling import cancel_export
from jobs.export import KIND
from jobs.queue import WAITED_FOR
from models import Export as ExportRow
from models import WorkState
from resolvers.exports import export_by_id, request_export
from resolvers.problems import Refusal

EXPORT: Final = "Export"

# the formats of exporters/ as enum values
ExportFormat = Enum("ExportFormat", [(name, name) for name in formats()], type=str)  # type: ignore[misc]
describe_enum(
    ExportFormat,
    "What kind of file an export is.",
    {name: format_.description for name, format_ in formats().items()},
)


async def _prepare_report(info: Info, exports: Sequence[ExportRow], _arguments: Any, nodes: Nodes) -> None:
    found = await info.context.loaders.reports.load_many([export.report_id for export in exports if export.report_id])
    await look_ahead_on_reports(info, {report.id: report for report in found if report}.values(), nodes)


def _report(self: Any, info: Info) -> Any:
    def read() -> Any:
        row = info.context.loaders.reports[self.row.report_id] if self.row.report_id else None
        return report_of(row) if row else None

    return answer(info, read, lambda: _prepare_report(info, [self.row], {}, nodes_of(info)))


@strawberry.type(description="A file made of a report.")
class Export(Node):
    """A file made of a report."""

    row: strawberry.Private[ExportRow]
    state: WorkState = strawberry.field(description="How far it is.")
    format: ExportFormat = strawberry.field(description="What kind of file it is.")
    file_name: str | None = strawberry.field(description="What the file is called.")
    byte_size: int | None = strawberry.field(description="How long it is, in bytes.")
    sha256: str | None = strawberry.field(description="Its SHA-256 checksum, in hexadecimal.")
    error: str | None = strawberry.field(description="Why it failed.")
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    expires_at: datetime = strawberry.field(description="When the file will be removed.")

    @strawberry.field(description="A link to the file, good for some minutes and only for the viewer's rights.")
    def download_url(self, info: Info) -> str | None:
        """A link to the file."""
        context = info.context
        return download_url(context.settings, self.row, context.viewer.user_id, context.now)

    report = strawberry.field(
        resolver=_report,
        graphql_type=Report | None,
        description="The report it is made of; null where the viewer may no longer see it.",
        metadata={PREPARE: _prepare_report},
    )


def export_of(row: ExportRow) -> Export:
    """The export as clients see it."""
    return Export(
        id=global_id(EXPORT, row.id),
        row=row,
        state=WorkState(row.state),
        format=ExportFormat(row.format),
        file_name=row.file_name,
        byte_size=row.byte_size,
        sha256=row.sha256,
        error=row.error,
        requested_at=row.requested_at,
        finished_at=row.finished_at,
        expires_at=row.expires_at,
    )


async def find_export(info: Info, number: int) -> Export | None:
    """The export with that key, for who asked for it and for ADMIN."""
    async with info.context.database.read() as session:
        row = await export_by_id(session, info.context.viewer, number)
    return export_of(row) if row else None


LOOK_UPS[EXPORT] = find_export


@strawberry.type
class ExportQueries:
    """`export`."""

    @strawberry.field(description="An export; null where it does not exist or somebody else asked for it.")
    async def export(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Export | None:
        """One export."""
        return await find_export(info, number_of(id, "id", EXPORT))


@strawberry.input(description="Which file to make.")
class ExportRequestInput:
    """Which file to make."""

    report: strawberry.ID = strawberry.field(description="The report.")
    format: ExportFormat = strawberry.field(description="What kind of file.")


@strawberry.type(description="The export, or why there is none.")
class ExportRequestPayload:
    """The export, or why there is none."""

    export: Export | None = strawberry.field(default=None, description="The export; watch it with `exportProgress`.")
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

    @strawberry.mutation(description="Has a file made of a report by a worker, with what the viewer may see of it.")
    async def export_request(
        self, info: Info, input: Annotated[ExportRequestInput, strawberry.argument(description="Which file to make.")]
    ) -> ExportRequestPayload:
        """Asks for an export."""
        context: Any = info.context
        try:
            number = report_number(input.report, "report")
            async with context.database.write() as session:
                row = await request_export(
                    session,
                    context.viewer,
                    number,
                    input.format.value,
                    now=context.now,
                    days=context.settings.export_days,
                )
                await context.queue.enqueue(session, KIND, {"export_id": row.id}, priority=WAITED_FOR)
        except Refusal as refusal:
            return ExportRequestPayload(user_errors=user_errors(refusal))
        return ExportRequestPayload(export=export_of(row))

    @strawberry.mutation(
        description="Ends an export that has not ended, for who asked for it and for ADMIN. There will be no file."
    )
    async def export_cancel(
        self, info: Info, input: Annotated[ExportCancelInput, strawberry.argument(description="Which export.")]
    ) -> ExportCancelPayload:
        """Cancels an export."""
        context: Any = info.context
        try:
            number = number_of(input.id, "id", EXPORT)
            async with context.database.write() as session:
                row = await cancel_export(context, session, context.viewer, number)
        except Refusal as refusal:
            return ExportCancelPayload(user_errors=user_errors(refusal))
        return ExportCancelPayload(export=export_of(row))
