"""The pages of a file, laid out one report after the other: footers, bookmarks, and what is only known at the end."""

from functools import partial
from typing import Any, BinaryIO, Final

from reportlab.platypus.doctemplate import NextPageTemplate
from reportlab.platypus.flowables import Flowable, PageBreak
from xhtml2pdf.default import DEFAULT_PAGE_NAME
from xhtml2pdf.xhtml2pdf_reportlab import PmlBaseDoc

from exporters.cover import Cover
from exporters.document import Document
from exporters.format import UnrenderableError
from exporters.formats.pdf.canvas import Sheets
from exporters.formats.pdf.contents import Contents, Entry, destination
from exporters.formats.pdf.fonts import REGULAR, main_faces
from exporters.formats.pdf.ink import HAIR, QUIET
from exporters.formats.pdf.story import StoryContext, story_of
from exporters.formats.pdf.template import front_of
from exporters.formats.pdf.text import broken, one_line
from exporters.values import text_of

MARGIN: Final = 18 * 72 / 25.4
_FOOT: Final = 7.5
_BASELINE: Final = 12.3 * 72 / 25.4


class _Document(PmlBaseDoc):  # type: ignore[misc]
    """xhtml2pdf's document, fed piece by piece."""

    def start(self, pages: "Pages") -> None:
        self._pages = pages
        self._startBuild(canvasmaker=Sheets)
        self.canv._doctemplate = self
        self._savedInfo = self.canv._doc.info

    def _makeCanvas(self, filename: Any = None, canvasmaker: Any = None) -> Any:  # noqa: N802
        # xhtml2pdf puts its own canvas in the place of ours
        return super(PmlBaseDoc, self)._makeCanvas(filename=filename, canvasmaker=canvasmaker)

    def feed(self, story: list[Flowable]) -> None:
        while story:
            self.clean_hanging()
            self.handle_flowable(story)

    def afterPage(self) -> None:  # noqa: N802
        self._pages.foot()

    def finish(self) -> None:
        self._doSave = False
        self._endBuild()


class _Beginning(Flowable):  # type: ignore[misc]
    """Where a report begins: the end of links, a bookmark, and the moment from which footers speak of it."""

    def __init__(self, pages: "Pages", entry_of: Any) -> None:
        super().__init__()
        self._pages, self._entry_of = pages, entry_of

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        return 0, 0

    def draw(self) -> None:
        self._pages.begin(self._entry_of(self.canv.getPageNumber()))


class Pages:
    """The pages of a file."""

    def __init__(self, cover: Cover, out: BinaryIO) -> None:
        self._cover, self._out = cover, out
        self._document: _Document | None = None
        self._contents = Contents(cover.count, cover.style)
        self._footer = self._next_footer = cover.title
        self._count = 0

    def add(self, document: Document, context: StoryContext) -> None:
        """Lays out a report."""
        words = self._cover.words
        title = text_of(document.title, words)
        days = document.period_name or f"{words.day(document.period_from)} – {words.day(document.period_to)}"
        told = text_of(f"{document.subject_source_id} · {days}", words)
        beginning = _Beginning(self, lambda page: Entry(title, told, page))
        revision = words("revision {number}", number=words.number(document.revision))
        said = filter(None, (text_of(document.school_name, words), title, days, revision))
        # each in its own direction, however they meet
        footer = " · ".join(f"\u2068{part}\u2069" for part in said)
        story: list[Flowable] = [beginning, *context.story]
        if self._document is None:
            self._start(document, context)
        if self._contents.entries or self._cover.many:
            story[:0] = [NextPageTemplate(DEFAULT_PAGE_NAME), PageBreak()]
        assert self._document is not None
        self._next_footer = footer
        self._document.feed(story)

    def begin(self, entry: Entry) -> None:
        """A report begins on the page at hand."""
        assert self._document is not None
        canvas, key = self._document.canv, destination(len(self._contents.entries))
        canvas.bookmarkPage(key)
        if self._cover.many:
            canvas.addOutlineEntry(entry.title, key, 0, closed=True)
        self._contents.entries.append(entry)
        self._footer = self._next_footer

    def foot(self) -> None:
        """Has the foot of the page at hand drawn, once it is known how many pages there are."""
        assert self._document is not None
        canvas = self._document.canv
        canvas.later(partial(self._foot, canvas, canvas.getPageNumber(), canvas._pagesize[0], self._footer))

    def _foot(self, canvas: Sheets, number: int, width: float, footer: str) -> None:
        words, rtl = self._cover.words, self._cover.words.rtl
        said = words("page {page} of {pages}", page=words.number(number), pages=words.number(self._count))
        (place,) = broken(said, REGULAR, _FOOT, width, rtl)
        line = one_line(footer, REGULAR, _FOOT, width - 2 * MARGIN - place.width - 24, rtl)
        canvas.setStrokeColor(HAIR)
        canvas.setLineWidth(0.35)
        canvas.line(MARGIN, _BASELINE + 11, width - MARGIN, _BASELINE + 11)
        canvas.setFillColor(QUIET)
        canvas.setFont(REGULAR, _FOOT)
        canvas.drawString(width - MARGIN - line.width if rtl else MARGIN, _BASELINE, line.text)
        canvas.drawString(MARGIN if rtl else width - MARGIN - place.width, _BASELINE, place.text)

    def close(self) -> None:
        """Draws what was put off, and writes the file."""
        if self._document is None:
            raise UnrenderableError("There is no report to write.")
        self._document.finish()
        canvas = self._document.canv
        self._count = canvas.getPageNumber() - 1
        canvas.draw_late()
        if self._cover.many:
            canvas.showOutline()
        canvas.save()

    def _start(self, document: Document, context: StoryContext) -> None:
        words, front = self._cover.words, None
        if self._cover.many:
            front = story_of(front_of(self._cover), lambda _key: [self._contents.flowable()])
            title = subject = self._cover.title
            author = self._cover.made_by
        else:
            title, author = document.title, document.generated_by
            subject = f"{document.subject_name}, {words.day(document.period_from)} – {words.day(document.period_to)}"
        self._document = _Document(
            self._out,
            pagesize=context.pageSize,
            title=text_of(title, words),
            author=text_of(author or "Rollcall", words),
            subject=text_of(subject, words),
            showBoundary=0,
            allowSplitting=1,
            lang=words.language,
            initialFontName=main_faces()[0],  # else every page asks for Helvetica, which is not embedded
        )
        templates = dict(context.templateList)
        if DEFAULT_PAGE_NAME not in templates:
            raise UnrenderableError("The school's page template must have an @page rule without a name.")
        self._document.addPageTemplates([templates.pop(DEFAULT_PAGE_NAME), *templates.values()])
        self._document.pisaPositioned = context.positioned
        self._document.start(self)
        if front is not None:
            self._document.feed(front.story)
