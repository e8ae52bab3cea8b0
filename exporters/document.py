"""The one document that every format renders.

Keys are machine names (camelCase, as in GraphQL) and unique among their neighbours; labels are for people. Values are
final: a rate is 0–1, minutes and hours are plain numbers, None means "not known" and never 0.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

Cell = str | int | float | Decimal | date | datetime | None


class Kind(StrEnum):
    """How a value is to be read and shown."""

    TEXT = "TEXT"
    INTEGER = "INTEGER"
    NUMBER = "NUMBER"
    RATE = "RATE"
    DATE = "DATE"
    DATETIME = "DATETIME"
    MINUTES = "MINUTES"
    HOURS = "HOURS"

    @property
    def numeric(self) -> bool:
        return self in {Kind.INTEGER, Kind.NUMBER, Kind.RATE, Kind.MINUTES, Kind.HOURS}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `unit` only where the kind does not say it."""

    key: str
    label: str
    kind: Kind
    unit: str | None = None

    @property
    def heading(self) -> str:
        return f"{self.label} ({self.unit})" if self.unit else self.label


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, one for each column. `rows` may be lazy but can be walked more than once."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Cell, ...]]

    def __post_init__(self) -> None:
        _refuse_duplicates(f"columns of table {self.key}", (column.key for column in self.columns))


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure, for example attendanceRate; `description` says in a sentence how it is counted."""

    key: str
    label: str
    value: Cell
    kind: Kind
    description: str = ""
    unit: str | None = None

    @property
    def heading(self) -> str:
        return f"{self.label} ({self.unit})" if self.unit else self.label


@dataclass(frozen=True, slots=True)
class Document:
    """A report, ready to be rendered.

    `kind` is the subject kind (COURSE), `period_from` and `period_to` are inclusive days in `time_zone`, `generated_at`
    is an instant with an offset. `notes` say what a reader should know, above all what was left out.
    """

    title: str
    kind: str
    subject_name: str
    subject_source_id: str
    period_name: str | None
    period_from: date
    period_to: date
    generated_at: datetime
    time_zone: str
    generated_by: str | None
    revision: int
    policy: tuple[tuple[str, Cell], ...]
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.generated_at.tzinfo is None:
            raise ValueError("generated_at needs an offset")
        _refuse_duplicates("figures", (figure.key for figure in self.figures))
        _refuse_duplicates("tables", (table.key for table in self.tables))
        _refuse_duplicates("policy", (label for label, _ in self.policy))


def _refuse_duplicates(what: str, keys: Iterable[str]) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise ValueError(f"{what}: {key!r} appears twice")
        seen.add(key)
