"""Reading a stored report as its reader may see it (report_content.py); the one way for GraphQL and files alike.

Rows of a breakdown that the reader may not see merge into `other`; their figures are worked out from summed parts, so
they add up exactly. A session keeps its day and time; its id and the subjects it names are left out when the reader may
not see them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from models import BaseReport, SubjectKind
from resolvers.access.scope import contacts_others
from resolvers.access.viewers import Viewer
from resolvers.calendar.periods import Period, name_of
from resolvers.metrics.counting import ZERO
from resolvers.metrics.measure import Figures
from resolvers.metrics.policies import Rules, rules_from_stored
from resolvers.metrics.registry import METRICS, Part
from resolvers.reports.content import (
    BANDED_METRICS,
    SPLIT_METRICS,
    BandedTrainee,
    Breakdown,
    BreakdownRow,
    ReportContent,
    SessionEntry,
    Starts,
    Streak,
    TimelineEntry,
    TrendPoint,
)
from resolvers.reports.data import BREAKDOWN_KEYS, exact
from resolvers.reports.notes import Hidden, notes_on
from resolvers.subjects.look_ups import SubjectRow, subjects_by_ids

_COLUMN_KIND: Final = {
    "department_id": SubjectKind.DEPARTMENT,
    "programme_id": SubjectKind.PROGRAMME,
    "class_group_id": SubjectKind.CLASS_GROUP,
    "course_id": SubjectKind.COURSE,
}


def stored_figures(report: BaseReport) -> Figures:
    """The metrics of a stored report by name."""
    return {metric.name: getattr(report, metric.column) for metric in METRICS.values()}


def period_of(report: BaseReport) -> Period:
    """The period of a stored report. Its name is that of the days: who asked first may have given only those."""
    name = report.period_name or name_of(report.period_from, report.period_to)
    return Period(report.period_from, report.period_to, name)


async def contents_of(
    session: AsyncSession, viewer: Viewer, reports: Sequence[BaseReport], *, guarded: bool = True
) -> dict[int, ReportContent]:
    """What the viewer may see of these reports (loaded whole), by report id; a few statements for all of them.

    `guarded=False`: less the e-mail addresses, as for somebody without an account.
    """
    named = {subject_id for report in reports for subject_id in _ids_in(report)}
    named |= {report.subject_id for report in reports}
    subjects = await subjects_by_ids(session, viewer, named)
    if not guarded:
        subjects = {key: replace(row, email=None, may_contact=False) for key, row in subjects.items()}
    contacts = guarded and contacts_others(viewer)
    return {
        report.id: _content(report, subjects[report.subject_id], subjects, contacts)
        for report in reports
        if report.subject_id in subjects
    }


def _ids_in(report: BaseReport) -> Iterable[int]:
    data = report.data
    for row in data.get("breakdown", ()):
        yield from (subject_id for subject_id in row["ids"] if subject_id is not None)
    yield from (row["id"] for row in data.get("bands", ()))
    yield from _ids_met(data)


def _ids_met(data: Mapping[str, Any]) -> Iterable[int]:
    """The subjects that lists of sessions name."""
    for section in ("unrecorded", "cancelled"):
        for row in data.get(section, ()):
            yield from (row[key] for key in ("course", "group", "trainer") if row.get(key) is not None)
    yield from (row[2] for row in data.get("timeline", ()))


def _content(
    report: BaseReport, subject: SubjectRow, subjects: Mapping[int, SubjectRow], contacts: bool
) -> ReportContent:
    """`contacts`: whether the reader may read anybody's e-mail address, so that an empty list has the column too."""
    data, kind, rules = report.data, SubjectKind(report.kind), rules_from_stored(report.policy)
    breakdown = _breakdown(data["breakdown"], kind, rules, subjects) if "breakdown" in data else None
    banded = data.get("bands")
    bands = None if banded is None else _bands(banded, rules, subjects)
    streaks, starts, timeline = data.get("streaks"), data.get("starts"), data.get("timeline")
    unread = sum(not row.trainee.may_contact for row in bands or ())
    emails_left_out = bands is not None and (unread == len(bands) if bands else not contacts)
    courses = {entry[2] for entry in timeline or ()}
    hidden = Hidden(
        rows=breakdown.hidden if breakdown else 0,
        unplaced=breakdown.unplaced if breakdown else 0,
        trainees=len(banded) - len(bands) if banded is not None and bands is not None else 0,
        emails=unread,
        emails_left_out=emails_left_out,
        sessions=not subjects.keys() >= set(_ids_met(data)),
        courses_left_out=bool(courses) and subjects.keys().isdisjoint(courses),
    )
    left_out = {"bands.email": hidden.emails_left_out, "timeline.course": hidden.courses_left_out}
    return ReportContent(
        report=report,
        subject=subject,
        period=period_of(report),
        rules=rules,
        figures=stored_figures(report),
        trend=None if "trend" not in data else tuple(_point(point) for point in data["trend"]),
        breakdown=breakdown,
        bands=bands,
        bands_hidden=hidden.trainees,
        unrecorded=_sessions(data.get("unrecorded"), subjects),
        cancelled=_sessions(data.get("cancelled"), subjects),
        starts=None if starts is None else Starts(starts["timed"], starts["punctual"]),
        streaks=None if streaks is None else tuple(_streak(streak) for streak in streaks),
        timeline=None if timeline is None else tuple(_timed(entry, subjects) for entry in timeline),
        left_out=frozenset(name for name, out in left_out.items() if out),
        notes=tuple(notes_on(hidden)),
    )


