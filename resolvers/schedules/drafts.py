"""What a schedule is to do, as asked for: checked as a whole, refused naming the field."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import CatchUp, Schedule, School, Subject, SubjectKind
from resolvers.access.roles import Reach
from resolvers.access.scope import measurable
from resolvers.access.viewers import Viewer
from resolvers.calendar.periods import PeriodName, PeriodRequest
from resolvers.calendar.recurrence import Recurrence, recurrence_from_stored
from resolvers.calendar.school_days import Restraint
from resolvers.core.problems import ProblemCode, Refusal
from resolvers.deliveries.recipients import (
    Recipient,
    RecipientType,
    checked_recipients,
    recipient_from_stored,
)
from resolvers.metrics.registry import METRICS, Unit, Value
from resolvers.reports.runs import period_from_stored, readable, stored_period
from resolvers.subjects.look_ups import ids_within, subjects_by_ids

LONGEST_NAME: Final = 200
MAX_SUBJECTS: Final = 500


class Side(StrEnum):
    """On which side of a value a figure has to be."""

    BELOW = "BELOW"
    ABOVE = "ABOVE"


@dataclass(frozen=True, slots=True)
class Condition:
    """Only if, in any of the reports, this metric is below or above this value; a figure that is null is neither."""

    metric: str
    side: Side
    value: float

    def met(self, figure: Value) -> bool:
        """Whether a figure is on that side. Both are correctly rounded doubles, so equal ones are equal."""
        if figure is None:
            return False
        return figure < self.value if self.side is Side.BELOW else figure > self.value

    def checked(self, kind: SubjectKind) -> "Condition":
        """Itself; refuses a metric that reports of the kind do not have, and a value it can never pass."""
        metric = METRICS.get(self.metric)
        if metric is None or kind not in metric.kinds:
            raise Refusal(f"reports of a {kind} have no metric {self.metric}", ("condition", "metric"))
        if not math.isfinite(self.value) or (metric.unit is Unit.RATE and not 0 <= self.value <= 1):
            wanted = "must be 0 to 1: it is a rate" if metric.unit is Unit.RATE else "must be a number"
            raise Refusal(f"{self.value:g} is no value of {self.metric}; it {wanted}", ("condition", "value"))
        return self

    def stored(self) -> dict[str, Any]:
        """As JSON."""
        return {"metric": self.metric, "side": self.side.value, "value": self.value}


def condition_of(schedule: Schedule) -> Condition | None:
    """The condition of a stored schedule."""
    stored = schedule.condition
    return None if stored is None else Condition(stored["metric"], Side(stored["side"]), stored["value"])


@dataclass(frozen=True, slots=True)
class ScheduleDraft:
    """A schedule as asked for. Of `subject_ids`, `within` and `school_id` exactly one is given.

    `options` say how its files are to be written, as stored (jobs/exports/options.py, which checks them).
    """

    name: str
    kind: SubjectKind
    period: PeriodName
    recurrence: Recurrence
    recipients: tuple[Recipient, ...]
    subject_ids: tuple[int, ...] | None = None
    within: int | None = None
    school_id: int | None = None
    restraint: Restraint = field(default=Restraint())
    only_with_data: bool = False
    condition: Condition | None = None
    formats: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    attach: bool = False
    catch_up: CatchUp = CatchUp.LATEST

    def values(self, school_id: int) -> dict[str, Any]:
        """The columns of its row."""
        return {
            "school_id": school_id,
            "name": self.name,
            "kind": self.kind,
            "subjects": None if self.subject_ids is None else list(self.subject_ids),
            "within": self.within,
            "period": stored_period(PeriodRequest(named=self.period)),
            "recurrence": self.recurrence.stored(),
            "not_on_holidays": self.restraint.not_on_holidays,
            "only_in_terms": self.restraint.only_in_terms,
            "only_with_data": self.only_with_data,
            "condition": self.condition and self.condition.stored(),
            "formats": list(self.formats),
            "options": dict(self.options),
            "recipients": [recipient.stored() for recipient in self.recipients],
            "attach": self.attach,
            "catch_up": self.catch_up,
        }


def draft_of(schedule: Schedule) -> ScheduleDraft:
    """What a stored schedule would have been asked for as."""
    named = period_from_stored(schedule.period).named
    assert named is not None
    by_rule = schedule.subjects is not None or schedule.within is not None
    return ScheduleDraft(
        name=schedule.name,
        kind=SubjectKind(schedule.kind),
        period=named,
        recurrence=recurrence_from_stored(schedule.recurrence),
        recipients=tuple(recipient_from_stored(one) for one in schedule.recipients),
        subject_ids=None if schedule.subjects is None else tuple(schedule.subjects),
        within=schedule.within,
        school_id=None if by_rule else schedule.school_id,
        restraint=Restraint(schedule.not_on_holidays, schedule.only_in_terms),
        only_with_data=schedule.only_with_data,
        condition=condition_of(schedule),
        formats=tuple(schedule.formats),
        options=schedule.options,
        attach=schedule.attach,
        catch_up=CatchUp(schedule.catch_up),
    )


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft that can be stored, its school, and that school's zone."""

    draft: ScheduleDraft
    school_id: int
    zone: str


