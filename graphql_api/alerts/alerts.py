"""Alerts: word to one account that something is ready or needs attention; listed, pushed, and marked read."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import strawberry

from graphql_api.alerts.loaders import alert_rules, alert_words
from graphql_api.alerts.rule_types import AlertRule, look_ahead_on_rules, rule_of
from graphql_api.core.connections import After, Before, Connection, First, Last, page_request
from graphql_api.core.context import Info
from graphql_api.core.ids import global_id, number_of
from graphql_api.core.loading import Loader
from graphql_api.core.look_ahead import PREPARE, Nodes, answer, below, look_ahead, nodes_of, selected_names
from graphql_api.core.mutations import mutation
from graphql_api.core.nodes import LOOK_UPS, Node
from graphql_api.core.user_errors import UserError
from graphql_api.exports.loaders import exports
from graphql_api.exports.types import Export, export_of
from graphql_api.reports.loaders import reports, runs
from graphql_api.reports.runs import Run, run_of
from graphql_api.reports.types import Report, look_ahead_on_reports, report_of
from graphql_api.schedules.loaders import schedules
from graphql_api.schedules.types import Schedule, look_ahead_on_schedules, schedule_of
from graphql_api.subjects.interface import Subject, look_ahead_on_subjects, subject_of
from graphql_api.subjects.loaders import any_subjects
from models import Alert as AlertRow
from models import AlertKind
from resolvers.alerts.alerts import alert_by_id, count_alerts, list_alerts, mark_read, mark_read_up_to
from resolvers.alerts.words import title_of
from resolvers.core.paging import MAX_PAGE
from resolvers.core.problems import ProblemCode, Refusal

ALERT: Final = "Alert"


def _linked(
    thing: str,
    type_: Any,
    description: str,
    loader: Callable[[Info], Loader[int, Any]],
    shown: Callable[[Any], Any],
    ahead: Callable[[Info, list[Any], Nodes], Awaitable[None]],
) -> Any:
    """A field that leads to what an alert tells of; null where it tells of none, or the viewer may not see it now."""

    async def prepare(info: Info, alerts: Sequence[AlertRow], _arguments: Any, nodes: Nodes) -> None:
        ids = dict.fromkeys(alert.data[thing] for alert in alerts if thing in alert.data)
        found = await loader(info).load_many(ids)
        await ahead(info, [row for row in found if row is not None], nodes)

    def link(self: Any, info: Info) -> Any:
        def read() -> Any:
            row = loader(info)[self.row.data[thing]] if thing in self.row.data else None
            return None if row is None else shown(row)

        return answer(info, read, lambda: prepare(info, [self.row], {}, nodes_of(info)))

    return strawberry.field(
        resolver=link, graphql_type=type_ | None, description=description, metadata={PREPARE: prepare}
    )


async def _prepare_body(info: Info, alerts: Sequence[AlertRow], _arguments: Any, _nodes: Nodes) -> None:
    await alert_words(info.context).load_many(alerts)


def _body(self: Any, info: Info) -> Any:
    def read() -> list[str]:
        return list(alert_words(info.context)[self.row].lines)

    return answer(info, read, lambda: _prepare_body(info, [self.row], {}, []))


@strawberry.type(
    description="Word to the viewer that something is ready or needs attention; once for each thing that happens."
)
class Alert(Node):
    """Word to one account."""

    row: strawberry.Private[AlertRow]
    number: int = strawberry.field(description="1 for the account's first alert, and so on; a newer one is higher.")
    kind: AlertKind = strawberry.field(description="What it is about.")
    title: str = strawberry.field(description="What happened, in one line that names nobody.")
    created_at: datetime = strawberry.field(description="When it was raised.")
    read_at: datetime | None = strawberry.field(description="When it was marked read; null: it was not.")
    body = strawberry.field(
        resolver=_body,
        graphql_type=list[str],
        description="More about it, line by line; names only what the viewer may see now.",
        metadata={PREPARE: _prepare_body},
    )
    report = _linked(
        "report",
        Report,
        "The report it tells of; null where it is not one, or none that the viewer may see.",
        lambda info: reports(info.context),
        report_of,
        look_ahead_on_reports,
    )
    run = _linked(
        "run",
        Run,
        "The run it tells of; null where there is none that the viewer may see.",
        lambda info: runs(info.context),
        run_of,
        lambda info, rows, nodes: look_ahead(info, "Run", rows, nodes),
    )
    export = _linked(
        "export",
        Export,
        "The export it tells of; null where there is none that the viewer may see.",
        lambda info: exports(info.context),
        export_of,
        lambda info, rows, nodes: look_ahead(info, "Export", rows, nodes),
    )
    subject = _linked(
        "subject",
        Subject,
        "The subject it tells of; null where it is not one, or none that the viewer may see.",
        lambda info: any_subjects(info.context),
        subject_of,
        look_ahead_on_subjects,
    )
    schedule = _linked(
        "schedule",
        Schedule,
        "The schedule it tells of; null where there is none that the viewer may see.",
        lambda info: schedules(info.context),
        schedule_of,
        look_ahead_on_schedules,
    )
    rule = _linked(
        "rule",
        AlertRule,
        "The rule that raised it; null where there is none that the viewer may see.",
        lambda info: alert_rules(info.context),
        rule_of,
        look_ahead_on_rules,
    )


def alert_of(row: AlertRow) -> Alert:
    """The alert as clients see it."""
    return Alert(
        id=global_id(ALERT, row.id),
        row=row,
        number=row.number,
        kind=AlertKind(row.kind),
        title=title_of(row),
        created_at=row.created_at,
        read_at=row.read_at,
    )


async def find_alert(info: Info, number: int) -> Alert | None:
    """The alert with that key, for the account it was raised for."""
    async with info.context.database.read() as session:
        row = await alert_by_id(session, info.context.viewer, number)
    return alert_of(row) if row else None


LOOK_UPS[ALERT] = find_alert


async def position_of(info: Info, after: str) -> int:
    """The number of the viewer's alert with that id. Refuses an id that is not of one."""
    async with info.context.services.events.read() as session:
        row = await alert_by_id(session, info.context.viewer, number_of(after, "after", ALERT))
    if row is None:
        raise Refusal("there is no such alert", ("after",), ProblemCode.NOT_FOUND)
    return row.number