def _point(point: Mapping[str, Any]) -> TrendPoint:
    days = Period(date.fromisoformat(point["from"]), date.fromisoformat(point["to"]), point["name"])
    return TrendPoint(days, point["metrics"])


def _split_figures(kind: SubjectKind, parts: Mapping[str, Part], rules: Rules) -> Figures:
    whole = {**ZERO, **parts}
    return {metric.name: metric.of(kind, whole, rules) for metric in SPLIT_METRICS}


def _breakdown(
    rows: Sequence[Mapping[str, Any]], kind: SubjectKind, rules: Rules, subjects: Mapping[int, SubjectRow]
) -> Breakdown:
    shown, other, hidden, unplaced = [], Counter[str](), 0, 0
    keys = BREAKDOWN_KEYS[kind]
    # joint sessions count once only for a course or trainer as a whole; a row is counted as what it is about
    row_kind = kind if kind in (SubjectKind.TRAINEE, SubjectKind.TRAINER) else _COLUMN_KIND[keys[0]]
    for row in rows:
        parts = {part: exact(value) for part, value in row["parts"].items()}
        found = [subjects.get(subject_id) for subject_id in row["ids"] if subject_id is not None]
        visible = tuple(subject for subject in found if subject is not None)
        if len(visible) == len(keys):
            shown.append(BreakdownRow(visible, _split_figures(row_kind, parts, rules)))
            continue
        if len(found) < len(keys):
            unplaced += 1
        else:
            hidden += 1
        for part, value in parts.items():
            other[part] += value  # type: ignore[assignment]
    shown.sort(key=lambda row: [(subject.sort_key, subject.id) for subject in row.subjects])
    others = _split_figures(row_kind, other, rules) if hidden or unplaced else None
    return Breakdown(tuple(shown), others, hidden, unplaced)


def _bands(
    rows: Sequence[Mapping[str, Any]], rules: Rules, subjects: Mapping[int, SubjectRow]
) -> tuple[BandedTrainee, ...]:
    banded = []
    for row in rows:
        trainee = subjects.get(row["id"])
        if trainee is not None:
            parts = {**ZERO, **{part: row[part] for part in ("present", "late", "excused", "absent")}}
            figures = {name: METRICS[name].of(SubjectKind.TRAINEE, parts, rules) for name in BANDED_METRICS}
            banded.append(BandedTrainee(trainee, row["band"], row["chronic"], figures))
    return tuple(sorted(banded, key=lambda row: (row.figures["attendanceRate"] or 0, row.trainee.sort_key)))


def _sessions(
    rows: Sequence[Mapping[str, Any]] | None, subjects: Mapping[int, SubjectRow]
) -> tuple[SessionEntry, ...] | None:
    if rows is None:
        return None
    return tuple(_session(row, subjects) for row in rows)


def _session(row: Mapping[str, Any], subjects: Mapping[int, SubjectRow]) -> SessionEntry:
    course, group, trainer = (subjects.get(row.get(key) or 0) for key in ("course", "group", "trainer"))
    # a session is its group's: who may not see that is not told which it is
    return SessionEntry(
        row["session"] if group else None, date.fromisoformat(row["day"]), row["time"], course, group, trainer
    )


def _streak(row: Mapping[str, Any]) -> Streak:
    return Streak(date.fromisoformat(row["from"]), date.fromisoformat(row["to"]), row["sessions"])


def _timed(entry: Sequence[Any], subjects: Mapping[int, SubjectRow]) -> TimelineEntry:
    day, time, course_id, status = entry
    return TimelineEntry(date.fromisoformat(day), time, subjects.get(course_id), status)
