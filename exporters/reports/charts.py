"""The charts of a report: which of its tables are drawn, and how. One that would show nothing is left out."""

from collections.abc import Iterable
from typing import Final

from exporters import Chart, Shape, Table, Words
from exporters.reports.tables import key_columns
from models import SubjectKind

_RATE: Final = "attendanceRate"


def charts_of(kind: SubjectKind, tables: Iterable[Table], words: Words) -> tuple[Chart, ...]:
    """The charts over these tables of a report of that kind."""
    found = {table.key: table for table in tables}
    return tuple(_charts(kind, found, words))


def _charts(kind: SubjectKind, tables: dict[str, Table], words: Words) -> Iterable[Chart]:
    trend, marks, breakdown = tables.get("trend"), tables.get("marks"), tables.get("breakdown")
    # of one point there is no line
    if trend is not None and _known(trend, _RATE) > 1:
        yield Chart("trend", words("Attendance week by week"), Shape.LINE, "trend", "from", (_RATE,))
    if marks is not None and any(_cells(marks, "marks")):
        yield Chart("marks", words("Marks by status"), Shape.COLUMNS, "marks", "status", ("marks",))
    # all that its reader may not see is one bar, which would say what the report says anyway
    if breakdown is not None and _known(breakdown, _RATE) and _known(breakdown, breakdown.columns[0].key):
        naming = _telling(breakdown, key_columns(kind))
        if naming is not None:
            yield Chart("breakdown", breakdown.title, Shape.BARS, "breakdown", naming, (_RATE,))
    if "timeline" in tables and tables["timeline"].rows:
        yield Chart("timeline", words("Attendance day by day"), Shape.CALENDAR, "timeline", "day", ("status",))


def _cells(table: Table, key: str) -> list[object]:
    place = [column.key for column in table.columns].index(key)
    return [row[place] for row in table.rows]


def _known(table: Table, key: str) -> int:
    return sum(cell is not None for cell in _cells(table, key))


def _telling(table: Table, names: Iterable[str]) -> str | None:
    """The first of these columns that tells every row from the others, if any does."""
    for name in names:
        cells = _cells(table, name)
        if len(set(cells)) == len(cells):
            return name
    return None
