"""Many reports as one workbook: a summary, a sheet with a row for each report, and a sheet for each long table."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from exporters.combining import REPORTS, Head, belonging, belongs, list_head, list_row, stacked
from exporters.cover import Cover
from exporters.document import Bands, Cell, Chart, Column, Document, Kind, Shape
from exporters.formats.xlsx.book import Book
from exporters.formats.xlsx.charts import drawn
from exporters.formats.xlsx.remarks import remarks
from exporters.formats.xlsx.summary import Summary
from exporters.formats.xlsx.tables import TableSheets

_POLICY: Final = "policy"
_NOTES: Final = "notes"


class ManyReports:
    """Writes a workbook of several reports. Instants are shown by the clock of the cover's time zone."""

    def __init__(self, cover: Cover, book: Book) -> None:
        self._cover = cover
        self._book = book
        self._summary = Summary(book)
        self._tables: dict[tuple[str, ...], TableSheets] = {}
        self._counted: dict[str, str] = {}
        self._bands: set[Bands | None] = set()
        self._policies: set[tuple[tuple[str, Cell], ...]] = set()
        self._seen: tuple[set[object], set[object], set[object]] = set(), set(), set()
        self._reports = self._table(list_head(cover))

    def add(self, document: Document) -> None:
        """The next report."""
        words = self._book.words
        self._book.judge_by(document.lines)
        told = replace(document, kind=words.code(document.kind))
        first = belongs(told)
        self._reports.append(list_row(self._cover, told))
        for head, table in stacked(words, document):
            self._append(head, ((*first, *row) for row in table.rows))
        if document.policy:
            rules = tuple(Column(label, label, Kind.TEXT) for label, _ in document.policy)
            head = Head(_POLICY, words("Policy"), (*belonging(words), *rules))
            self._append(head, [(*first, *(value for _, value in document.policy))])
        if document.notes:
            head = Head(_NOTES, words("Notes"), (*belonging(words), Column("note", words("Note"), Kind.TEXT)))
            self._append(head, ((*first, note) for note in document.notes))
        self._counted |= {figure.key: figure.description for figure in document.figures if figure.description}
        self._bands.add(document.bands)
        self._policies.add(document.policy)
        self._span(document)

    def close(self) -> None:
        """What is known when all reports are there."""
        bands = next(iter(self._bands)) if len(self._bands) == 1 else None
        for table in self._tables.values():
            table.finish(bands)
        last = [*self._of(_POLICY), *self._of(_NOTES)]
        self._book.move_to_end(sheet for table in last for sheet in table.sheets)
        self._summarise([*(table for table in self._tables.values() if table not in last), *last], bands)
        self._book.tell(self._cover.title, self._cover.made_by, self._cover.made_at)

    def _table(self, head: Head) -> TableSheets:
        if head.identity not in self._tables:
            made = TableSheets(self._book, head.key, head.title, head.columns, self._cover.time_zone)
            self._tables[head.identity] = made
        return self._tables[head.identity]

    def _append(self, head: Head, rows: Iterable[Sequence[Cell]]) -> None:
        table = self._table(head)
        for row in rows:
            table.append(row)

    def _of(self, key: str) -> list[TableSheets]:
        return [table for identity, table in self._tables.items() if identity[0] == key]

    def _summarise(self, tables: Sequence[TableSheets], bands: Bands | None) -> None:
        cover, words, summary = self._cover, self._book.words, self._summary
        moment = words.instant(cover.made_at, cover.time_zone)
        summary.begin(cover.title, "  ·  ".join(filter(None, (cover.school_name, moment))), cover.time_zone)
        summary.section(words("About this file"))
        summary.pairs(self._particulars())
        if cover.filters:
            summary.section(words("Filters"))
            summary.pairs(cover.filters)
        summary.section(words("Sheets"), words("Sheet"), words("Rows"))
        summary.contents(tables)
        counted = [(column.label, self._counted[column.key]) for column in cover.figures if column.key in self._counted]
        if counted:
            summary.section(words("How it is counted"))
            summary.pairs(counted)
        if len(self._policies) == 1 and (policy := next(iter(self._policies))):
            summary.section(words("Policy"))
            summary.pairs(policy)
        notes = [*cover.notes, *self._remarks(bands)]
        if notes:
            summary.section(words("Notes"))
            summary.sentences(notes)
        chart = self._chart()
        made = None if chart is None else drawn(chart, self._reports, self._book)
        summary.charts([] if made is None else [made])

    def _particulars(self) -> Iterator[tuple[str, Cell]]:
        cover, words = self._cover, self._book.words
        yield words("Reports in this file"), cover.count
        yield words("Reports that were asked for"), cover.matching
        yield f"{words('Made at')} ({cover.time_zone})", cover.made_at
        yield words("Made by"), cover.made_by

    def _remarks(self, bands: Bands | None) -> Iterator[str]:
        words = self._book.words
        if self._of(_NOTES):
            yield words("Notes on single reports, above all what was left out of them, are on the sheet of notes.")
        if len(self._policies) > 1:
            yield words("The reports were counted by different policies, which are on the sheet of policies.")
        yield from remarks(self._tables.values(), bands, words)
        if len(self._bands) > 1:
            yield words("Rates are not coloured, since the reports were judged by different lines.")

    def _span(self, document: Document) -> None:
        """Remembers what could tell the reports apart, to know what a chart of them may be along."""
        for seen, value in zip(self._seen, (document.kind, _subject(document), _period(document)), strict=True):
            if len(seen) < 2:
                seen.add(value)

    def _chart(self) -> Chart | None:
        """The first rate by subject, or along time for one subject; None: the reports do not compare."""
        kinds, subjects, periods = map(len, self._seen)
        rate = next((column for column in self._cover.figures if column.kind is Kind.RATE), None)
        if rate is None or kinds != 1 or (subjects > 1) == (periods > 1):
            return None
        shape, names = (Shape.BARS, "subject") if subjects > 1 else (Shape.COLUMNS, "periodFrom")
        return Chart(REPORTS, rate.label, shape, REPORTS, names, (rate.key,))


def _subject(document: Document) -> tuple[str, str]:
    return document.school_name, document.subject_source_id


def _period(document: Document) -> tuple[date, date]:
    return document.period_from, document.period_to