@strawberry.type(description="One page of a list.")
class AlertConnection(Connection[Alert]):
    """One page of alerts."""

    unread_count: int | None = strawberry.field(
        default=None,
        description="How many alerts of the viewer are unread, on this page or not; counted only when asked.",
    )


@strawberry.type
class AlertQueries:
    """`alerts`."""

    @strawberry.field(description="The viewer's own alerts, newest first.")
    async def alerts(
        self,
        info: Info,
        unread_only: Annotated[bool, strawberry.argument(description="Only those not marked read.")] = False,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> AlertConnection:
        """A page of alerts."""
        asked = page_request(first, after, last, before, (int,))
        context, nodes = info.context, nodes_of(info)
        type_ = info._raw_info.schema.get_type("AlertConnection")
        assert type_ is not None
        wanted = selected_names(info, nodes, type_)
        async with context.database.read() as session:
            page = await list_alerts(session, context.viewer, asked, unread_only=unread_only)
            total = unread = None
            if "totalCount" in wanted:
                total = await count_alerts(session, context.viewer, unread_only=unread_only)
            if "unreadCount" in wanted:
                unread = await count_alerts(session, context.viewer, unread_only=True)
        for way in (*below(info, nodes, type_, "nodes"), *below(info, nodes, type_, "edges", "node")):
            await look_ahead(info, ALERT, page.rows, way)
        return AlertConnection(
            nodes=[alert_of(row) for row in page.rows],
            total_count=total,
            unread_count=unread,
            keys=[(row.number,) for row in page.rows],
            page=page,
        )


@strawberry.input(one_of=True, description="Which alerts have been read.")
class AlertMarkReadInput:
    """Which alerts have been read."""

    ids: list[strawberry.ID] | None = strawberry.field(description=f"These alerts; {MAX_PAGE} at most.")
    up_to: strawberry.ID | None = strawberry.field(description="This alert and all before it.")


@strawberry.type(description="What is read now, or why nothing was marked.")
class AlertMarkReadPayload:
    """What is read now, or why nothing was marked."""

    alerts: list[Alert] = strawberry.field(
        default_factory=list,
        description="Those given by id, as they are now, newest first; empty with `upTo`.",
        metadata={"list_size": MAX_PAGE},
    )
    marked_count: int | None = strawberry.field(default=None, description="How many were unread before and are read.")
    unread_count: int | None = strawberry.field(
        default=None, description="How many alerts of the viewer are still unread; null beyond 10,000."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list, description="Why nothing was done.")


@strawberry.type
class AlertMutations:
    """`alertMarkRead`."""

    @mutation(description="Marks alerts of the viewer as read; those that were stay read since then.")
    async def alert_mark_read(
        self, info: Info, input: Annotated[AlertMarkReadInput, strawberry.argument(description="Which alerts.")]
    ) -> AlertMarkReadPayload:
        """Marks alerts as read."""
        context: Any = info.context
        ids = None if input.ids is None else [number_of(id_, "ids", ALERT) for id_ in input.ids]
        if ids is not None and len(ids) > MAX_PAGE:
            raise Refusal(f"{len(ids):,} are too many at once; give {MAX_PAGE} at most", ("ids",))
        up_to = None if input.up_to is None else number_of(input.up_to, "upTo", ALERT)
        async with context.database.write() as session:
            rows: list[AlertRow] = []
            if ids is not None:
                rows, marked = await mark_read(session, context.viewer, ids, context.now)
            else:
                newest = await alert_by_id(session, context.viewer, up_to or 0)
                if newest is None:
                    raise Refusal("there is no such alert", ("upTo",), ProblemCode.NOT_FOUND)
                marked = await mark_read_up_to(session, context.viewer, newest.number, context.now)
            unread = await count_alerts(session, context.viewer, unread_only=True)
        await look_ahead_on_alerts(info, rows)
        return AlertMarkReadPayload(alerts=[alert_of(row) for row in rows], marked_count=marked, unread_count=unread)


async def look_ahead_on_alerts(info: Info, rows: Sequence[AlertRow]) -> None:
    """Has everything loaded that is selected on the alerts of a payload."""
    type_ = info._raw_info.schema.get_type("AlertMarkReadPayload")
    assert type_ is not None
    for way in below(info, nodes_of(info), type_, "alerts"):
        await look_ahead(info, ALERT, rows, way)