async def checked_draft(
    session: AsyncSession, owner: Viewer, asked: ScheduleDraft, domains: Collection[str]
) -> Checked:
    """The draft, tidied; refuses, naming the field, what is impossible or not the owner's to ask for."""
    if not may_own(owner):
        raise Refusal(f"a {owner.role} account reads no reports, so it has no schedules", (), ProblemCode.FORBIDDEN)
    name = asked.name.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Refusal(f"a name has 1 to {LONGEST_NAME} characters, this one {len(name)}", ("name",))
    asked.recurrence.checked()
    formats = tuple(dict.fromkeys(asked.formats))
    if asked.attach and not formats:
        raise Refusal("there is nothing to attach without a format", ("attach",))
    condition = asked.condition and asked.condition.checked(asked.kind)
    school_id = await _school_of(session, owner, asked)
    recipients = await checked_recipients(session, owner, asked.recipients, domains)
    if asked.kind is SubjectKind.TRAINER and any(one.type is RecipientType.EMAIL for one in recipients):
        raise Refusal("figures of trainers go to accounts only, not to an address without one", ("recipients",))
    zone = await session.scalar(select(School.timezone).where(School.id == school_id))
    assert zone is not None
    ids = None if asked.subject_ids is None else tuple(dict.fromkeys(asked.subject_ids))
    draft = replace(asked, name=name, formats=formats, condition=condition, recipients=recipients, subject_ids=ids)
    return Checked(draft, school_id, zone)


def may_own(viewer: Viewer) -> bool:
    """Whether an account may have schedules: it reads reports."""
    return viewer.rights.reach is not Reach.NOBODY


async def _school_of(session: AsyncSession, owner: Viewer, asked: ScheduleDraft) -> int:
    if sum(given is not None for given in (asked.subject_ids, asked.within, asked.school_id)) != 1:
        raise Refusal("give exactly one of subjects, within and school", ("subjects",))
    if asked.subject_ids is not None:
        return await _school_of_subjects(session, owner, asked.kind, asked.subject_ids)
    within = [Subject.kind == asked.kind, measurable(owner, (asked.kind,))]
    if asked.within is not None:
        within.append(Subject.id.in_(await ids_within(session, owner, asked.within, asked.kind)))
        where, school_id = "within", (await subjects_by_ids(session, owner, [asked.within]))[asked.within].school_id
    else:
        assert asked.school_id is not None
        within.append(Subject.school_id == asked.school_id)
        where, school_id = "school", asked.school_id
    if not await session.scalar(select(exists(select(Subject.id).where(*within)))):
        raise Refusal(f"there is no {asked.kind} there whose reports you may read", (where,), ProblemCode.NOT_FOUND)
    return school_id


async def _school_of_subjects(session: AsyncSession, owner: Viewer, kind: SubjectKind, ids: Collection[int]) -> int:
    if not 1 <= len(ids) <= MAX_SUBJECTS:
        raise Refusal(f"give 1 to {MAX_SUBJECTS} subjects, or a rule with within or school", ("subjects",))
    found = await readable(session, owner, ids)
    if set(found) != set(ids) or any(found[id_][0] is not kind for id_ in ids):
        message = f"not all of them exist, are of kind {kind}, and have reports you may read"
        raise Refusal(message, ("subjects",), ProblemCode.NOT_FOUND)
    schools = {school_id for _, school_id in found.values()}
    if len(schools) > 1:
        raise Refusal("they are of more than one school; a schedule keeps to the time of one", ("subjects",))
    return schools.pop()
