"""Running the facts: one statement per fact and kind for everything asked, below `measure` and report generation.

Nothing here knows a viewer: callers pass the rules_of of subjects that they found readable (measure.py).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from models import SubjectKind
from resolvers.metrics.dimensions import KEEP_SLOTS, with_slots
from resolvers.metrics.facts import FACT_OF_SUM, FACTS, Fact
from resolvers.metrics.policies import Rules
from resolvers.metrics.registry import Sum

ZERO: Final[Mapping[str, Sum]] = {part: 0 for fact in FACTS for part in fact.sums}


@dataclass(frozen=True, slots=True)
class SubjectDays:
    """One subject and the days asked about, both included."""

    subject_id: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class SubjectRules:
    """What counting needs to know of a subject: its kind, its school's rules, and which day it is there."""

    kind: SubjectKind
    school_id: int
    rules: Rules
    today: date


@dataclass(slots=True)
class Counting:
    """Facts of some asked subjects and periods. Those without a subject_rules are passed over.

    `split_by` are the keys that the facts which split are split by, besides telling the whole.
    """

    session: AsyncSession
    asked: Sequence[SubjectDays]
    rules_of: Mapping[int, SubjectRules]
    split_by: tuple[str, ...] = ()
    slots_kept: bool = False
    _told: dict[tuple[str, SubjectKind], Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def positions(self) -> dict[SubjectKind, list[int]]:
        """The positions in `asked` by the kind of their subjects."""
        positions: dict[SubjectKind, list[int]] = defaultdict(list)
        for n, ask in enumerate(self.asked):
            if ask.subject_id in self.rules_of:
                positions[self.rules_of[ask.subject_id].kind].append(n)
        return positions

    async def keep_slots(self) -> None:
        """Works the trainees' sessions out once, for all facts of this transaction; all asked must be trainees."""
        await self.session.execute(text("drop table if exists pg_temp.slot"))
        await self.session.execute(text(KEEP_SLOTS), self._asked(range(len(self.asked))))
        self.slots_kept = True

    async def sums(self, wanted: Collection[str]) -> Mapping[int, Mapping[str, Sum]]:
        """The wanted sums of each asked (by position), all zero where nothing happened."""
        facts = list(dict.fromkeys(FACT_OF_SUM[part] for part in sorted(wanted)))
        sums: dict[int, dict[str, Sum]] = defaultdict(lambda: dict(ZERO))
        for kind in self.positions():
            for fact in facts:
                if kind in fact.kinds:
                    for row in await self.fact(fact, kind):
                        if not fact.splits or row["whole"]:
                            own = sums[row["n"]]
                            for part in fact.sums:
                                own[part] = row[part]
        return sums

    async def fact(self, fact: Fact, kind: SubjectKind) -> Sequence[Mapping[str, Any]]:
        """The rows of one fact for the asked of one kind. SubjectDays for again they are those of the first time.

        LookupError: that kind of subject has no such fact.
        """
        if kind not in fact.kinds:
            raise LookupError(f"the fact {fact.name} is none of a {kind}")
        if (fact.name, kind) not in self._told:
            by = self.split_by if fact.splits else ()
            self._told[fact.name, kind] = await self.rows(fact.sql(kind, by), self.positions()[kind])
        return self._told[fact.name, kind]

    async def rows(self, sql: str, positions: Sequence[int]) -> list[dict[str, Any]]:
        """Runs a statement that begins with the relation `asked`, or with `slot`, of dimensions.py."""
        statement = text(with_slots(sql, kept=self.slots_kept))
        result = await self.session.execute(statement, self._asked(positions))
        names = tuple(result.keys())
        return [dict(zip(names, row, strict=True)) for row in result.all()]

    def _asked(self, positions: Sequence[int]) -> dict[str, Any]:
        chosen = [self.asked[n] for n in positions]
        return {
            "n": list(positions),
            "subject": [ask.subject_id for ask in chosen],
            "first": [ask.first for ask in chosen],
            "last": [ask.last for ask in chosen],
            "today": [self.rules_of[ask.subject_id].today for ask in chosen],
            "earliest": min(ask.first for ask in chosen),
            "latest": max(ask.last for ask in chosen),
        }
