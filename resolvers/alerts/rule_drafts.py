"""What a rule of alerts is to watch, as asked for: checked as a whole, refused naming the field."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import AlertKind, AlertRule, School, SubjectKind
from resolvers.access.viewers import Viewer
from resolvers.alerts.rule_findings import RULE_KINDS, Band, Watch
from resolvers.calendar.periods import PeriodName, PeriodRequest
from resolvers.core.problems import ProblemCode, Refusal
from resolvers.deliveries.recipients import Recipient, RecipientType, checked_recipients, recipient_from_stored
from resolvers.reports.runs import period_from_stored, readable, stored_period
from resolvers.schedules.drafts import LONGEST_NAME, may_own

PERIODS: Final = (
    PeriodName.TERM_TO_DATE,
    PeriodName.THIS_TERM,
    PeriodName.THIS_MONTH,
    PeriodName.LAST_MONTH,
    PeriodName.THIS_WEEK,
    PeriodName.LAST_WEEK,
)
"""The periods a rule may look at."""
FEWEST: Final = 2
MOST: Final = 100
CHECK_TIME: Final = "07:00"
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
# what each kind needs beside its subject and period; the others take nothing
_LIMITS: Final = {AlertKind.BELOW_BAND: "band", AlertKind.ABSENCES_IN_A_ROW: "count"}


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule as asked for. Without recipients it tells its owner. `check_time` is HH:MM in the zone of the school."""

    name: str
    kind: AlertKind
    within: int
    period: PeriodName = PeriodName.TERM_TO_DATE
    band: Band | None = None
    count: int | None = None
    recipients: tuple[Recipient, ...] = ()
    check_time: str = CHECK_TIME

    def values(self) -> dict[str, Any]:
        """The columns of its row."""
        limits = {"band": self.band and self.band.value, "count": self.count}
        return {
            "name": self.name,
            "kind": self.kind,
            "within": self.within,
            "period": stored_period(PeriodRequest(named=self.period)),
            "limits": {name: value for name, value in limits.items() if value is not None},
            "recipients": [recipient.stored() for recipient in self.recipients],
            "check_time": self.check_time,
        }


def draft_of_rule(rule: AlertRule) -> RuleDraft:
    """What a stored rule would have been asked for as."""
    watch = watch_of(rule)
    return RuleDraft(
        name=rule.name,
        kind=watch.kind,
        within=watch.within,
        period=watch.period,
        band=watch.band,
        count=watch.count,
        recipients=tuple(recipient_from_stored(one) for one in rule.recipients),
        check_time=rule.check_time,
    )


def watch_of(rule: AlertRule) -> Watch:
    """What a stored rule looks for."""
    named, band = period_from_stored(rule.period).named, rule.limits.get("band")
    assert named is not None
    return Watch(AlertKind(rule.kind), rule.within, named, band and Band(band), rule.limits.get("count"))


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A draft that can be stored, its school, and that school's zone."""

    draft: RuleDraft
    school_id: int
    zone: str


async def checked_rule(session: AsyncSession, owner: Viewer, asked: RuleDraft, domains: Collection[str]) -> CheckedRule:
    """The draft, tidied; refuses, naming the field, what is impossible or not the owner's to ask for."""
    if not may_own(owner):
        raise Refusal(f"a {owner.role} account reads no figures, so it has no rules", (), ProblemCode.FORBIDDEN)
    name = asked.name.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Refusal(f"a name has 1 to {LONGEST_NAME} characters, this one {len(name)}", ("name",))
    if asked.kind not in RULE_KINDS:
        raise Refusal(f"{asked.kind} is raised by no rule; these are: {', '.join(RULE_KINDS)}", ("kind",))
    if asked.period not in PERIODS:
        raise Refusal(f"a rule looks at one of {', '.join(PERIODS)}, not at {asked.period}", ("period",))
    _check_limits(asked)
    if not _TIME.fullmatch(asked.check_time):
        raise Refusal(f"{asked.check_time[:20]!r} is not a time of day such as 07:30", ("checkTime",))
    found = (await readable(session, owner, [asked.within])).get(asked.within)
    if found is None:
        raise Refusal("there is no such subject whose figures you may read", ("within",), ProblemCode.NOT_FOUND)
    kind, school_id = found
    if kind is SubjectKind.TRAINEE and asked.kind is AlertKind.SESSIONS_WITHOUT_MARKS:
        raise Refusal("sessions are those of a class group or of a subject above it, not of a TRAINEE", ("within",))
    recipients = asked.recipients or (Recipient(RecipientType.USER, account=owner.user_id),)
    recipients = await checked_recipients(session, owner, recipients, domains)
    if any(one.type is RecipientType.EMAIL for one in recipients):
        raise Refusal("trainees are named to accounts only, not to an address without one", ("recipients",))
    zone = await session.scalar(select(School.timezone).where(School.id == school_id))
    assert zone is not None
    return CheckedRule(replace(asked, name=name, recipients=recipients), school_id, zone)


def _check_limits(asked: RuleDraft) -> None:
    for kind, name in _LIMITS.items():
        given = getattr(asked, name) is not None
        if given and asked.kind is not kind:
            raise Refusal(f"{name} goes with {kind}, not with {asked.kind}", (name,))
        if not given and asked.kind is kind:
            raise Refusal(f"a rule of kind {kind} needs a {name}", (name,))
    if asked.count is not None and not FEWEST <= asked.count <= MOST:
        raise Refusal(f"{asked.count} is not a number of absences; it must be {FEWEST} to {MOST}", ("count",))
