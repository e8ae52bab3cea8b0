"""The field `exports` of every report. An export has a report too, so it joins the types of reports below."""

from collections.abc import Sequence
from typing import Any

import strawberry

from graphql_api.core.context import Info
from graphql_api.core.joining import join
from graphql_api.core.look_ahead import PREPARE, Nodes, answer, look_ahead, nodes_of
from graphql_api.exports.loaders import exports_of_reports
from graphql_api.exports.types import Export, export_of
from graphql_api.reports.types import ACROSS_KINDS, REPORT_TYPES, Report
from models import BaseReport
from resolvers.exports.exports import MAX_EXPORTS


async def _prepare(info: Info, reports: Sequence[BaseReport], _arguments: Any, nodes: Nodes) -> None:
    found = await exports_of_reports(info.context).load_many([report.id for report in reports])
    await look_ahead(info, "Export", [export for exports in found for export in exports], nodes)


def _exports(self: Any, info: Info) -> Any:
    def read() -> Any:
        return [export_of(export) for export in exports_of_reports(info.context)[self.row.id]]

    return answer(info, read, lambda: _prepare(info, [self.row], {}, nodes_of(info)))


ACROSS_KINDS["exports",] = exports_of_reports
for _type in (Report, *REPORT_TYPES.values()):
    _field = strawberry.field(
        resolver=_exports,
        graphql_type=list[Export] | None,
        description=f"The files the viewer asked for of it, as `export` shows them; ADMIN: everybody's. The newest"
        f" {MAX_EXPORTS}, newest first.",
        metadata={PREPARE: _prepare, "list_size": MAX_EXPORTS},
    )
    join(_type, "exports", _field, after="data")
