"""Page x of y, written onto finished pages: the renderer could do it, but only by laying out everything twice."""

import io
from typing import BinaryIO

from exporters.fonts import measuring_font

_SIZE = 7.5
_RIGHT = 18 * 72 / 25.4
_BASELINE = 12.3 * 72 / 25.4
_COLOUR = "#6b7a89"


def number_pages(rendered: BinaryIO, out: BinaryIO) -> None:
    """Copy a PDF, with its metadata, and write "page x of y" at the foot of each page."""
    from pypdf import PdfReader, PdfWriter
    from reportlab.pdfgen.canvas import Canvas

    writer = PdfWriter(clone_from=rendered)
    total = len(writer.pages)
    drawn = io.BytesIO()
    canvas = Canvas(drawn)
    for number, page in enumerate(writer.pages, 1):
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        canvas.setPageSize((width, height))
        canvas.setFont(measuring_font(), _SIZE)
        canvas.setFillColor(_COLOUR)
        canvas.drawRightString(width - _RIGHT, _BASELINE, f"page {number} of {total}")
        canvas.showPage()
    canvas.save()
    for page, numbered in zip(writer.pages, PdfReader(drawn).pages, strict=True):
        page.merge_page(numbered)
        page.compress_content_streams()  # merging unpacked them
    writer.write(out)
