"""A small report that a page template is tried out with: something of everything a document can hold."""

from datetime import UTC, date, datetime
from decimal import Decimal

from exporters import Bands, Cell, Chart, Column, Document, Figure, Kind, Shape, Table, Words


def sample_document(words: Words) -> Document:
    """A course over March, with a table and a chart of each shape."""
    weeks = Table(
        "trend",
        words("Week by week"),
        (
            Column("from", words("From"), Kind.DATE),
            Column("attendanceRate", words("Attendance"), Kind.RATE, judged=True),
        ),
        tuple((date(2026, 3, 2 + 7 * week), 0.7 + week / 10) for week in range(3)),
    )
    marks = Table(
        "marks",
        words("Marks by status"),
        (Column("status", words("Mark"), Kind.TEXT), Column("marks", words("Number"), Kind.INTEGER)),
        tuple((words(text), number) for text, number in (("Present", 80), ("Late", 12), ("Absent", 8))),
    )
    days: tuple[tuple[Cell, ...], ...] = ((date(2026, 3, 2), "PRESENT"), (date(2026, 3, 3), "ABSENT"))
    timeline = Table(
        "timeline",
        words("Session by session"),
        (Column("day", words("Day"), Kind.DATE), Column("status", words("Mark"), Kind.BAND)),
        days,
    )
    return Document(
        title="Welding",
        kind="COURSE",
        subject_name="Welding",
        subject_source_id="WE-1",
        period_name="2026-03",
        period_from=date(2026, 3, 1),
        period_to=date(2026, 3, 31),
        generated_at=datetime(2026, 4, 1, 7, 30, tzinfo=UTC),
        time_zone="UTC",
        generated_by="Rollcall",
        revision=1,
        policy=((words("Watch below"), "0.88"), (words("At risk below"), "0.80")),
        figures=(Figure("attendanceRate", words("Attendance"), 0.8, Kind.RATE, ""),),
        tables=(weeks, marks, timeline),
        notes=(words("Results that belong to no class group are in “Other”."),),
        charts=(
            Chart("trend", words("Attendance week by week"), Shape.LINE, "trend", "from", ("attendanceRate",)),
            Chart("marks", words("Marks by status"), Shape.COLUMNS, "marks", "status", ("marks",)),
            Chart("breakdown", words("Marks by status"), Shape.BARS, "marks", "status", ("marks",)),
            Chart("timeline", words("Attendance day by day"), Shape.CALENDAR, "timeline", "day", ("status",)),
        ),
        bands=Bands(Decimal("0.88"), Decimal("0.80")),
        school_name="College",
    )
