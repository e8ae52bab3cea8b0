"""Exports: files made of reports by a worker, how they get on, and the links they are fetched by."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Final

import strawberry

from exporters import all_formats
from exporters.reports.words import notice_with
from graphql_api.core.connections import After, Before, Connection, First, Last, page_request
from graphql_api.core.context import Info
from graphql_api.core.enums import describe_enum
from graphql_api.core.ids import global_id, number_of
from graphql_api.core.look_ahead import PREPARE, Nodes, answer, below, look_ahead, nodes_of, selected_names
from graphql_api.core.nodes import LOOK_UPS, Node
from graphql_api.exports.downloads import download_url
from graphql_api.exports.options import ExportOptions, options_of
from graphql_api.reports.loaders import report_heads, reports
from graphql_api.reports.types import Report, look_ahead_on_reports, report_of
from jobs.exports.options import options_from_stored
from models import Export as ExportRow
from models import WorkState
from resolvers.exports import selection as export_selection
from resolvers.exports.exports import count_exports, export_by_id, list_exports
from resolvers.exports.left_out import sentences
from resolvers.exports.selection import MAX_MATCHING

EXPORT: Final = "Export"

# the formats of exporters/ as enum values
ExportFormat = Enum("ExportFormat", [(name, name) for name in all_formats()], type=str)  # type: ignore[misc]
describe_enum(
    ExportFormat,
    "What kind of file an export is.",
    {name: format_.description for name, format_ in all_formats().items()},
)


async def _prepare_report(info: Info, exports: Sequence[ExportRow], _arguments: Any, nodes: Nodes) -> None:
    found = await reports(info.context).load_many([export.report_id for export in exports if export.report_id])
    await look_ahead_on_reports(info, {report.id: report for report in found if report}.values(), nodes)


def _report(self: Any, info: Info) -> Any:
    def read() -> Any:
        row = reports(info.context)[self.row.report_id] if self.row.report_id else None
        return report_of(row) if row else None

    return answer(info, read, lambda: _prepare_report(info, [self.row], {}, nodes_of(info)))


async def _prepare_notice(info: Info, exports: Sequence[ExportRow], _arguments: Any, _nodes: Nodes) -> None:
    await report_heads(info.context).load_many({id_ for export in exports for id_, _ in export.left_out})


def _notice(self: Any, info: Info) -> Any:
    def read() -> str | None:
        heads = {id_: report_heads(info.context)[id_] for id_, _ in self.row.left_out}
        return notice_with(
            self.row.matching, sentences(self.row.left_out, {id_: head for id_, head in heads.items() if head})
        )

    return answer(info, read, lambda: _prepare_notice(info, [self.row], {}, nodes_of(info)))


@strawberry.type(description="A file made of one report or many.")
class Export(Node):
    """A file made of one report or many."""

    row: strawberry.Private[ExportRow]
    state: WorkState = strawberry.field(description="How far it is.")
    format: ExportFormat = strawberry.field(description="What kind of file it is.")
    report_count: int = strawberry.field(
        description="How many reports go into it, and in the end, how many are in it: those that went away, and those"
        " that could not be written, are not."
    )
    done: int = strawberry.field(description="How many of them are written.")
    matching: int | None = strawberry.field(
        description=f"How many reports were asked for: exact to {MAX_MATCHING:,}, null beyond."
    )
    limit: int = strawberry.field(description="How many reports one file holds at most, whatever its format.")
    notice = strawberry.field(
        resolver=_notice,
        graphql_type=str | None,
        description="What is not in it of what was asked for: that the limit cut it off, and what to do; which reports"
        " could not be written, and why. The file says it too. Null: it is all there.",
        metadata={PREPARE: _prepare_notice},
    )
    options: ExportOptions = strawberry.field(description="What was chosen of it.")
    file_name: str | None = strawberry.field(description="What the file is called.")
    media_type: str | None = strawberry.field(description="What kind of file it is, as HTTP says it.")
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
        description="The report it is made of; null where there are several, or the viewer may no longer see it.",
        metadata={PREPARE: _prepare_report},
    )


def export_of(row: ExportRow) -> Export:
    """The export as clients see it."""
    return Export(
        id=global_id(EXPORT, row.id),
        row=row,
        state=WorkState(row.state),
        format=ExportFormat(row.format),
        report_count=row.report_count,
        done=row.done,
        matching=row.matching if row.matching <= MAX_MATCHING else None,
        limit=export_selection.MAX_REPORTS,
        options=options_of(options_from_stored(row.options)),
        file_name=row.file_name,
        media_type=row.media_type,
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
    """`export` and `exports`."""

    @strawberry.field(description="An export; null where it does not exist or somebody else asked for it.")
    async def export(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Export | None:
        """One export."""
        return await find_export(info, number_of(id, "id", EXPORT))

    @strawberry.field(description="The exports the viewer asked for, newest first; ADMIN: everybody's.")
    async def exports(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Export]:
        """A page of exports."""
        asked = page_request(first, after, last, before, (int,))
        context, nodes = info.context, nodes_of(info)
        type_ = info._raw_info.schema.get_type("ExportConnection")
        assert type_ is not None
        async with context.database.read() as session:
            page = await list_exports(session, context.viewer, asked)
            counted = "totalCount" in selected_names(info, nodes, type_)
            total = await count_exports(session, context.viewer) if counted else None
        for way in (*below(info, nodes, type_, "nodes"), *below(info, nodes, type_, "edges", "node")):
            await look_ahead(info, EXPORT, page.rows, way)
        return Connection(
            nodes=[export_of(row) for row in page.rows],
            total_count=total,
            keys=[(row.id,) for row in page.rows],
            page=page,
        )
