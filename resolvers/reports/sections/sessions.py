"""Two lists of sessions. Stored: [{session, day, time, course, group, trainer}].

unrecorded  past sessions without marks
cancelled   cancelled sessions (without trainer: they are the trainer's own)

A session keeps its day and time; its id and the subjects it names are left out when the reader may not see them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from models import SubjectKind
from resolvers.metrics.dimensions import ASKED, DIMENSION
from resolvers.reports.content import ReportContent
from resolvers.reports.sections.section import TAUGHT, Batch, Built, Reading, Section
from resolvers.reports.shapes import Named, subject_named
from resolvers.subjects.look_ups import SubjectRow


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """A session in a list: local day and start, its institution's id and who met as far as the reader may know."""

    session: str | None
    day: date
    time: str
    course: SubjectRow | None = None
    class_group: SubjectRow | None = None
    trainer: SubjectRow | None = None


Sessions = Sequence[SessionEntry]

_SESSION: Final = """session.source_id as session, p.day::text as day,
    to_char(p.starts_at at time zone school.timezone, 'HH24:MI') as time, p.course_id as course,
    p.class_group_id as "group" """


def _sessions(kind: SubjectKind, columns: str, condition: str) -> str:
    return f"""
    with {ASKED}
    select a.n, {_SESSION}{columns}
    from asked a
    join session_part p on p.{DIMENSION[kind]} = a.subject_id and p.day between a.first_day and a.last_day
    join session on session.id = p.session_id
    join school on school.id = p.school_id
    where {condition}
    order by a.n, p.starts_at, session.source_id"""


# asked a, session_part p: a mark that counts nowhere, of somebody not enrolled, is a mark all the same
_NOBODY: Final = (
    "p.present + p.late + p.excused + p.absent = 0"
    " and not exists (select from mark where mark.session_id = p.session_id)"
)
WITHOUT_MARKS: Final = f"p.day < a.today and (p.status = 'SCHEDULED' or (p.status = 'HELD' and {_NOBODY}))"


async def _unrecorded(batch: Batch) -> Built:
    return await batch.rows(_sessions(batch.kind, ", p.trainer_id as trainer", WITHOUT_MARKS))


async def _cancelled(batch: Batch) -> Built:
    return await batch.rows(_sessions(batch.kind, "", "p.status = 'CANCELLED'"))


_NAMED: Final = ("course", "group", "trainer")


def _ids(stored: Sequence[Mapping[str, Any]]) -> Iterable[int]:
    return (row[key] for row in stored for key in _NAMED if row.get(key) is not None)


def _read(stored: Sequence[Mapping[str, Any]], reading: Reading) -> Sessions:
    if not reading.subjects.keys() >= set(_ids(stored)):
        reading.hidden.sessions = True
    return tuple(_entry(row, reading.subjects) for row in stored)


def _entry(row: Mapping[str, Any], subjects: Mapping[int, SubjectRow]) -> SessionEntry:
    course, group, trainer = (subjects.get(row.get(key) or 0) for key in _NAMED)
    # a session is its group's: who may not see that is not told which it is
    return SessionEntry(
        row["session"] if group else None, date.fromisoformat(row["day"]), row["time"], course, group, trainer
    )


def _shape(entries: Sessions, named: Named) -> list[dict[str, Any]]:
    return [
        {
            "session": entry.session,
            "day": entry.day.isoformat(),
            "time": entry.time,
            "course": named(entry.course),
            "classGroup": named(entry.class_group),
            "trainer": named(entry.trainer),
        }
        for entry in entries
    ]


def _record(field: str) -> Callable[[Sessions | None, ReportContent], dict[str, Any]]:
    return lambda entries, _content: {field: _shape(entries or (), subject_named)}


def _subjects(entries: Sessions) -> Iterable[SubjectRow | None]:
    return (subject for entry in entries for subject in (entry.course, entry.class_group, entry.trainer))


UNRECORDED: Final = Section[Sessions](
    "unrecorded", TAUGHT, _unrecorded, _read, _shape, _record("sessionsWithoutMarks"), ids=_ids, named=_subjects
)
CANCELLED: Final = Section[Sessions](
    "cancelled",
    frozenset({SubjectKind.TRAINER}),
    _cancelled,
    _read,
    _shape,
    _record("cancelledSessions"),
    ids=_ids,
    named=_subjects,
)
