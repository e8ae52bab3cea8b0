"""What a rule found in numbers and days, kept in its alerts without a name, and said under the rights of now.

    {"rate": 0.79, "line": 0.8, "within": 3, "days": ["2026-03-02", "2026-03-27"]}                  BELOW_BAND
    {"missed": 3, "marked": 9, "line": 0.1, "within": 3, "days": […]}                               CHRONIC_ABSENCE
    {"absent": ["2026-03-02", "2026-03-05"], "courses": [[7, 3], [9, 1]], "rate": 0.5, "days": […]} ABSENCES_IN_A_ROW

`within` and the courses are ids, `days` those that were looked at. Alerts of before have none of it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final

from models import AlertKind
from resolvers.core.wording import days_in_words, percent

EVIDENCE: Final = "evidence"
"""Where it is in the data of an alert."""

Evidence = Mapping[str, Any]


def below(rate: Fraction, line: float, within: int, days: tuple[date, date]) -> Evidence:
    """A trainee's attendance within a subject, and the line it is below."""
    return {"rate": float(rate), "line": line, "within": within, "days": _stored(days)}


def chronic(missed: int, marked: int, line: float, within: int, days: tuple[date, date]) -> Evidence:
    """How many of their counted marks within a subject a trainee missed, and from which share on that is chronic."""
    return {"missed": missed, "marked": marked, "line": line, "within": within, "days": _stored(days)}


def in_a_row(
    absent: tuple[date, date], courses: Mapping[int, int], rate: float | None, days: tuple[date, date]
) -> Evidence:
    """The days of absences in a row, how many of which course they are, and the trainee's attendance altogether."""
    kept = {"absent": _stored(absent), "courses": [[course, count] for course, count in courses.items()]}
    return kept | {"rate": rate, "days": _stored(days)}


def _stored(days: tuple[date, date]) -> list[str]:
    return [day.isoformat() for day in days]


def subjects_in(evidence: Evidence) -> set[int]:
    """The ids of all that may be named."""
    return {course for course, _ in evidence.get("courses", ())} | (
        {evidence["within"]} if "within" in evidence else set()
    )


def evidence_lines(kind: AlertKind, evidence: Evidence, names: Mapping[int, str]) -> tuple[str, ...]:
    """The evidence in words. `names` are those that the reader may see; whatever else there is stays nameless."""
    if not evidence:
        return ()
    first, last = (date.fromisoformat(day) for day in evidence["days"])
    days = days_in_words(first, last)
    within = f" in {names[evidence['within']]}" if evidence.get("within") in names else ""
    if kind is AlertKind.BELOW_BAND:
        rate, line = evidence["rate"], evidence["line"]
        return (f"Attendance{within}: {percent(rate, line)} of at least {percent(line, line)}, {days}",)
    if kind is AlertKind.CHRONIC_ABSENCE:
        missed, marked, line = evidence["missed"], evidence["marked"], evidence["line"]
        share = percent(missed / marked, line)
        of = f"{missed} of {marked} ({share}; chronic from {percent(line, line)} on)"
        return (f"Missed{within}, excused or not: {of}, {days}",)
    absent = days_in_words(*(date.fromisoformat(day) for day in evidence["absent"]))
    lines = (f"Absent {absent}: {_courses(evidence['courses'], names)}",)
    return lines if evidence["rate"] is None else (*lines, f"Attendance: {percent(evidence['rate'])}, {days}")


def _courses(courses: Sequence[Sequence[int]], names: Mapping[int, str]) -> str:
    named = [f"{names[course]} ({count})" for course, count in courses if course in names]
    others = sum(count for course, count in courses if course not in names)
    return ", ".join([*named, *([f"other courses ({others})"] if others else [])])
