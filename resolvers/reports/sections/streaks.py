"""Two or more absences in a row of a trainee. Stored: [{from, to, sessions}]."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import orjson

from models import SubjectKind
from resolvers.metrics.facts import FACT_OF_SUM
from resolvers.reports.content import ReportContent
from resolvers.reports.sections.section import Batch, Built, Reading, Section
from resolvers.reports.shapes import Named


@dataclass(frozen=True, slots=True)
class Streak:
    """Absences in a row."""

    first: date
    last: date
    sessions: int


Streaks = Sequence[Streak]


async def _build(batch: Batch) -> Built:
    rows = await batch.counting.fact(FACT_OF_SUM["streak"], batch.kind)
    subject_ids = batch.subject_ids
    return {subject_ids[row["n"]]: orjson.loads(row["several"]) for row in rows if row["several"]}


def _read(stored: Sequence[Mapping[str, Any]], _reading: Reading) -> Streaks:
    return tuple(
        Streak(date.fromisoformat(row["from"]), date.fromisoformat(row["to"]), row["sessions"]) for row in stored
    )


def _shape(streaks: Streaks, _named: Named) -> list[dict[str, Any]]:
    return [
        {"from": streak.first.isoformat(), "to": streak.last.isoformat(), "sessions": streak.sessions}
        for streak in streaks
    ]


def _record(streaks: Streaks | None, _content: ReportContent) -> dict[str, Any]:
    return {"streaks": _shape(streaks or (), lambda _subject: None)}


STREAKS: Final = Section[Streaks]("streaks", frozenset({SubjectKind.TRAINEE}), _build, _read, _shape, _record)
