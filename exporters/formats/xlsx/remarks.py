"""What a reader of a workbook should know of its cells."""

from collections.abc import Iterable, Iterator

from exporters.document import Bands, Figure, Kind
from exporters.formats.xlsx.tables import TableSheets
from exporters.language import Words
from exporters.values import line_said


def remarks(
    tables: Iterable[TableSheets], bands: Bands | None, words: Words, figures: Iterable[Figure] = ()
) -> Iterator[str]:
    """Sentences on durations and on colours, as far as the tables and figures have any."""
    columns = [column for table in tables for column in table.columns]
    kinds = {column.kind for column in columns} | {figure.kind for figure in figures}
    if kinds & {Kind.MINUTES, Kind.HOURS}:
        yield words(
            "Durations are shown as minutes and seconds (m:ss) or hours and minutes (h:mm) and stored in days: "
            "a cell times 1440 is in minutes, times 24 in hours."
        )
    if bands is not None and any(column.judged for column in columns):
        yield words(
            "Coloured rates are below a line of the policy: bold on dark below {at_risk} (at risk), "
            "on light below {watch} (watch).",
            at_risk=line_said(bands.at_risk_below, words),
            watch=line_said(bands.watch_below, words),
        )
