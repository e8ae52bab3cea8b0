"""Schedules as clients see them. What many of them need beside their rows is loaded for all at once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import strawberry

from graphql_api.core.connections import After, Before, Connection, First, Last, page_request
from graphql_api.core.context import Info
from graphql_api.core.ids import USER, global_id
from graphql_api.core.look_ahead import PREPARE, Nodes, answer, look_ahead, nodes_of
from graphql_api.core.nodes import LOOK_UPS, Node
from graphql_api.exports.options import ExportOptions, options_of
from graphql_api.exports.types import ExportFormat
from graphql_api.metrics.types import MetricName
from graphql_api.schedules.inputs import WEBHOOK
from graphql_api.schedules.loaders import SlotsOfSchedule, school_days, slots_of_schedules
from graphql_api.schedules.slots import SLOT_KEY, ScheduleSlot, look_ahead_on_slots, slot_page
from graphql_api.schedules.vocabulary import RecurrenceType, ScheduleCondition, recurrence_of
from graphql_api.subjects.interface import Subject, look_ahead_on_subjects, subject_of
from graphql_api.subjects.loaders import SubjectRef, account_names, subjects
from jobs.exports.options import options_from_stored
from models import CatchUp, Role, ScheduleState, SubjectKind
from resolvers.alerts.idle import SENTENCES, idle_schedule
from resolvers.calendar.periods import PeriodName
from resolvers.calendar.school_days import next_slots
from resolvers.core.paging import PageRequest
from resolvers.core.problems import Refusal
from resolvers.deliveries.recipients import MAX_RECIPIENTS, Recipient, RecipientType
from resolvers.schedules.drafts import MAX_SUBJECTS, draft_of
from resolvers.schedules.schedules import ScheduleRow, schedules_by_ids

SCHEDULE: Final = "Schedule"
MOST_NEXT: Final = 20


def _school(row: ScheduleRow) -> list[SubjectRef]:
    return [SubjectRef(SubjectKind.SCHOOL, row.schedule.school_id)]


def _within(row: ScheduleRow) -> list[SubjectRef]:
    within, kind = row.schedule.within, row.within_kind
    return [] if within is None or kind is None else [SubjectRef(kind, within)]


def _named(row: ScheduleRow) -> list[SubjectRef]:
    return [SubjectRef(SubjectKind(row.schedule.kind), id_) for id_ in row.schedule.subjects or ()]


def subject_field(refs: Any, many: bool, description: str) -> Any:
    """A field of what has a `row`: the subjects, or the one, that `refs` tells of the row."""

    async def prepare(info: Info, rows: Sequence[Any], _arguments: Any, nodes: Nodes) -> None:
        wanted = dict.fromkeys(ref for row in rows for ref in refs(row))
        found = await subjects(info.context).load_many(wanted)
        await look_ahead_on_subjects(info, (row for row in found if row), nodes)

    def named(self: Any, info: Info) -> Any:
        def read() -> Any:
            rows = [subjects(info.context)[ref] for ref in refs(self.row)]
            found = [subject_of(row) for row in rows if row]
            return found if many else next(iter(found), None)

        return answer(info, read, lambda: prepare(info, [self.row], {}, nodes_of(info)))

    type_: Any = list[Subject] if many else Subject
    size = {"list_size": MAX_SUBJECTS} if many else {}
    return strawberry.field(
        resolver=named, graphql_type=type_ | None, description=description, metadata={PREPARE: prepare, **size}
    )


async def _prepare_days(info: Info, rows: Sequence[ScheduleRow], _arguments: Any, _nodes: Nodes) -> None:
    await school_days(info.context).load_many(dict.fromkeys(row.schedule.school_id for row in rows))


def _next_slots(
    self: Any,
    info: Info,
    count: Annotated[int, strawberry.argument(description=f"How many, 1 to {MOST_NEXT}.")] = 5,
) -> Any:
    def read() -> Any:
        if not 1 <= count <= MOST_NEXT:
            raise Refusal(f"{count} is not a number of slots; it must be 1 to {MOST_NEXT}", ("count",))
        if self.row.schedule.next_slot_at is None:
            return []
        school = school_days(info.context)[self.row.schedule.school_id]
        draft = draft_of(self.row.schedule)
        return next_slots(draft.recurrence, draft.restraint, school, info.context.now, count)

    return answer(info, read, lambda: _prepare_days(info, [self.row], {}, nodes_of(info)))


def _notice(self: Any, info: Info) -> Any:
    def read() -> str | None:
        school = school_days(info.context)[self.row.schedule.school_id]
        reason = idle_schedule(self.row.schedule, school, info.context.now)
        return None if reason is None else SENTENCES[reason]

    return answer(info, read, lambda: _prepare_days(info, [self.row], {}, nodes_of(info)))


async def _prepare_names(info: Info, rows: Sequence[ScheduleRow], _arguments: Any, _nodes: Nodes) -> None:
    accounts = {one["account"]: None for row in rows for one in row.schedule.recipients if "account" in one}
    await account_names(info.context).load_many(accounts)


def _recipients(self: Any, info: Info) -> Any:
    def read() -> Any:
        names = account_names(info.context)
        draft = draft_of(self.row.schedule)
        return [recipient_of(one, None if one.account is None else names[one.account]) for one in draft.recipients]

    return answer(info, read, lambda: _prepare_names(info, [self.row], {}, nodes_of(info)))


def _history(arguments: dict[str, Any]) -> PageRequest:
    first, after, last, before = (arguments.get(name) for name in ("first", "after", "last", "before"))
    return page_request(first, after, last, before, SLOT_KEY)


async def _prepare_slots(info: Info, rows: Sequence[ScheduleRow], arguments: dict[str, Any], nodes: Nodes) -> None:
    asked = _history(arguments)
    keys = [SlotsOfSchedule(asked, row.schedule.id) for row in rows]
    pages = await slots_of_schedules(info.context).load_many(keys)
    await look_ahead_on_slots(info, (slot for page in pages for slot in page.rows), nodes)


def _slots(
    self: Any, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    arguments = {"first": first, "after": after, "last": last, "before": before}

    def read() -> Any:
        return slot_page(slots_of_schedules(info.context)[SlotsOfSchedule(_history(arguments), self.row.schedule.id)])

    return answer(info, read, lambda: _prepare_slots(info, [self.row], arguments, nodes_of(info)))


@strawberry.type(description="Whom a schedule or a rule of alerts tells.")
class ScheduleRecipient:
    """Whom a schedule or a rule of alerts tells."""

    type: RecipientType = strawberry.field(description="What it is.")
    user: strawberry.ID | None = strawberry.field(description="USER: the account.")
    name: str | None = strawberry.field(
        description="USER: the name of the account; null when it is gone, or is not the viewer's to address."
    )
    role: Role | None = strawberry.field(description="ROLE: the role.")
    email: str | None = strawberry.field(description="EMAIL: the address.")
    webhook: strawberry.ID | None = strawberry.field(description="WEBHOOK: the webhook.")


def recipient_of(one: Recipient, name: str | None) -> ScheduleRecipient:
    """The recipient as clients see it."""
    return ScheduleRecipient(
        type=one.type,
        user=None if one.account is None else global_id(USER, one.account),
        name=name,
        role=one.role,
        email=one.address,
        webhook=None if one.webhook is None else global_id(WEBHOOK, one.webhook),
    )


@strawberry.type(description="A standing request: reports, files and word to recipients, daily, weekly or monthly.")
class Schedule(Node):
    """A standing request."""

    row: strawberry.Private[ScheduleRow]
    name: str = strawberry.field(description="What it is called.")
    state: ScheduleState = strawberry.field(description="Whether it works.")
    kind: SubjectKind = strawberry.field(description="Reports of subjects of this kind.")
    period: PeriodName = strawberry.field(description="The days counted, told from the slot.")
    recurrence: RecurrenceType = strawberry.field(description="When it falls due.")
    formats: list[ExportFormat] = strawberry.field(description="Also as files of these formats.")
    options: ExportOptions = strawberry.field(description="What was chosen of the files, as far as each format has it.")
    attach: bool = strawberry.field(description="Whether the files are attached to e-mails.")
    not_on_holidays: bool = strawberry.field(description="Whether slots on holidays are skipped.")
    only_in_terms: bool = strawberry.field(description="Whether slots outside terms are skipped.")
    only_with_data: bool = strawberry.field(description="Whether slots without a session held or a result are skipped.")
    condition: ScheduleCondition | None = strawberry.field(description="Only if this is so in any of the reports.")
    catch_up: CatchUp = strawberry.field(description="What becomes of slots that were missed.")
    owner: str = strawberry.field(description="The name of the account under whose rights it works.")
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When it was last changed, paused or resumed.")
    school = subject_field(_school, False, "The school whose time it keeps; null where the viewer may not see it.")
    within = subject_field(_within, False, "Of all subjects of the kind within this one; null: see `subjects`.")
    subjects = subject_field(
        _named, True, "Of these subjects, as far as the viewer may see them; empty: of all within `within` or `school`."
    )
    next_slots = strawberry.field(
        resolver=_next_slots,
        graphql_type=list[datetime] | None,
        description="The next times it will run, less those known to be skipped; empty while it is paused.",
        metadata={PREPARE: _prepare_days, "list_size": MOST_NEXT},
    )
    notice = strawberry.field(
        resolver=_notice,
        graphql_type=str | None,
        description="Why it does nothing as things are now: it goes by terms, and there is none; null: nothing is in"
        " its way. Of one that runs in terms only its owner is told once, where the school has none.",
        metadata={PREPARE: _prepare_days},
    )
    recipients = strawberry.field(
        resolver=_recipients,
        graphql_type=list[ScheduleRecipient] | None,
        description="Whom it tells.",
        metadata={PREPARE: _prepare_names, "list_size": MAX_RECIPIENTS},
    )
    slots = strawberry.field(
        resolver=_slots,
        graphql_type=Connection[ScheduleSlot] | None,
        description="Its history: every time it fell due or was run by hand, newest first. The total is not counted.",
        metadata={PREPARE: _prepare_slots},
    )


def schedule_of(row: ScheduleRow) -> Schedule:
    """The schedule as clients see it."""
    schedule, draft = row.schedule, draft_of(row.schedule)
    condition = draft.condition
    return Schedule(
        id=global_id(SCHEDULE, schedule.id),
        row=row,
        name=draft.name,
        state=ScheduleState(schedule.state),
        kind=draft.kind,
        period=draft.period,
        recurrence=recurrence_of(draft.recurrence, row.zone),
        # a format that is no longer made is left out, here as in a slot
        formats=[ExportFormat(name) for name in draft.formats if name in ExportFormat.__members__],
        options=options_of(options_from_stored(draft.options)),
        attach=draft.attach,
        not_on_holidays=draft.restraint.not_on_holidays,
        only_in_terms=draft.restraint.only_in_terms,
        only_with_data=draft.only_with_data,
        condition=None
        if condition is None
        else ScheduleCondition(metric=MetricName(condition.metric), side=condition.side, value=condition.value),
        catch_up=draft.catch_up,
        owner=row.owner_name,
        created_at=schedule.created_at,
        updated_at=schedule.updated_at,
    )


async def look_ahead_on_schedules(info: Info, rows: Iterable[ScheduleRow], nodes: Nodes) -> None:
    """Has everything loaded that is selected below these nodes on these schedules."""
    await look_ahead(info, SCHEDULE, list(rows), nodes)


async def find_schedule(info: Info, number: int) -> Schedule | None:
    """The schedule with that key, where the viewer may read it."""
    async with info.context.database.read() as session:
        row = (await schedules_by_ids(session, info.context.viewer, [number])).get(number)
    return schedule_of(row) if row else None


LOOK_UPS[SCHEDULE] = find_schedule
