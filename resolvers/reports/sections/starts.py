"""How punctually a trainer's sessions began. Stored: {timed, punctual}: held sessions with an actual start; on time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from models import SubjectKind
from resolvers.metrics.dimensions import ASKED, DIMENSION
from resolvers.reports.content import ReportContent
from resolvers.reports.sections.section import Batch, Built, Reading, Section
from resolvers.reports.shapes import Named


@dataclass(frozen=True, slots=True)
class Starts:
    """Held sessions with an actual start, and how many of those began no later than timetabled."""

    timed: int
    punctual: int


async def _build(batch: Batch) -> Built:
    sql = f"""
    with {ASKED}
    select a.n, count(p.punctual) as timed, count(*) filter (where p.punctual) as punctual
    from asked a
    join session_part p on p.{DIMENSION[batch.kind]} = a.subject_id and p.day between a.first_day and a.last_day
    where p.status = 'HELD' group by a.n"""
    return {subject_id: rows[0] for subject_id, rows in (await batch.rows(sql)).items()}


def _read(stored: Mapping[str, Any], _reading: Reading) -> Starts:
    return Starts(stored["timed"], stored["punctual"])


def _shape(starts: Starts, _named: Named) -> dict[str, int]:
    return {"timed": starts.timed, "punctual": starts.punctual}


def _record(starts: Starts | None, _content: ReportContent) -> dict[str, Any]:
    return {"punctualStarts": None if starts is None else {"timed": starts.timed, "punctual": starts.punctual}}


STARTS: Final = Section[Starts](
    "starts",
    frozenset({SubjectKind.TRAINER}),
    _build,
    _read,
    _shape,
    _record,
    empty=lambda: {"timed": 0, "punctual": 0},
)
