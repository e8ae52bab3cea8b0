"""The one document that every format renders.

Keys are machine names (camelCase, as in GraphQL) and unique among their neighbours; labels are for people. Values are
final: a rate is 0–1, minutes and hours are plain numbers, None means "not known" and never 0.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

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
    BAND = "BAND"
    """A word of Rollcall's own, shown in the reader's language (`Words.code`): of a band (AT_RISK, WATCH, None for
    neither) or of a mark (PRESENT)."""

    @property
    def numeric(self) -> bool:
        return self in {Kind.INTEGER, Kind.NUMBER, Kind.RATE, Kind.MINUTES, Kind.HOURS}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `unit` only where the kind does not say it.

    `judged`: its rates are read against the bands of the document, so a format may colour them.
    """

    key: str
    label: str
    kind: Kind
    unit: str | None = None
    judged: bool = False

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


class Shape(StrEnum):
    """How a chart is drawn.

    LINE: along time. BARS: one lying bar a row. COLUMNS: standing ones. CALENDAR: a sheet of days with a mark each,
    whose weeks begin as the reader's do.
    """

    LINE = "LINE"
    BARS = "BARS"
    COLUMNS = "COLUMNS"
    CALENDAR = "CALENDAR"


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of a table of the document: `names` is the column along it, `values` the columns that are drawn.

    It holds no figures of its own, so it cannot say anything else than its table.
    """

    key: str
    title: str
    shape: Shape
    table: str
    names: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bands:
    """The lines of the policy that rates are judged by, as exact shares: WATCH below one, AT_RISK below the other."""

    watch_below: Decimal
    at_risk_below: Decimal

    @property
    def lines(self) -> tuple[Decimal, ...]:
        """Both."""
        return self.watch_below, self.at_risk_below

    def of(self, rate: float | Decimal | None) -> str | None:
        """AT_RISK, WATCH, or None for neither (also for a rate that is not known)."""
        if rate is None:
            return None
        # a double stands for the shortest decimal that is read as it: 0.8 is not below 0.80
        exact = Decimal(repr(rate)) if isinstance(rate, float) else rate
        return "AT_RISK" if exact < self.at_risk_below else "WATCH" if exact < self.watch_below else None


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
    is an instant with an offset. `notes` say what a reader should know, above all what was left out. Labels, titles
    and notes are in the language of the file. `chronic_from` is the share of absence from which the policy calls a
    trainee chronically absent. `record` is the whole report in the shape in which the API gives it;
    only formats that ask for it (`Format.takes_record`) get one.
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
    charts: tuple[Chart, ...] = ()
    bands: Bands | None = None
    chronic_from: Decimal | None = None
    school_name: str = ""
    record: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.generated_at.tzinfo is None:
            raise ValueError("generated_at needs an offset")
        _refuse_duplicates("figures", (figure.key for figure in self.figures))
        _refuse_duplicates("tables", (table.key for table in self.tables))
        _refuse_duplicates("charts", (chart.key for chart in self.charts))
        for chart in self.charts:
            if not {chart.names, *chart.values} <= {column.key for column in self.table(chart.table).columns}:
                raise ValueError(f"chart {chart.key}: table {chart.table} does not have all of its columns")

    @property
    def lines(self) -> tuple[Decimal, ...]:
        """Every line that rates of this report may be read against: no rounding takes one across."""
        bands = () if self.bands is None else self.bands.lines
        return bands if self.chronic_from is None else (*bands, self.chronic_from)

    def chart(self, key: str) -> Chart:
        """The chart with that key; ValueError: there is none."""
        for chart in self.charts:
            if chart.key == key:
                return chart
        raise ValueError(f"there is no chart {key!r}")

    def table(self, key: str) -> Table:
        """The table with that key; ValueError: there is none."""
        for table in self.tables:
            if table.key == key:
                return table
        raise ValueError(f"there is no table {key!r}")


def _refuse_duplicates(what: str, keys: Iterable[str]) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise ValueError(f"{what}: {key!r} appears twice")
        seen.add(key)
