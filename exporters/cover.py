"""What a file says of itself as a whole, before its reports: what was asked for, by whom, and how it is to look."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from exporters.document import Cell, Column
from exporters.language import Words


class Paper(StrEnum):
    """The sheet a PDF is laid out for."""

    A4 = "A4"
    LETTER = "LETTER"


class Layout(StrEnum):
    """How many reports go into files: TOGETHER in one, or SEPARATE ones in a .zip."""

    TOGETHER = "TOGETHER"
    SEPARATE = "SEPARATE"


class Separator(StrEnum):
    """What stands between the fields of a CSV file: a sign, or LOCALE, whatever spreadsheets of the file's locale
    expect (exporters/formats/csv/dialect.py)."""

    COMMA = "COMMA"
    SEMICOLON = "SEMICOLON"
    TAB = "TAB"
    LOCALE = "LOCALE"


@dataclass(frozen=True, slots=True)
class Style:
    """A school's house style. `logo` is a PNG or JPEG picture, `template` the text of a page template that replaces
    the built-in one; colours are #rrggbb."""

    words: Words = field(default_factory=Words)
    paper: Paper = Paper.A4
    colour: str = "#1f3a5f"
    accent: str = "#c8553d"
    logo: bytes | None = None
    template: str | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """What an asker may choose of a file, as far as its format can. `table`: only the table with that key."""

    layout: Layout = Layout.TOGETHER
    byte_order_mark: bool = False
    separator: Separator = Separator.COMMA
    table: str | None = None


@dataclass(frozen=True, slots=True)
class Cover:
    """The whole file: `count` documents follow, of `matching` that were asked for (more where a limit cut them off).
    `school_name` is the school of all its reports, empty where they are of several.

    `figures` are the key figures its reports have between them, as columns of the list of reports: not every report has
    each. `filters` say what was asked, as (label, value); `notes` what a reader should know of the file as a whole,
    above all what is not in it. `made_at` is an instant with an offset, shown by the clock of `time_zone`.
    """

    title: str
    made_at: datetime
    made_by: str | None = None
    school_name: str = ""
    time_zone: str = "UTC"
    count: int = 1
    matching: int = 1
    figures: tuple[Column, ...] = ()
    filters: tuple[tuple[str, Cell], ...] = ()
    notes: tuple[str, ...] = ()
    style: Style = field(default_factory=Style)
    options: Options = field(default_factory=Options)

    @property
    def many(self) -> bool:
        """Whether the file is one of several reports."""
        return self.count != 1

    @property
    def words(self) -> Words:
        return self.style.words
