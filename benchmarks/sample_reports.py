"""The reports that files are made of: a table of any number of rows, worked out again whenever it is walked."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain, islice, repeat
from typing import Any, Final

from exporters import Bands, Cell, Chart, Column, Cover, Document, Figure, Kind, Options, Shape, Table

DAY: Final = date(2026, 3, 2)
MOMENT: Final = datetime(2026, 4, 1, 7, 30, tzinfo=UTC)
BLOCK: Final = 10_000
COLUMNS: Final = (
    Column("trainee", "Trainee", Kind.TEXT),
    Column("expected", "Expected marks", Kind.INTEGER),
    Column("attendanceRate", "Attendance rate", Kind.RATE, judged=True),
    Column("minutesLate", "Minutes late", Kind.MINUTES),
    Column("day", "Day", Kind.DATE),
    Column("seenAt", "Seen at", Kind.DATETIME),
)
_FIRST: Final = ("Ana", "Boris", "Chloé", "Đorđe", "Elif", "Fatima", "Günther", "Hana", "Ines", "Jörg", "Katarzyna")
_LAST: Final = ("Almeida", "Benšić", "Côté", "Dupont", "Eriksson", "Ferreira", "García", "Horvat", "İnan", "Jansen")


class Rows:
    """So many rows of COLUMNS, a BLOCK over and over: neither making nor keeping them is what is to be measured."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[tuple[Cell, ...]]:
        block = [row(number) for number in range(min(BLOCK, self._count))]
        return islice(chain.from_iterable(repeat(block)), self._count)


def row(number: int) -> tuple[Cell, ...]:
    """One of them."""
    name = f"{_FIRST[number % 11]} {_LAST[number % 10]} {number}"
    late = number % 300 / 7 if number % 4 else None
    return (
        name,
        number % 40,
        number % 97 / 97,
        late,
        DAY + timedelta(number % 180),
        MOMENT + timedelta(minutes=number),
    )


def table(count: int) -> Table:
    """A table of so many rows."""
    rows: Any = Rows(count)
    return Table("trainees", "Trainees", COLUMNS, rows)


def report(count: int, *, number: int = 0) -> Document:
    """A report with figures, a chart and a table of so many rows."""
    weeks = tuple((f"2026-W{week:02}", 0.7 + week % 7 / 25) for week in range(10, 23))
    trend = Table("trend", "Week by week", (Column("week", "Week", Kind.TEXT), COLUMNS[2]), weeks)
    return Document(
        title=f"Welding {number}",
        kind="COURSE",
        subject_name=f"Welding {number}",
        subject_source_id=f"WE-{number}",
        period_name="2026-03",
        period_from=date(2026, 3, 1),
        period_to=date(2026, 3, 31),
        generated_at=MOMENT,
        time_zone="Europe/Madrid",
        generated_by="Maria Principal",
        revision=1,
        policy=(("At risk below", "0.8"), ("Watch below", "0.88")),
        figures=(
            Figure("attendanceRate", "Attendance rate", 0.817096, Kind.RATE, "Weighted marks over expected marks."),
            Figure("absenceRate", "Absence rate", 0.1, Kind.RATE, "Absent over expected marks."),
            Figure("expected", "Expected marks", 14023, Kind.INTEGER, "Marks that count."),
            Figure("averageMinutesLate", "Minutes late", 7.416667, Kind.MINUTES, "Of those who came late."),
        ),
        tables=(trend, table(count)),
        charts=(Chart("trend", "Attendance by week", Shape.LINE, "trend", "week", ("attendanceRate",)),),
        bands=Bands(Decimal("0.88"), Decimal("0.80")),
        school_name="Northgate College",
    )


def cover(reports: int = 1, **options: Any) -> Cover:
    """The cover of so many reports."""
    return Cover("March", MOMENT, "Maria Principal", count=reports, matching=reports, options=Options(**options))
