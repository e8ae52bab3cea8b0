"""The one way to a figure: (viewer, subjects, periods, metrics) → figures, with scope inside.

One statement finds the subjects the viewer may read and the rules of their schools; then one statement per fact and
kind, whatever the number of subjects and periods.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Policy, School, Subject, SubjectKind
from resolvers.access.scope import measurable
from resolvers.access.viewers import Viewer
from resolvers.core.any_of import any_of
from resolvers.core.problems import Refusal
from resolvers.metrics.counting import Counting, SubjectDays, SubjectRules
from resolvers.metrics.policies import Rules, rules_in_force
from resolvers.metrics.registry import METRICS, Metric, Value

__all__ = ["Figures", "Measured", "SubjectDays", "figures_of", "measure", "named_metrics", "subject_rules_of"]

Figures = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Measured:
    """A subject's figures by metric name, and the rules they were counted by."""

    kind: SubjectKind
    figures: Figures
    rules: Rules


def named_metrics(names: Iterable[str]) -> list[Metric]:
    """The metrics of these names; refuses an unknown one."""
    chosen = []
    for name in names:
        if name not in METRICS:
            raise Refusal(f"{name!r} is not a metric; known are {', '.join(METRICS)}", ("metrics",))
        chosen.append(METRICS[name])
    return chosen


async def measure(
    session: AsyncSession,
    viewer: Viewer,
    asked: Sequence[SubjectDays],
    metrics: Collection[str] = tuple(METRICS),
    *,
    now: datetime,
) -> list[Measured | None]:
    """The figures of each asked subject and period, in order; None for a subject the viewer may not read."""
    chosen = named_metrics(metrics)
    rules_of = await subject_rules_of(session, viewer, {ask.subject_id for ask in asked}, now)
    return await figures_of(Counting(session, asked, rules_of), chosen)


async def figures_of(counting: Counting, chosen: Sequence[Metric]) -> list[Measured | None]:
    """The figures of each asked subject and period, in order; None for those without a subject_rules."""
    sums = await counting.sums({part for metric in chosen for part in metric.sums})
    measured: list[Measured | None] = []
    for n, ask in enumerate(counting.asked):
        subject_rules = counting.rules_of.get(ask.subject_id)
        if subject_rules is None:
            measured.append(None)
            continue
        kind, rules, own = subject_rules.kind, subject_rules.rules, sums[n]
        measured.append(Measured(kind, {metric.name: metric.of(kind, own, rules) for metric in chosen}, rules))
    return measured


async def subject_rules_of(
    session: AsyncSession, viewer: Viewer, subject_ids: Collection[int], now: datetime
) -> dict[int, SubjectRules]:
    """Those of the subjects whose figures the viewer may read."""
    rows = await session.execute(
        select(Subject.id, Subject.kind, Subject.school_id, School.timezone, Policy)
        .join(School, School.id == Subject.school_id)
        .outerjoin(Policy, Policy.school_id == Subject.school_id)
        .where(any_of(Subject.id, subject_ids), measurable(viewer))
    )
    schools: dict[int, tuple[Rules, date]] = {}
    rules_of = {}
    for subject_id, kind, school_id, zone, policy in rows:
        if school_id not in schools:
            schools[school_id] = rules_in_force(policy), now.astimezone(ZoneInfo(zone)).date()
        rules_of[subject_id] = SubjectRules(SubjectKind(kind), school_id, *schools[school_id])
    return rules_of
