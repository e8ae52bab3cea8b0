"""From a page of HTML to flowables: xhtml2pdf, with the two elements of our own that stand for tables and charts.

A page template places them by key. What they draw is made in table.py and charts.py, since the time that tables of the
HTML renderer take grows faster than their rows.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import xhtml2pdf.parser
from reportlab.lib.fonts import addMapping
from reportlab.platypus.flowables import Flowable
from xhtml2pdf.config.resources import ResourceAccessPolicy, render_budget, use_policy
from xhtml2pdf.context import pisaContext
from xhtml2pdf.default import MUST, STRING, TAGS
from xhtml2pdf.document import pisaStory
from xhtml2pdf.files import cleanFiles
from xhtml2pdf.tags import pisaTag
from xhtml2pdf.util import reset_caches

from exporters.formats.pdf.fonts import extra_faces, main_faces

# what it warns of quotes the page, and so the names of people
logging.getLogger("xhtml2pdf").setLevel(logging.CRITICAL)

PLACE: Final = "reportpart"
"""The element that a table or chart takes the place of; its key says which."""

# No file and no address is read: fonts are registered, pictures are in the page itself.
POLICY: Final = ResourceAccessPolicy(
    allow_remote=False,
    base_dir=None,
    max_local_bytes=4 * 1024 * 1024,
    max_image_pixels=25_000_000,
    max_render_seconds=None,  # it counts by the clock; allowance.py counts work, and the parent process has a clock
    max_document_bytes=4 * 1024 * 1024,
    max_depth=100,
    allow_remote_pdf_backgrounds=False,
)
Parts = Callable[[str], list[Flowable]]


class StoryContext(pisaContext):  # type: ignore[misc]
    """What one page of HTML is turned into flowables with; `parts` makes those of our own elements."""

    def __init__(self, parts: Parts, text: str) -> None:
        super().__init__("", capacity=-1)  # in memory: a temporary file is opened otherwise, and never closed
        self.parts = parts
        regular, bold = main_faces()
        for is_bold, face in ((0, regular), (1, bold)):
            for is_italic in (0, 1):
                addMapping(regular, is_bold, is_italic, face)
        self.registerFont(regular)
        for face in extra_faces(text):
            for is_bold, is_italic in ((0, 0), (0, 1), (1, 0), (1, 1)):
                addMapping(face, is_bold, is_italic, face)
            self.registerFont(face)


class _PartTag(pisaTag):  # type: ignore[misc]
    def start(self, context: StoryContext) -> None:
        context.addPara()
        for flowable in context.parts(self.attr.key):
            context.addStory(flowable)


# how the renderer finds elements: by name, in these two tables
TAGS[PLACE] = (1, {"key": (STRING, MUST)})
setattr(xhtml2pdf.parser, f"pisaTag{PLACE.upper()}", _PartTag)


@contextmanager
def rendering() -> Iterator[None]:
    """What the library wants around all work on a page: its rules of access, and its caches emptied afterwards."""
    try:
        with use_policy(POLICY), render_budget(POLICY):
            yield
    finally:
        cleanFiles()
        reset_caches()


def story_of(html: str, parts: Parts) -> StoryContext:
    """The flowables of a page (`.story`) and the frames it is laid in. RuntimeError: the renderer reports an error."""
    context = StoryContext(parts, html)
    pisaStory(html, context=context, encoding="utf-8", resource_policy=POLICY)
    if context.err:
        raise RuntimeError(f"the page could not be laid out: {context.log[:3]}")
    return context


def families(text: str) -> str:
    """The value of font-family with every face that the text needs."""
    return ", ".join([main_faces()[0], *extra_faces(text)])


def place(key: str) -> str:
    """The element for a part."""
    return f'<{PLACE} key="{key}"></{PLACE}>'
