"""What a CSV export is made of: the parts that each report, and the file as a whole, give to its tables.

    about      what was asked for, when, by whom, and how many reports there are     key, label, value
    reports    a line for each report with all its key figures                       stacking.list_head
    figures    a line for each key figure of each report                             …, key, label, value, valueKind, …
    policy     the rules each report was counted by                                  …, rule, value
    notes      what a reader should know, above all what was left out                …, note
    columns    what the columns of all these files mean                              file, table, column, label, …

and the tables of the reports under their own keys. A line that stands here with … begins with the report it is of.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from exporters.combining import Head, belonging, belongs, list_head, list_row, stacked
from exporters.cover import Cover
from exporters.document import Cell, Column, Document, Kind
from exporters.language import Words

ABOUT: Final = "about"
FIGURES: Final = "figures"
POLICY: Final = "policy"
NOTES: Final = "notes"
COLUMNS: Final = "columns"


@dataclass(frozen=True, slots=True)
class Part:
    """Rows for the table under `head`; the cells `before` and `after` are the same in every row."""

    head: Head
    rows: Iterable[Sequence[Cell]] = ()
    before: tuple[Cell, ...] = ()
    after: tuple[Cell, ...] = ()

    def noted(self, words: Words, notes: Iterable[str]) -> "Part":
        """The part with a last column that has the notes, in one text, unless it is of no report."""
        if self.head.key in {ABOUT, NOTES, COLUMNS}:
            return self
        columns = (*self.head.columns, Column("fileNotes", words("Notes"), Kind.TEXT))
        return replace(self, head=replace(self.head, columns=columns), after=(" ".join(notes),))


def parts_of_file(cover: Cover) -> Iterator[Part]:
    """The tables that every export has, with what the file says of itself."""
    words = cover.words
    yield Part(_about_head(words), _about(cover))
    yield Part(list_head(cover))
    yield Part(_figures_head(words))
    yield Part(_policy_head(words))
    yield Part(_notes_head(words), [(note,) for note in cover.notes], before=(None,) * len(belonging(words)))


def parts_of_report(cover: Cover, document: Document) -> Iterator[Part]:
    """The report's line in the list, its key figures, policy and notes, and its tables."""
    words, first = cover.words, belongs(document)
    yield Part(list_head(cover), [list_row(cover, document)])
    figures = [
        (figure.key, figure.label, figure.value, figure.kind, figure.unit, figure.description)
        for figure in document.figures
    ]
    yield Part(_figures_head(words), figures, first)
    for head, table in stacked(words, document):
        yield Part(head, table.rows, first)
    yield Part(_policy_head(words), document.policy, first)
    yield Part(_notes_head(words), [(note,) for note in document.notes], first)


def part_of_columns(words: Words, files: Iterable[tuple[str, Head]]) -> Part:
    """What the columns of the files, given by name, mean."""
    columns = (
        Column("file", words("File"), Kind.TEXT),
        Column("table", words("Table"), Kind.TEXT),
        Column("column", words("Column"), Kind.TEXT),
        Column("label", words("Label"), Kind.TEXT),
        Column("kind", words("Kind"), Kind.TEXT),
        Column("unit", words("Unit"), Kind.TEXT),
    )
    rows = [
        (name, head.title, column.key, column.label, column.kind, column.unit)
        for name, head in files
        for column in head.columns
    ]
    return Part(Head(COLUMNS, words("Columns"), columns), rows)


def _about_head(words: Words) -> Head:
    columns = (
        Column("key", words("Key"), Kind.TEXT),
        Column("label", words("Label"), Kind.TEXT),
        Column("value", words("Value"), Kind.TEXT),
    )
    return Head(ABOUT, words("About this file"), columns)


def _about(cover: Cover) -> Iterator[tuple[Cell, ...]]:
    words = cover.words
    yield "title", words("Title"), cover.title
    yield "madeAt", words("Made at"), cover.made_at
    yield "madeBy", words("Made by"), cover.made_by
    yield "timeZone", words("Time zone"), cover.time_zone
    yield "reports", words("Reports in this file"), cover.count
    yield "matching", words("Reports that were asked for"), cover.matching
    for label, value in cover.filters:
        yield "filter", label, value


def _figures_head(words: Words) -> Head:
    columns = (
        Column("key", words("Key"), Kind.TEXT),
        Column("label", words("Label"), Kind.TEXT),
        Column("value", words("Value"), Kind.NUMBER),
        # of the figure: `kind` is that of the subject
        Column("valueKind", words("Kind of value"), Kind.TEXT),
        Column("unit", words("Unit"), Kind.TEXT),
        Column("description", words("How it is counted"), Kind.TEXT),
    )
    return Head(FIGURES, words("Key figures"), (*belonging(words), *columns))


def _policy_head(words: Words) -> Head:
    columns = (Column("rule", words("Rule"), Kind.TEXT), Column("value", words("Value"), Kind.TEXT))
    return Head(POLICY, words("Policy"), (*belonging(words), *columns))


def _notes_head(words: Words) -> Head:
    return Head(NOTES, words("Notes"), (*belonging(words), Column("note", words("Note"), Kind.TEXT)))
