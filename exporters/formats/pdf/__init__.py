"""PDF (A4 or Letter): key figures large, charts as vectors, tables that repeat their heads, page x of y.

A report becomes HTML by a page template (template.py), flowables by xhtml2pdf (story.py) and pages by one
document that takes report after report, so that many reports share their fonts and memory holds one of them. What is
known only at the end (how many pages there are, on which one a report begins) is drawn last.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, BinaryIO, Final

from exporters.cover import Cover
from exporters.document import Document
from exporters.format import FileType, Format, UnrenderableError
from exporters.formats.pdf.allowance import Allowance
from exporters.formats.pdf.own_tables import OWN_TABLES

SECONDS: Final = 20
"""How long a school's own page template may work on a file, and one more for each report: filling it in, laying it
out and drawing it. Seconds of the processor, as in Allowance."""
ROWS_A_SECOND: Final = 500
"""A further second for so many rows of a report: several times what they take."""


class PdfWriter:
    """Writes reports as pages."""

    def __init__(self, cover: Cover, out: BinaryIO) -> None:
        from reportlab import rl_config

        rl_config.shapeChecking = 0  # of every attribute of every shape: a tenth of the time of a page with charts
        from exporters.formats.pdf.pages import Pages

        self._cover = cover
        self._pages = Pages(cover, out)
        self._allowance = Allowance(None if cover.style.template is None else SECONDS + cover.count)

    def add(self, document: Document) -> None:
        """See Writer. UnrenderableError: the school's own page template has an error."""
        from exporters.formats.pdf.story import story_of
        from exporters.formats.pdf.template import page_of

        def lay_out() -> None:
            story = story_of(page_of(document, self._cover), partial(_part, document, self._cover))
            self._pages.add(document, story)

        self._allowance.more(sum(len(table.rows) for table in document.tables) // ROWS_A_SECOND)
        self._allowed(lay_out)

    def close(self) -> None:
        """See Writer. UnrenderableError as `add`."""
        self._allowed(self._pages.close)

    def _allowed(self, work: Callable[[], None]) -> None:
        """Does the work within the allowance; what goes wrong with a school's own template is told as its error."""
        from exporters.formats.pdf.story import rendering
        from exporters.formats.pdf.template import cause_of

        try:
            with rendering(), self._allowance.used():
                work()
        except UnrenderableError:
            raise
        except Exception as error:
            if self._cover.style.template is None:
                raise
            raise UnrenderableError(f"The school's page template cannot be laid out: {cause_of(error)}.") from error


def _part(document: Document, cover: Cover, key: str) -> list[Any]:
    """The flowables of an element of a page: `table:…` or `chart:…`, with the key of one of the report's."""
    from exporters.formats.pdf.charts import Picture
    from exporters.formats.pdf.table import Grid, Sheet

    kind, _, name = key.partition(":")
    if kind == "chart":
        return [Picture(document.chart(name), document, cover.style)]
    table = OWN_TABLES[name](document, cover) if name in OWN_TABLES else document.table(name)
    return [Grid(Sheet(table, cover.style, document.time_zone, document.bands, document.lines))]


FORMAT = Format(
    name="PDF",
    description="Pages to print: A4 or Letter; many reports with a table of contents.",
    file_type=lambda _cover: FileType(".pdf", "application/pdf"),
    open=PdfWriter,
    heeds=frozenset({"paper", "locale"}),
)
