"""One small report and the texts that try to break a file."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from exporters import Cell, Column, Cover, Document, Figure, Kind, Options, Style, Table, all_formats

HOSTILE = (
    "=cmd()|'/c calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "bell\x07 and \x00 null \x1b[31m",
    "</td><img src=file:///etc/passwd>",
    "😀 smile",
    "محمد الأحمد",
    "שרה כהן",
    "नेहा शर्मा",
    "Ελένη Παπαδοπούλου",
    "#N/A",
    "_x0041_",
    "lone \ud800 surrogate",
    "1e5",
    'a,b;"c"\nd',
)
COLUMNS = (
    Column("name", "Trainee", Kind.TEXT),
    Column("expected", "Expected", Kind.INTEGER),
    Column("attendanceRate", "Attendance", Kind.RATE),
    Column("averageMinutesLate", "Average lateness", Kind.MINUTES, "min"),
    Column("heldOn", "Held on", Kind.DATE),
    Column("seenAt", "Seen at", Kind.DATETIME),
)
FIGURES = (
    Figure("attendanceRate", "Attendance", 0.8170963741328, Kind.RATE, "Weighted marks over expected marks."),
    Figure("absenceRate", "Absence", 1 / 3, Kind.RATE),
    Figure("expected", "Expected marks", 14023, Kind.INTEGER),
    Figure("averageMinutesLate", "Minutes late", 7.416666666666667, Kind.MINUTES, unit="min"),
    Figure("passRate", "Pass rate", None, Kind.RATE),
)


def row(name: str, number: int) -> tuple[Cell, ...]:
    seen = datetime(2026, 7, 1, 8, number % 60, tzinfo=UTC)
    return (name, number, number / 97, number / 7 if number % 2 else None, date(2026, 3, 1), seen)


def table(names: tuple[str, ...], key: str = "trainees", title: str = "Trainees") -> Table:
    return Table(key, title, COLUMNS, tuple(row(name, number) for number, name in enumerate(names)))


def document(*tables: Table, title: str = "Welding, March", name: str = "Welding") -> Document:
    return Document(
        title=title,
        kind="COURSE",
        subject_name=name,
        subject_source_id="WE-1",
        period_name="2026-03",
        period_from=date(2026, 3, 1),
        period_to=date(2026, 3, 31),
        generated_at=datetime(2026, 4, 1, 7, 30, tzinfo=UTC),
        time_zone="Europe/Madrid",
        generated_by="Maria Principal",
        revision=2,
        policy=(("Weight of LATE", 1), ("At risk below", 0.8), ("EXCUSED counts", True)),
        figures=FIGURES,
        tables=tables,
        notes=("E-mail addresses were left out.",),
    )


def record_of(document: Document) -> dict[str, Any]:
    """The document in the manner of the API, each table as a list of objects."""
    lists = {
        one.key: [
            {
                column.key: value.isoformat() if isinstance(value, date) else value
                for column, value in zip(one.columns, values, strict=True)
            }
            for values in one.rows
        ]
        for one in document.tables
    }
    return {
        "id": "Q291cnNlUmVwb3J0OjE",
        "kind": "COURSE",
        "revision": 2,
        "generatedAt": "2026-04-01T07:30:00+00:00",
        "subject": {"id": "Q291cnNlOjE", "name": document.subject_name, "kind": "COURSE", "sourceId": "WE-1"},
        "period": {"name": "2026-03", "from": "2026-03-01", "to": "2026-03-31"},
        "notes": list(document.notes),
        "policy": {"lateWeight": "1", "atRiskBelow": "0.8", "excusedCounts": True},
        "metrics": {figure.key: figure.value for figure in document.figures},
        **lists,
    }


def with_record(document: Document) -> Document:
    """The document as formats need it that ask for a record."""
    return replace(document, record=record_of(document))


def cover(*, title: str = "Welding, March", style: Style | None = None, **more: Any) -> Cover:
    made_at = datetime(2026, 4, 1, 8, 0, tzinfo=UTC)
    return Cover(title=title, made_at=made_at, made_by="Maria Principal", style=style or Style(), **more)


def written(name: str, *documents: Document, of: Cover | None = None, **options: Any) -> io.BytesIO:
    """The documents in that format, ready to be read back."""
    out = io.BytesIO()
    whole = of or cover(count=len(documents), matching=len(documents), options=Options(**options))
    made = all_formats()[name]
    made.write(whole, (with_record(one) if made.takes_record else one for one in documents), out)
    out.seek(0)
    return out
