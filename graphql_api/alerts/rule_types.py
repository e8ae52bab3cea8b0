"""Rules of alerts as clients see them. What many of them need beside their rows is loaded for all at once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import strawberry

from graphql_api.alerts.loaders import OpenOfRule, idle_rules, open_occurrences
from graphql_api.core.connections import After, Before, Connection, First, Last, page_request
from graphql_api.core.context import Info
from graphql_api.core.ids import global_id
from graphql_api.core.look_ahead import PREPARE, Nodes, answer, below, look_ahead, nodes_of
from graphql_api.core.nodes import LOOK_UPS, Node
from graphql_api.schedules.types import ScheduleRecipient, recipient_of, subject_field
from graphql_api.subjects.interface import Subject, look_ahead_on_subjects, subject_of
from graphql_api.subjects.loaders import SubjectRef, account_names, any_subjects
from models import AlertKind, ScheduleState
from resolvers.alerts.idle import SENTENCES
from resolvers.alerts.rule_drafts import draft_of_rule
from resolvers.alerts.rule_findings import Band
from resolvers.alerts.rule_occurrences import OpenOccurrence
from resolvers.alerts.rules import RuleRow, rules_by_ids
from resolvers.calendar.periods import PeriodName
from resolvers.core.paging import PageRequest
from resolvers.deliveries.recipients import MAX_RECIPIENTS

RULE: Final = "AlertRule"
OCCURRENCE: Final = "AlertRuleOccurrence"
OCCURRENCE_KEY: Final = (int,)


async def _prepare_subject(info: Info, rows: Sequence[OpenOccurrence], _arguments: Any, nodes: Nodes) -> None:
    found = await any_subjects(info.context).load_many(dict.fromkeys(row.subject_id for row in rows))
    await look_ahead_on_subjects(info, (row for row in found if row), nodes)


def _subject(self: Any, info: Info) -> Any:
    def read() -> Any:
        row = any_subjects(info.context)[self.row.subject_id]
        return subject_of(row) if row else None

    return answer(info, read, lambda: _prepare_subject(info, [self.row], {}, nodes_of(info)))


@strawberry.type(description="Something of which a rule holds, as of its last check.")
class AlertRuleOccurrence:
    """Something of which a rule holds."""

    row: strawberry.Private[OpenOccurrence]
    began_at: datetime = strawberry.field(description="When a check found it first.")
    session: str | None = strawberry.field(
        description="SESSIONS_WITHOUT_MARKS: the session, by the institution's own id."
    )
    session_at: datetime | None = strawberry.field(description="SESSIONS_WITHOUT_MARKS: when it was to begin.")
    subject = strawberry.field(
        resolver=_subject,
        graphql_type=Subject | None,
        description="The trainee; SESSIONS_WITHOUT_MARKS: the class group.",
        metadata={PREPARE: _prepare_subject},
    )


def _occurrence_of(row: OpenOccurrence) -> AlertRuleOccurrence:
    return AlertRuleOccurrence(row=row, began_at=row.began_at, session=row.session, session_at=row.session_at)


def _asked(arguments: dict[str, Any]) -> PageRequest:
    first, after, last, before = (arguments.get(name) for name in ("first", "after", "last", "before"))
    return page_request(first, after, last, before, OCCURRENCE_KEY)


async def _prepare_open(info: Info, rows: Sequence[RuleRow], arguments: dict[str, Any], nodes: Nodes) -> None:
    asked, type_ = _asked(arguments), info._raw_info.schema.get_type(f"{OCCURRENCE}Connection")
    pages = await open_occurrences(info.context).load_many([OpenOfRule(asked, row.rule.id) for row in rows])
    found = [occurrence for page in pages for occurrence in page.rows]
    assert type_ is not None
    for way in (*below(info, nodes, type_, "nodes"), *below(info, nodes, type_, "edges", "node")):
        await look_ahead(info, OCCURRENCE, found, way)


def _open(
    self: Any, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    arguments = {"first": first, "after": after, "last": last, "before": before}

    def read() -> Any:
        page = open_occurrences(info.context)[OpenOfRule(_asked(arguments), self.row.rule.id)]
        nodes = [_occurrence_of(row) for row in page.rows]
        return Connection(nodes=nodes, keys=[(row.id,) for row in page.rows], page=page)

    return answer(info, read, lambda: _prepare_open(info, [self.row], arguments, nodes_of(info)))


async def _prepare_names(info: Info, rows: Sequence[RuleRow], _arguments: Any, _nodes: Nodes) -> None:
    accounts = {one["account"]: None for row in rows for one in row.rule.recipients if "account" in one}
    await account_names(info.context).load_many(accounts)


def _recipients(self: Any, info: Info) -> Any:
    def read() -> Any:
        names = account_names(info.context)
        draft = draft_of_rule(self.row.rule)
        return [recipient_of(one, None if one.account is None else names[one.account]) for one in draft.recipients]

    return answer(info, read, lambda: _prepare_names(info, [self.row], {}, nodes_of(info)))


async def _prepare_idle(info: Info, rows: Sequence[RuleRow], _arguments: Any, _nodes: Nodes) -> None:
    await idle_rules(info.context).load_many([row.rule for row in rows])


def _notice(self: Any, info: Info) -> Any:
    def read() -> str | None:
        reason = idle_rules(info.context)[self.row.rule]
        return None if reason is None else SENTENCES[reason]

    return answer(info, read, lambda: _prepare_idle(info, [self.row], {}, nodes_of(info)))


def _within(row: RuleRow) -> list[SubjectRef]:
    return [SubjectRef(row.within_kind, row.rule.within)]


@strawberry.type(
    description="A standing watch over the trainees, or the sessions, within a subject. Whatever it begins to hold of"
    " is told once, and again only after it has held no more and begins anew. A session without marks: once for ever."
)
class AlertRule(Node):
    """A standing watch."""

    row: strawberry.Private[RuleRow]
    name: str = strawberry.field(description="What it is called.")
    state: ScheduleState = strawberry.field(description="Whether it works.")
    kind: AlertKind = strawberry.field(description="What it looks for, and the kind of the alerts it raises.")
    period: PeriodName = strawberry.field(
        description="The days looked at, told from each check; with a new period everything begins anew."
    )
    band: Band | None = strawberry.field(description="BELOW_BAND: below which line.")
    count: int | None = strawberry.field(description="ABSENCES_IN_A_ROW: from how many on.")
    check_time: str = strawberry.field(description="The time of day of its daily check, in the zone of the school.")
    owner: str = strawberry.field(description="The name of the account under whose rights it works.")
    next_check_at: datetime | None = strawberry.field(description="When it is checked next; null while it is paused.")
    checked_at: datetime | None = strawberry.field(description="When it was checked last.")
    error: str | None = strawberry.field(description="Why it could not be checked, or who was left out.")
    created_at: datetime = strawberry.field(description="When it was made.")
    within = subject_field(_within, False, "The subject within which it looks; null where the viewer may not see it.")
    notice = strawberry.field(
        resolver=_notice,
        graphql_type=str | None,
        description="Why it looks at nothing as things are now: there is no term, nobody enrolled, or no session; null:"
        " there is something. Its owner is told, once for each reason that does not pass by itself.",
        metadata={PREPARE: _prepare_idle},
    )
    recipients = strawberry.field(
        resolver=_recipients,
        graphql_type=list[ScheduleRecipient] | None,
        description="Whom it tells.",
        metadata={PREPARE: _prepare_names, "list_size": MAX_RECIPIENTS},
    )
    open_occurrences = strawberry.field(
        resolver=_open,
        graphql_type=Connection[AlertRuleOccurrence] | None,
        description="Of what it holds, as of the last check and as far as the viewer may see it, newest first. The"
        " total is not counted.",
        metadata={PREPARE: _prepare_open},
    )


def rule_of(row: RuleRow) -> AlertRule:
    """The rule as clients see it."""
    rule, draft = row.rule, draft_of_rule(row.rule)
    return AlertRule(
        id=global_id(RULE, rule.id),
        row=row,
        name=draft.name,
        state=ScheduleState(rule.state),
        kind=draft.kind,
        period=draft.period,
        band=draft.band,
        count=draft.count,
        check_time=draft.check_time,
        owner=row.owner_name,
        next_check_at=rule.next_check_at,
        checked_at=rule.checked_at,
        error=rule.error,
        created_at=rule.created_at,
    )


async def look_ahead_on_rules(info: Info, rows: Iterable[RuleRow], nodes: Nodes) -> None:
    """Has everything loaded that is selected below these nodes on these rules."""
    await look_ahead(info, RULE, list(rows), nodes)


async def find_rule(info: Info, number: int) -> AlertRule | None:
    """The rule with that key, where the viewer may read it."""
    async with info.context.database.read() as session:
        row = (await rules_by_ids(session, info.context.viewer, [number])).get(number)
    return rule_of(row) if row else None


LOOK_UPS[RULE] = find_rule
