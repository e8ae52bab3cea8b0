"""Stored reports: the interface, and the type of each kind, which implements it with the fields only they have."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import strawberry
from strawberry.scalars import JSON

from graphql_api.core.connections import Connection
from graphql_api.core.context import Info
from graphql_api.core.ids import TYPE_NAMES, global_id
from graphql_api.core.loaders import Declared
from graphql_api.core.look_ahead import Nodes, below, look_ahead, nodes_of
from graphql_api.core.nodes import LOOK_UPS, Node
from graphql_api.metrics.periods import Period, period_of
from graphql_api.metrics.types import Metrics, metrics_of
from graphql_api.reports.fields import content_field, latest_field, origin_field, subject_field
from graphql_api.reports.loaders import contents, latest, origins, reports
from graphql_api.reports.sections import BEST_AND_WORST_FIELDS, SECTION_FIELDS
from graphql_api.schools.policy_types import Policy, policy_of
from graphql_api.subjects.interface import Subject
from graphql_api.subjects.loaders import SubjectRef
from graphql_api.subjects.types import School
from models import BaseReport, SubjectKind
from resolvers.core.paging import Page
from resolvers.metrics.policies import rules_from_stored
from resolvers.reports.data_json import report_json
from resolvers.reports.look_ups import ReportOrdering, order_key
from resolvers.reports.reading import period_of as stored_period
from resolvers.reports.reading import stored_figures
from resolvers.reports.sections.breakdown import BEST_AND_WORST_KINDS
from resolvers.reports.sections.registry import SECTIONS

# fields that are loaded by a report's own id, and what loads them; the room of another noun adds its own
ACROSS_KINDS: Final[dict[tuple[str, ...], Declared[int, Any]]] = {
    ("isLatest",): latest,
    ("timeZone", "generatedBy"): origins,
    ("data", "notes"): contents,
}
REPORT_TYPE_NAMES: Final[dict[SubjectKind, str]] = {kind: f"{name}Report" for kind, name in TYPE_NAMES.items()}


@strawberry.interface(description="The stored figures of one subject over one period, as they stood when generated.")
class Report(Node):
    """A stored report. Generating again adds a revision; a report itself never changes."""

    row: strawberry.Private[BaseReport]
    kind: SubjectKind = strawberry.field(description="What kind of subject it is about.")
    revision: int = strawberry.field(description="1 for the first of this subject and period, and so on.")
    generated_at: datetime = strawberry.field(description="The moment its figures are of.")
    subject = subject_field(
        Subject, "What it is about.", lambda report: SubjectRef(SubjectKind(report.kind), report.subject_id)
    )
    school = subject_field(
        School,
        "The school it belongs to; null where the viewer may not see it.",
        lambda report: SubjectRef(SubjectKind.SCHOOL, report.school_id),
    )
    time_zone = origin_field(
        str,
        "The IANA time zone of its school: its days and times are of that zone.",
        lambda origin: origin.time_zone,
    )

    @strawberry.field(description="The days counted.")
    def period(self) -> Period:
        """The days counted."""
        return period_of(stored_period(self.row))

    is_latest = latest_field()
    generated_by = origin_field(
        str | None,
        "The name of the account that had it generated, which its files say too; null where there is none.",
        lambda origin: origin.generated_by,
    )
    notes = content_field(
        list[str],
        "What its reader should know, above all what is left out of it for want of rights; in English.",
        lambda content: [remark.english for remark in content.notes],
    )

    @strawberry.field(description="The policy it was counted by.")
    def policy(self) -> Policy:
        """The policy it was counted by."""
        return policy_of(rules_from_stored(self.row.policy))

    @strawberry.field(description="The stored figures.")
    def metrics(self) -> Metrics:
        """The stored figures."""
        return metrics_of(stored_period(self.row), self.row.generated_at, stored_figures(self.row))

    data = content_field(
        JSON,
        "All its parts besides the metrics as JSON; entries outside the viewer's scope are summed up or left out.",
        report_json,
    )


def _report_type(kind: SubjectKind) -> type[Any]:
    """The type of reports of a kind: a field for each section of resolvers/reports/sections it has."""
    name, words = REPORT_TYPE_NAMES[kind], kind.lower().replace("_", " ")
    fields: dict[str, Any] = {}
    for section in SECTIONS:
        if kind in section.kinds:
            fields |= SECTION_FIELDS[section.name]
    if kind in BEST_AND_WORST_KINDS:
        fields |= BEST_AND_WORST_FIELDS
    cls = type(name, (Report,), {"__doc__": f"A stored report of a {words}.", "__module__": __name__, **fields})
    return strawberry.type(cls, description=f"A stored report of a {words}.")


REPORT_TYPES: Final[dict[SubjectKind, type[Any]]] = {kind: _report_type(kind) for kind in SubjectKind}


def report_of(row: BaseReport) -> Any:
    """The report as clients see it."""
    kind = SubjectKind(row.kind)
    return REPORT_TYPES[kind](
        id=global_id(REPORT_TYPE_NAMES[kind], row.id),
        row=row,
        kind=kind,
        revision=row.revision,
        generated_at=row.generated_at,
    )


def report_page(page: Page[BaseReport], total: int | None, ordering: ReportOrdering) -> Connection[Any]:
    """A page of reports as clients see it."""
    return Connection(
        nodes=[report_of(row) for row in page.rows],
        total_count=total,
        keys=[order_key(row, ordering) for row in page.rows],
        page=page,
    )


async def look_ahead_on_reports(info: Info, rows: Iterable[BaseReport], nodes: Nodes) -> None:
    """Has everything loaded that is selected below these nodes on these reports, whatever their kinds."""
    by_kind: dict[SubjectKind, list[BaseReport]] = {}
    for row in rows:
        by_kind.setdefault(SubjectKind(row.kind), []).append(row)
    if len(by_kind) > 1:
        await _load_across_kinds(info, by_kind, nodes)
    for kind, found in by_kind.items():
        await look_ahead(info, REPORT_TYPE_NAMES[kind], found, nodes)


async def _load_across_kinds(info: Info, by_kind: Mapping[SubjectKind, Sequence[BaseReport]], nodes: Nodes) -> None:
    """Loads what goes by a report's own id in one batch, not in one for each kind."""
    schema = info._raw_info.schema
    for names, loader in ACROSS_KINDS.items():
        ids: list[int] = []
        for kind, found in by_kind.items():
            type_ = schema.get_type(REPORT_TYPE_NAMES[kind])
            assert type_ is not None
            if any(below(info, nodes, type_, name) for name in names):
                ids += [row.id for row in found]
        await loader(info.context).load_many(ids)


async def look_ahead_on_report_page(info: Info, rows: Iterable[BaseReport], nodes: Nodes) -> None:
    """The same, where the nodes select a connection."""
    found, type_ = list(rows), info._raw_info.schema.get_type("ReportConnection")
    assert type_ is not None
    for way in (*below(info, nodes, type_, "nodes"), *below(info, nodes, type_, "edges", "node")):
        await look_ahead_on_reports(info, found, way)


async def report_by_id(info: Info, number: int) -> Any:
    """The report with that key, or None; what is selected below is loaded with it."""
    row = await reports(info.context).load(number)
    if row is None:
        return None
    await look_ahead_on_reports(info, [row], nodes_of(info))
    return report_of(row)


def _look_up(kind: SubjectKind) -> Callable[[Info, int], Awaitable[Any]]:
    async def found(info: Info, number: int) -> Any:
        report = await report_by_id(info, number)
        return report if report is not None and report.kind is kind else None

    return found


LOOK_UPS.update({name: _look_up(kind) for kind, name in REPORT_TYPE_NAMES.items()})
