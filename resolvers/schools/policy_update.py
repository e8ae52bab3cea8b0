"""Changing a school's policy: checks first, then the row, then the parts that depend on it, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models import Policy
from resolvers.access.governing import hold_governed
from resolvers.access.viewers import Viewer
from resolvers.core.problems import Refusal
from resolvers.metrics.policies import DEFAULTS, RULE_NAMES, Rules, rules_in_force
from resolvers.metrics.sums import begin_touching, refresh_sums, touch_school
from resolvers.metrics.sums_lock import hold_parts_soon

MOST_PLACES: Final = 6
MOST_MINUTES: Final = 1_440
MOST_MARKS: Final = 1_000_000
# for how long a change of lateness waits for an import to end
PATIENCE_SECONDS = 10.0

# the name of each rule as clients know it
_CLIENT_NAMES: Final = dict(zip(RULE_NAMES, DEFAULTS.stored(), strict=True))
_SHARES: Final = (
    "present_weight", "late_weight", "excused_weight", "absent_weight", "chronic_threshold", "watch_below",
    "at_risk_below",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PolicyUpdate:
    """The rules now in force; or the problems, and nothing has been changed."""

    rules: Rules | None = None
    problems: tuple[Refusal, ...] = ()


async def update_policy(
    session: AsyncSession, viewer: Viewer, school_id: int, changes: Mapping[str, Any]
) -> PolicyUpdate:
    """Changes these rules (names of `Rules`; None: the default) of a school the viewer governs."""
    if viewer.rights.governs:
        try:
            await _take_turn(session, changes)
        except Refusal as busy:
            return _refused(busy)
    # two changes follow one another, so that thresholds are checked against what will stand
    refusal = await hold_governed(session, viewer, school_id, "policy")
    if refusal is not None:
        return _refused(refusal)
    problems = tuple(problem for name, value in changes.items() if (problem := _problem(name, value)))
    if problems:
        return _refused(*problems)
    stored = await session.scalar(select(Policy).where(Policy.school_id == school_id))
    before = rules_in_force(stored)
    given = {name: getattr(stored, name) if stored else None for name in RULE_NAMES} | dict(changes)
    after = rules_in_force(Policy(school_id=school_id, **given))
    if after.at_risk_below > after.watch_below:
        name = "at_risk_below" if "at_risk_below" in changes else "watch_below"
        message = f"atRiskBelow ({after.at_risk_below}) must not be above watchBelow ({after.watch_below})"
        return _refused(Refusal(message, (_CLIENT_NAMES[name],)))
    if changes:
        upsert = insert(Policy).values(school_id=school_id, **given)
        await session.execute(upsert.on_conflict_do_update(index_elements=[Policy.school_id], set_=given))
    if after.late_after_minutes != before.late_after_minutes:
        await begin_touching(session)
        await touch_school(session, school_id)
        await refresh_sums(session)
    return PolicyUpdate(rules=after)


async def _take_turn(session: AsyncSession, changes: Mapping[str, Any]) -> None:
    """Waits for imports that the change must not cross, before any row is held that such an import may want."""
    if "late_after_minutes" in changes:
        # the one rule that parts depend on: it decides which marks are LATE
        await hold_parts_soon(session, PATIENCE_SECONDS)
    if changes:
        await session.execute(text("lock table policy in row exclusive mode"))


async def rules_of_schools(session: AsyncSession, school_ids: Sequence[int]) -> dict[int, Rules]:
    """The rules in force in each of these schools; one statement."""
    stored = await session.scalars(select(Policy).where(Policy.school_id.in_(school_ids)))
    policies = {policy.school_id: policy for policy in stored}
    return {school_id: rules_in_force(policies.get(school_id)) for school_id in school_ids}


def _refused(*problems: Refusal) -> PolicyUpdate:
    return PolicyUpdate(problems=problems)


def _problem(name: str, value: Any) -> Refusal | None:
    if value is None or isinstance(value, bool):
        return None
    field = (_CLIENT_NAMES[name],)
    if name == "chronic_min_expected":
        return None if 1 <= value <= MOST_MARKS else Refusal(f"it must be 1 to {MOST_MARKS:,}, not {value}", field)
    if isinstance(value, Decimal) and not value.is_finite():
        return Refusal("it must be a number", field)
    most = 1 if name in _SHARES else MOST_MINUTES
    if not 0 <= value <= most:
        return Refusal(f"it must be 0 to {most:,}, not {_shown(value)}", field)
    if -int(value.as_tuple().exponent) > MOST_PLACES:
        return Refusal(f"it may have {MOST_PLACES} decimal places at most", field)
    return None


def _shown(value: Decimal) -> str:
    text = str(value)
    return text if len(text) <= 20 else f"{text[:20]}…"
