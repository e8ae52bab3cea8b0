"""Every session of a trainee, in order. Stored: [[day, time, course id, status], …]."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import orjson

from models import SubjectKind
from resolvers.metrics.dimensions import SLOTS
from resolvers.reports.content import ReportContent
from resolvers.reports.sections.section import Batch, Built, Reading, Section
from resolvers.reports.shapes import Named, subject_named
from resolvers.subjects.look_ups import SubjectRow

COURSE: Final = "timeline.course"
"""The column of courses, among those that are left out of a report where its reader may see none of them."""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One session of a trainee: status is a mark's, UNMARKED, or the session's own SCHEDULED or CANCELLED."""

    day: date
    time: str
    course: SubjectRow | None
    status: str


Timeline = Sequence[TimelineEntry]


async def _build(batch: Batch) -> Built:
    sql = f"""
    with {SLOTS}
    select n, json_agg(json_build_array(day, to_char(slot.starts_at at time zone school.timezone, 'HH24:MI'),
        course_id, coalesce(mark::text, case when status = 'HELD' then 'UNMARKED' else status::text end))
        order by slot.starts_at, session_id)::text as timeline
    from slot join school on school.id = slot.school_id
    group by n"""
    return {subject_id: orjson.Fragment(rows[0]["timeline"]) for subject_id, rows in (await batch.rows(sql)).items()}


def _ids(stored: Sequence[Sequence[Any]]) -> Iterable[int]:
    return (entry[2] for entry in stored)


def _read(stored: Sequence[Sequence[Any]], reading: Reading) -> Timeline:
    courses = set(_ids(stored))
    if not reading.subjects.keys() >= courses:
        reading.hidden.sessions = True
    if courses and reading.subjects.keys().isdisjoint(courses):
        reading.hidden.courses_left_out = True
        reading.left_out.add(COURSE)
    return tuple(
        TimelineEntry(date.fromisoformat(day), time, reading.subjects.get(course_id), status)
        for day, time, course_id, status in stored
    )


def _shape(timeline: Timeline, named: Named) -> list[dict[str, Any]]:
    return [
        {"day": entry.day.isoformat(), "time": entry.time, "course": named(entry.course), "status": entry.status}
        for entry in timeline
    ]


def _record(timeline: Timeline | None, _content: ReportContent) -> dict[str, Any]:
    return {"timeline": _shape(timeline or (), subject_named)}


TIMELINE: Final = Section[Timeline](
    "timeline",
    frozenset({SubjectKind.TRAINEE}),
    _build,
    _read,
    _shape,
    _record,
    ids=_ids,
    named=lambda timeline: (entry.course for entry in timeline),
)
