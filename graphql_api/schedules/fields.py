"""Schedules: listing them, and making, changing, pausing, deleting and running them."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, TypeVar

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from exporters import all_formats
from graphql_api.core.connections import After, Before, Connection, First, Last, page_request
from graphql_api.core.context import Info
from graphql_api.core.ids import number_of
from graphql_api.core.mutations import mutation
from graphql_api.core.user_errors import UserError
from graphql_api.schedules.inputs import ScheduleCreateInput, ScheduleUpdateInput
from graphql_api.schedules.owned_requests import OWNED_KEY, owned_page, owned_query
from graphql_api.schedules.slots import ScheduleSlot, slot_of
from graphql_api.schedules.types import SCHEDULE, Schedule, find_schedule, look_ahead_on_schedules, schedule_of
from jobs.alerts.ended import SCHEDULE_RUN
from jobs.exports.options import options_from_stored
from jobs.queue.adding import WAITED_FOR
from models import Schedule as ScheduleTable
from models import ScheduleState, SubjectKind
from resolvers.schedules.schedules import (
    create_schedule,
    delete_schedule,
    list_schedules,
    pause_schedule,
    resume_schedule,
    run_schedule_now,
    schedules_by_ids,
    update_schedule,
)

_WHO: Final = "For the owner and ADMIN."
_WHO_STOPS: Final = "For the owner, ADMIN, and the PRINCIPAL of its school."


@strawberry.input(description="Which schedules of a list; all that is given must hold.")
class ScheduleFilter:
    """Which schedules of a list."""

    states: list[ScheduleState] | None = strawberry.field(
        default=None, description="In one of these states; left out: all but the deleted ones."
    )
    kinds: list[SubjectKind] | None = strawberry.field(default=None, description="About subjects of these kinds.")
    school: strawberry.ID | None = strawberry.field(default=None, description="Of this school.")
    mine: bool = strawberry.field(default=False, description="Only the viewer's own.")


@strawberry.type
class ScheduleQueries:
    """`schedule` and `schedules`."""

    @strawberry.field(description="A schedule; null where it does not exist or the viewer may not see it.")
    async def schedule(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Schedule | None:
        """One schedule."""
        return await find_schedule(info, number_of(id, "id", SCHEDULE))

    @strawberry.field(
        description="Schedules, newest first: the viewer's own; PRINCIPAL: also those of their school; ADMIN: all."
    )
    async def schedules(
        self,
        info: Info,
        filter: Annotated[ScheduleFilter | None, strawberry.argument(description="Which of them.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Schedule]:
        """A page of schedules."""
        query = owned_query(filter or ScheduleFilter(), info.context.viewer.user_id)
        asked = page_request(first, after, last, before, OWNED_KEY)
        return await owned_page(
            info,
            ScheduleTable,
            query,
            asked,
            list_schedules,
            look_ahead_on_schedules,
            schedule_of,
            lambda row: row.schedule.id,
        )


@strawberry.type
class _SchedulePayload:
    schedule: Schedule | None = strawberry.field(default=None, description="The schedule as it is now.")
    user_errors: list[UserError] = strawberry.field(default_factory=list, description="Why nothing was done.")


@strawberry.type(description="The schedule, or why there is none.")
class ScheduleCreatePayload(_SchedulePayload):
    """The schedule, or why there is none."""


@strawberry.type(description="The schedule, or why it was not changed.")
class ScheduleUpdatePayload(_SchedulePayload):
    """The schedule, or why it was not changed."""


@strawberry.type(description="The schedule, or why it was not paused.")
class SchedulePausePayload(_SchedulePayload):
    """The schedule, or why it was not paused."""


@strawberry.type(description="The schedule, or why it was not resumed.")
class ScheduleResumePayload(_SchedulePayload):
    """The schedule, or why it was not resumed."""


@strawberry.type(description="The schedule, or why it was not deleted.")
class ScheduleDeletePayload(_SchedulePayload):
    """The schedule, or why it was not deleted."""


@strawberry.type(description="The slot, or why there is none.")
class ScheduleRunNowPayload:
    """The slot, or why there is none."""

    slot: ScheduleSlot | None = strawberry.field(default=None, description="The slot that is run.")
    user_errors: list[UserError] = strawberry.field(default_factory=list, description="Why nothing was done.")


@strawberry.input(description="Which schedule.")
class ScheduleInput:
    """Which schedule."""

    id: strawberry.ID = strawberry.field(description="The schedule.")


Payload = TypeVar("Payload", bound=_SchedulePayload)
Which = Annotated[ScheduleInput, strawberry.argument(description="Which schedule.")]


async def _done(
    info: Info, payload: type[Payload], change: Callable[[AsyncSession], Awaitable[ScheduleTable]]
) -> Payload:
    context = info.context
    async with context.database.write() as session:
        schedule = await change(session)
        row = (await schedules_by_ids(session, context.viewer, [schedule.id]))[schedule.id]
    return payload(schedule=schedule_of(row))


def _with_files_as_chosen(schedule: ScheduleTable) -> ScheduleTable:
    """The schedule. Refuses, and so undoes, one with options that none of its formats has."""
    known = [all_formats()[name] for name in schedule.formats if name in all_formats()]
    options_from_stored(schedule.options).checked(*known)
    return schedule


def _number(input: Any) -> int:
    return number_of(input.id, "id", SCHEDULE)


@strawberry.type
class ScheduleMutations:
    """`scheduleCreate`, `scheduleUpdate`, `schedulePause`, `scheduleResume`, `scheduleDelete`, `scheduleRunNow`."""

    @mutation(
        description="Makes a schedule that works under the viewer's rights, as they are at each slot. For everybody who"
        " reads reports."
    )
    async def schedule_create(
        self, info: Info, input: Annotated[ScheduleCreateInput, strawberry.argument(description="What it does.")]
    ) -> ScheduleCreatePayload:
        """Makes a schedule."""
        context = info.context

        async def change(session: AsyncSession) -> ScheduleTable:
            domains = context.settings.mail_domains
            made = await create_schedule(session, context.viewer, input.draft(), domains=domains, now=context.now)
            return _with_files_as_chosen(made)

        return await _done(info, ScheduleCreatePayload, change)

    @mutation(description=f"Changes a schedule; the whole of it is checked anew. {_WHO}")
    async def schedule_update(
        self, info: Info, input: Annotated[ScheduleUpdateInput, strawberry.argument(description="What to change.")]
    ) -> ScheduleUpdatePayload:
        """Changes a schedule."""
        context = info.context

        async def change(session: AsyncSession) -> ScheduleTable:
            changed = await update_schedule(
                session,
                context.viewer,
                _number(input),
                input.changes(),
                domains=context.settings.mail_domains,
                now=context.now,
            )
            return _with_files_as_chosen(changed)

        return await _done(info, ScheduleUpdatePayload, change)

    @mutation(
        description=f"Stops a schedule from falling due until it is resumed; a slot already begun goes on. {_WHO_STOPS}"
    )
    async def schedule_pause(self, info: Info, input: Which) -> SchedulePausePayload:
        """Pauses a schedule."""
        viewer, now = info.context.viewer, info.context.now
        return await _done(
            info, SchedulePausePayload, lambda session: pause_schedule(session, viewer, _number(input), now)
        )

    @mutation(
        description=f"Lets a paused schedule fall due again, from now on: what it missed is not made good. {_WHO}"
    )
    async def schedule_resume(self, info: Info, input: Which) -> ScheduleResumePayload:
        """Resumes a schedule."""
        viewer, now = info.context.viewer, info.context.now
        return await _done(
            info, ScheduleResumePayload, lambda session: resume_schedule(session, viewer, _number(input), now)
        )

    @mutation(description=f"Ends a schedule for good; its history can still be read by id. {_WHO_STOPS}")
    async def schedule_delete(self, info: Info, input: Which) -> ScheduleDeletePayload:
        """Deletes a schedule."""
        viewer, now = info.context.viewer, info.context.now
        return await _done(
            info, ScheduleDeletePayload, lambda session: delete_schedule(session, viewer, _number(input), now)
        )

    @mutation(
        description="Runs a schedule at once, also a paused one, as if it fell due now. Holidays and terms do not hold"
        f" it back, its conditions do. {_WHO}"
    )
    async def schedule_run_now(self, info: Info, input: Which) -> ScheduleRunNowPayload:
        """Runs a schedule now."""
        context = info.context
        async with context.database.write() as session:
            slot = await run_schedule_now(session, context.viewer, _number(input), context.now)
            await context.queue.enqueue(session, SCHEDULE_RUN, {"slot_id": slot.id}, priority=WAITED_FOR)
        return ScheduleRunNowPayload(slot=slot_of(slot))
