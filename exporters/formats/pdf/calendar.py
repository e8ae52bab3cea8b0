"""The days of a trainee as a sheet of weeks: columns are weeks, rows the days of a week in the order of the reader's.

A day shows its weightiest mark, by shape as well as by colour.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from reportlab.graphics.shapes import Drawing, Group, Line, Polygon, Rect, String
from reportlab.lib.colors import Color, HexColor

from exporters.cover import Style
from exporters.formats.pdf.fonts import REGULAR
from exporters.formats.pdf.ink import HAIR, INK, QUIET, SMALL
from exporters.formats.pdf.text import measure, visual

WEEKS_A_STRIP: Final = 53
_LARGEST: Final = 17.0
_GAP: Final = 1.6
# weightiest first
WEIGHT: Final = ("ABSENT", "LATE", "EXCUSED", "UNMARKED", "PRESENT", "SCHEDULED", "CANCELLED")
_TOLD: Final = ("ABSENT", "LATE", "EXCUSED", "UNMARKED", "PRESENT")


def calendar(days: Sequence[Any], statuses: Sequence[str], style: Style, width: float) -> Drawing:
    """The days that have a session, with a status each (a word of a mark, SCHEDULED or CANCELLED)."""
    words = style.words
    marks = weightiest(days, statuses)
    if not marks:
        return Drawing(width, 1)
    first, last = _week_of(min(marks), words.first_weekday), _week_of(max(marks), words.first_weekday)
    weeks = (last - first).days // 7 + 1
    labels = [visual(name, words.rtl) for name in words.weekdays()]
    margin = max(measure(label, REGULAR, SMALL) for label in labels) + 6
    cell = min(_LARGEST, (width - margin) / min(weeks, WEEKS_A_STRIP))
    strips = -(-weeks // WEEKS_A_STRIP)
    strip_height = cell * 7 + 16
    drawing = Drawing(width, strips * strip_height + 16)
    for strip in range(strips):
        begin = first + timedelta(weeks=strip * WEEKS_A_STRIP)
        top = drawing.height - strip * strip_height - 12
        _strip(drawing, marks, begin, min(WEEKS_A_STRIP, weeks - strip * WEEKS_A_STRIP), top, cell, margin, style)
        for place, label in enumerate(labels):
            y = top - (place + 1) * cell + cell / 2 - SMALL * 0.35
            x = 0 if not words.rtl else width - measure(label, REGULAR, SMALL)
            drawing.add(String(x, y, label, fontName=REGULAR, fontSize=SMALL, fillColor=QUIET))
    _legend(drawing, set(marks.values()), style)
    return drawing


def weightiest(days: Sequence[Any], statuses: Sequence[str]) -> dict[date, str]:
    """The weightiest status of each day."""
    marks: dict[date, str] = {}
    for day, status in zip(days, statuses, strict=True):
        if status in WEIGHT and (day not in marks or WEIGHT.index(status) < WEIGHT.index(marks[day])):
            marks[day] = status
    return marks


def _week_of(day: date, first_weekday: int) -> date:
    return day - timedelta(days=(day.weekday() - first_weekday) % 7)


def _strip(
    drawing: Drawing,
    marks: dict[date, str],
    begin: date,
    weeks: int,
    top: float,
    cell: float,
    margin: float,
    style: Style,
) -> None:
    words = style.words
    names = _months(begin, weeks, cell, style)
    for week in range(weeks):
        x = margin + week * cell if not words.rtl else drawing.width - margin - (week + 1) * cell
        week_begin = begin + timedelta(weeks=week)
        if week in names:
            at = x if not words.rtl else x + cell - measure(names[week], REGULAR, SMALL)
            drawing.add(String(at, top + 3, names[week], fontName=REGULAR, fontSize=SMALL, fillColor=QUIET))
        for place in range(7):
            day = week_begin + timedelta(days=place)
            drawing.add(_day(marks.get(day), x, top - (place + 1) * cell, cell - _GAP, style))


def _months(begin: date, weeks: int, cell: float, style: Style) -> dict[int, str]:
    """The names of months, by the week they stand above: the first one with a day in them, where there is room."""
    names: dict[int, str] = {}
    room = weeks * cell + SMALL * 4  # the last one may reach beyond its weeks
    for week in reversed(range(weeks)):
        week_begin = begin + timedelta(weeks=week)
        if week == 0 or week_begin.day <= 7:
            name = visual(style.words.month(week_begin), style.words.rtl)
            if week == 0 and measure(name, REGULAR, SMALL) + 3 > room:
                continue
            names[week], room = name, week * cell
    return names


def _day(status: str | None, x: float, y: float, side: float, style: Style) -> Group:
    colour = HexColor(style.colour)
    pale = Color(*(part + (1 - part) * 0.62 for part in (colour.red, colour.green, colour.blue)))
    frame = {"strokeColor": QUIET, "strokeWidth": 0.5}
    if status is None:
        return Group(Rect(x, y, side, side, strokeColor=HAIR, strokeWidth=0.3, fillColor=None))
    if status == "PRESENT":
        return Group(Rect(x, y, side, side, fillColor=pale, **frame))
    if status == "ABSENT":
        return Group(
            Rect(x, y, side, side, fillColor=INK, **frame),
            Line(x + 1, y + 1, x + side - 1, y + side - 1, strokeColor=HexColor("#ffffff"), strokeWidth=0.9),
            Line(x + 1, y + side - 1, x + side - 1, y + 1, strokeColor=HexColor("#ffffff"), strokeWidth=0.9),
        )
    if status == "LATE":
        return Group(
            Rect(x, y, side, side, fillColor=HexColor("#ffffff"), **frame),
            Polygon([x, y, x + side, y, x, y + side], fillColor=colour, strokeColor=None),
        )
    inner = side * 0.3
    filling = {"EXCUSED": [Line(x, y + side / 2, x + side, y + side / 2, strokeColor=QUIET, strokeWidth=1.1)]}.get(
        status,
        [Rect(x + (side - inner) / 2, y + (side - inner) / 2, inner, inner, fillColor=QUIET, strokeColor=None)]
        if status == "UNMARKED"
        else [],
    )
    return Group(Rect(x, y, side, side, fillColor=HexColor("#ffffff"), **frame), *filling)


def _legend(drawing: Drawing, statuses: set[str], style: Style) -> None:
    words, x = style.words, 0.0
    for status in _TOLD:
        if status in statuses:
            label = visual(words.code(status), words.rtl)
            wide = 14 + measure(label, REGULAR, SMALL) + 14
            left = x if not words.rtl else drawing.width - x - wide + 14
            drawing.add(_day(status, left, 1, 8, style))
            drawing.add(String(left + 12, 2, label, fontName=REGULAR, fontSize=SMALL, fillColor=INK))
            x += wide
