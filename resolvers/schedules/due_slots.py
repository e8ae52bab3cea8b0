"""What is to become of the slots that have fallen due: run, held back, or missed and not made good."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from models import CatchUp, SlotState
from resolvers.calendar.recurrence import Recurrence, slots_after
from resolvers.calendar.school_days import Restraint, SchoolDays
from resolvers.core.wording import counted

MAX_CAUGHT_UP: Final = 100
"""How many slots of a schedule are looked back on, the latest."""
ON_TIME: Final = timedelta(minutes=5)
"""How late a slot may be taken up without counting as missed."""


@dataclass(frozen=True, slots=True)
class DueSlot:
    """A slot to write down: QUEUED, or SKIPPED with a sentence that says why."""

    slot_at: datetime
    state: SlotState
    note: str | None


@dataclass(frozen=True, slots=True)
class Due:
    """The slots that have fallen due, in order, and when the schedule falls due next."""

    slots: tuple[DueSlot, ...]
    following: datetime


def due_slots(
    recurrence: Recurrence,
    restraint: Restraint,
    catch_up: CatchUp,
    school: SchoolDays,
    *,
    first: datetime,
    now: datetime,
) -> Due:
    """The slots from `first`, which is due, up to `now`: the latest 100, and on the oldest how many came before.

    A slot that is held back is never made good; of the others LATEST runs the last one, ALL every one, and NONE only
    one that is not later than 5 minutes.
    """
    latest: deque[datetime] = deque(maxlen=MAX_CAUGHT_UP)
    count, following = 0, first
    for following in chain([first], slots_after(recurrence, school.zone, first)):
        if following > now:
            break
        latest.append(following)
        count += 1
    reasons = {slot: restraint.reason(slot, school) for slot in latest}
    free = [slot for slot in latest if reasons[slot] is None]
    run = {
        CatchUp.ALL: free,
        CatchUp.LATEST: free[-1:],
        CatchUp.NONE: [slot for slot in free[-1:] if now - slot <= ON_TIME],
    }[catch_up]
    slots = tuple(_slots(latest, reasons, set(run), catch_up, count - len(latest)))
    return Due(slots, following)


def _slots(
    latest: deque[datetime], reasons: dict[datetime, str | None], run: set[datetime], catch_up: CatchUp, untold: int
) -> Iterator[DueSlot]:
    for slot in latest:
        note = reasons[slot] or (None if slot in run else _missed(catch_up))
        if untold and slot == latest[0]:
            were = counted(untold, "slot before this one was", "slots before this one were")
            note = f"{note or ''} {were} missed too; at most {MAX_CAUGHT_UP} are looked back on.".strip()
        yield DueSlot(slot, SlotState.QUEUED if slot in run else SlotState.SKIPPED, note)


def _missed(catch_up: CatchUp) -> str:
    if catch_up is CatchUp.NONE:
        return "It was missed: no scheduler was running, and the schedule does not make good what it missed."
    return "It was missed: no scheduler was running; a later slot was run in its place."
