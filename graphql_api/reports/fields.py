"""The fields of reports that need something loaded: for all reports of a list at once, whatever their number."""

from collections.abc import Callable, Sequence
from typing import Any

import strawberry

from graphql_api.core.context import Info
from graphql_api.core.look_ahead import PREPARE, Nodes, answer, nodes_of
from graphql_api.reports.loaders import contents, latest, origins
from graphql_api.subjects.interface import look_ahead_on_subjects, subject_of
from graphql_api.subjects.loaders import SubjectRef, subjects
from models import BaseReport
from resolvers.reports.content import ReportContent
from resolvers.reports.origins import Origin


async def prepare_content(info: Info, reports: Sequence[BaseReport], _arguments: Any, _nodes: Nodes) -> None:
    """Loads what the reports hold besides their metrics."""
    await contents(info.context).load_many([report.id for report in reports])


def content_field(type_: Any, description: str, present: Callable[[ReportContent], Any]) -> Any:
    """A field that presents one part of a report's content."""

    def part(self: Any, info: Info) -> Any:
        def read() -> Any:
            content = contents(info.context)[self.row.id]
            return None if content is None else present(content)

        return answer(info, read, lambda: prepare_content(info, [self.row], {}, []))

    return strawberry.field(
        resolver=part, graphql_type=type_ | None, description=description, metadata={PREPARE: prepare_content}
    )


async def _prepare_origin(info: Info, reports: Sequence[BaseReport], _arguments: Any, _nodes: Nodes) -> None:
    await origins(info.context).load_many([report.id for report in reports])


def origin_field(type_: Any, description: str, present: Callable[[Origin], str | None]) -> Any:
    """A field that says where a report comes from."""

    def origin(self: Any, info: Info) -> Any:
        known = origins(info.context)
        return answer(info, lambda: present(known[self.row.id]), lambda: _prepare_origin(info, [self.row], {}, []))

    return strawberry.field(
        resolver=origin, graphql_type=type_, description=description, metadata={PREPARE: _prepare_origin}
    )


def subject_field(type_: Any, description: str, ref_of: Callable[[BaseReport], SubjectRef]) -> Any:
    """A field that leads from a report to a subject; null where the viewer may not see it."""

    async def prepare(info: Info, reports: Sequence[BaseReport], _arguments: Any, nodes: Nodes) -> None:
        found = await subjects(info.context).load_many({ref_of(report): None for report in reports})
        await look_ahead_on_subjects(info, (row for row in found if row), nodes)

    def subject(self: Any, info: Info) -> Any:
        ref = ref_of(self.row)

        def read() -> Any:
            row = subjects(info.context)[ref]
            return subject_of(row) if row else None

        return answer(info, read, lambda: prepare(info, [self.row], {}, nodes_of(info)))

    return strawberry.field(
        resolver=subject, graphql_type=type_ | None, description=description, metadata={PREPARE: prepare}
    )


async def _prepare_latest(info: Info, reports: Sequence[BaseReport], _arguments: Any, _nodes: Nodes) -> None:
    await latest(info.context).load_many([report.id for report in reports])


def latest_field() -> Any:
    """The field that says whether a report is the latest of its chain."""

    def is_latest(self: Any, info: Info) -> Any:
        known = latest(info.context)
        return answer(info, lambda: known[self.row.id], lambda: _prepare_latest(info, [self.row], {}, []))

    return strawberry.field(
        resolver=is_latest,
        graphql_type=bool,
        description="Whether no later revision exists.",
        metadata={PREPARE: _prepare_latest},
    )
