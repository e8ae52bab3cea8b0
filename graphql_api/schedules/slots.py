"""Slots: the history of a schedule."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import strawberry

from graphql_api.core.connections import Connection
from graphql_api.core.context import Info
from graphql_api.core.ids import global_id
from graphql_api.core.look_ahead import PREPARE, Nodes, answer, below, look_ahead, nodes_of
from graphql_api.core.nodes import LOOK_UPS, Node
from graphql_api.reports.loaders import runs
from graphql_api.reports.runs import Run, run_of
from models import ScheduleSlot as SlotRow
from models import SlotState
from resolvers.core.paging import Page
from resolvers.schedules.slots import slots_by_ids

SLOT: Final = "ScheduleSlot"
SLOT_KEY: Final = (datetime,)


async def _prepare_run(info: Info, slots: Sequence[SlotRow], _arguments: Any, _nodes: Nodes) -> None:
    await runs(info.context).load_many(slot.run_id for slot in slots if slot.run_id is not None)


def _run(self: Any, info: Info) -> Any:
    def read() -> Any:
        row = None if self.row.run_id is None else runs(info.context)[self.row.run_id]
        return run_of(row) if row else None

    return answer(info, read, lambda: _prepare_run(info, [self.row], {}, nodes_of(info)))


@strawberry.type(description="One time a schedule fell due, or was run by hand.")
class ScheduleSlot(Node):
    """One time a schedule fell due, or was run by hand."""

    row: strawberry.Private[SlotRow]
    slot_at: datetime = strawberry.field(description="When it fell due; the period is told from this moment.")
    by_hand: bool = strawberry.field(description="Whether somebody ran it with `scheduleRunNow`.")
    state: SlotState = strawberry.field(description="What became of it.")
    note: str | None = strawberry.field(description="Why it failed or was skipped, or what was left out.")
    created_at: datetime = strawberry.field(description="When a scheduler took it up; later than `slotAt` if missed.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    run = strawberry.field(
        resolver=_run,
        graphql_type=Run | None,
        description="The run that made its reports; null for others than the owner and ADMIN.",
        metadata={PREPARE: _prepare_run},
    )


def slot_of(row: SlotRow) -> ScheduleSlot:
    """The slot as clients see it."""
    return ScheduleSlot(
        id=global_id(SLOT, row.id),
        row=row,
        slot_at=row.slot_at,
        by_hand=row.by_hand,
        state=SlotState(row.state),
        note=row.note,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def slot_page(page: Page[SlotRow]) -> Connection[ScheduleSlot]:
    """A page of history as clients see it."""
    keys = [(row.slot_at,) for row in page.rows]
    return Connection(nodes=[slot_of(row) for row in page.rows], keys=keys, page=page)


async def look_ahead_on_slots(info: Info, rows: Iterable[SlotRow], nodes: Nodes) -> None:
    """Has everything loaded that is selected on these slots below the nodes of a connection."""
    found, type_ = list(rows), info._raw_info.schema.get_type("ScheduleSlotConnection")
    assert type_ is not None
    for way in (*below(info, nodes, type_, "nodes"), *below(info, nodes, type_, "edges", "node")):
        await look_ahead(info, SLOT, found, way)


async def find_slot(info: Info, number: int) -> ScheduleSlot | None:
    """The slot with that key, for whoever may read its schedule."""
    async with info.context.database.read() as session:
        row = (await slots_by_ids(session, info.context.viewer, [number])).get(number)
    return slot_of(row) if row else None


LOOK_UPS[SLOT] = find_slot
