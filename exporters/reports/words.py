"""What is said of a file as a whole, in its own language: its title, what was asked for, and what is not in it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from exporters import Cell, Words
from exporters.language import noop
from resolvers.core.global_ids import global_id_text
from resolvers.exports import selection as export_selection
from resolvers.exports.selection import MAX_MATCHING
from resolvers.reports.look_ups import ReportHead, ReportOrderField
from resolvers.subjects.look_ups import SubjectRow

_ORDERED_BY: Final = {
    ReportOrderField.GENERATED_AT: noop("Generated at"),
    ReportOrderField.PERIOD_FROM: noop("Beginning of the period"),
    ReportOrderField.ATTENDANCE_RATE: noop("Attendance"),
    ReportOrderField.CHRONIC_ABSENCE_RATE: noop("Chronic absence"),
    ReportOrderField.AVERAGE_SCORE: noop("Average score"),
}
_DOWN: Final = noop("{field}, highest or newest first")
_UP: Final = noop("{field}, lowest or oldest first")
_LABELS: Final = {
    "kinds": noop("Kinds"),
    "subjects": noop("Subjects"),
    "from": noop("From"),
    "to": noop("To"),
    "generatedSince": noop("Generated since"),
    "run": noop("Run"),
    "latestOnly": noop("Revisions"),
    "order": noop("Ordered by"),
}


def title_of(words: Words, heads: Sequence[ReportHead]) -> str:
    """The subject of a file of one report; of several, what they are of and their period, where they share it."""
    if len(heads) == 1:
        return heads[0].subject_name
    kinds = {head.kind for head in heads}
    what = words.reports(kinds.pop()) if len(kinds) == 1 else words("Reports")
    days = {(head.period_from, head.period_to) for head in heads}
    if len(days) > 1:
        return what
    first, last = days.pop()
    name = heads[0].period_name or f"{words.day(first)} – {words.day(last)}"
    return words("{what}, {period}", what=what, period=name)


def limit_notice(words: Words, count: int, matching: int) -> str | None:
    """That a limit cut off what was asked for, and what to do; None: it did not."""
    if matching <= count:
        return None
    asked = (
        words("more than {number}", number=words.number(MAX_MATCHING))
        if matching > MAX_MATCHING
        else words.number(matching)
    )
    return words(
        "The limit of a file is {count} reports: it holds the first {count} of the {asked} that were asked for."
        " Ask for fewer at a time to get the others.",
        count=words.number(count),
        asked=asked,
    )


def notice_of(matching: int) -> str | None:
    """The same in English, for an export of which so many reports were asked for."""
    return limit_notice(Words(), export_selection.MAX_REPORTS, matching)


def gone_notice(words: Words, gone: int) -> str:
    """That reports which were asked for are not in it."""
    return words.many(
        "{number} report that was asked for is not in it: it is gone or no longer yours to read.",
        "{number} reports that were asked for are not in it: they are gone or no longer yours to read.",
        gone,
    )


def left_out_note(words: Words, head: ReportHead, why: str) -> str:
    """That a report is not in it since it could not be written."""
    days = head.period_name or f"{words.day(head.period_from)} – {words.day(head.period_to)}"
    return words("{report}, {period}, is left out: {why}", report=head.subject_name, period=days, why=why)


def notice_with(matching: int, left_out: Sequence[str]) -> str | None:
    """The notice of an export, and what is left out of it."""
    return " ".join(filter(None, (notice_of(matching), *left_out))) or None


def said_filters(
    words: Words, filters: Sequence[Sequence[Any]], named: Mapping[int, SubjectRow]
) -> tuple[tuple[str, Cell], ...]:
    """The filters of an export (resolvers/exports/selection.py) for people; of the subjects, `named` are named."""
    return tuple((words(_LABELS[key]), _said(words, key, value, named)) for key, value in filters)


def _said(words: Words, key: str, value: Any, named: Mapping[int, SubjectRow]) -> Cell:
    match key:
        case "kinds":
            return ", ".join(words.code(kind) for kind in value)
        case "subjects":
            return _subjects(words, value, named)
        case "from" | "to":
            return date.fromisoformat(value)
        case "generatedSince":
            return datetime.fromisoformat(value)
        case "run":
            return global_id_text("Run", value)
        case "latestOnly":
            return words("the latest of each") if value else words("all")
        case _:
            by, descending = value
            direction = _DOWN if descending else _UP
            return words(direction, field=words(_ORDERED_BY[ReportOrderField(by)]))


def _subjects(words: Words, ids: Sequence[int], named: Mapping[int, SubjectRow]) -> str:
    names = [named[id_].name for id_ in ids if id_ in named]
    others = len(ids) - len(names)
    more = words.many("{number} other", "{number} others", others)
    return ", ".join([*names, more] if others else names)
