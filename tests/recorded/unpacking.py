"""Files taken apart into what must be the same: members of archives and workbooks, and PDF without its moment."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from pypdf import PdfReader

from tests.recorded.rules import Rules

PDF_MOMENTS: Final = (
    (re.compile(rb"/(CreationDate|ModDate) \(D:[^)]*\)"), rb"/\1 <now>"),  # when the file was made
    (re.compile(rb"/ID\s*\[\s*<[0-9a-f]+>\s*<[0-9a-f]+>\s*\]"), rb"/ID <id>"),  # a hash over the same
    (re.compile(rb"startxref\s+\d+"), b"startxref"),  # where in the file something is shifts with those
)
SERIAL: Final = re.compile(rb"<v>(\d{5}\.\d+)</v>")  # moments in cells, as days since the end of 1899
XLSX_MOMENT: Final = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")  # when the workbook was made


def parts(name: str, content: bytes, rules: Rules) -> Iterator[tuple[str, bytes]]:
    """The name and the bytes of each part of a file, in their order; the times in archives are left out."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                yield from parts(f"{name}/{member.filename}", archive.read(member), rules)
    elif content.startswith(b"%PDF"):
        yield from _of_pdf(name, content, rules)
    elif name.endswith("docProps/core.xml"):
        yield name, XLSX_MOMENT.sub(rb"\1<now>", content)
    elif name.endswith(".xml"):
        left = SERIAL.sub(lambda match: b"<v><now></v>" if rules.is_now(_moment(match[1])) else match[0], content)
        yield name, _text(left, rules)
    else:
        yield name, _text(content, rules)


def _moment(serial: bytes) -> datetime:
    return datetime(1899, 12, 30, tzinfo=UTC) + timedelta(days=float(serial))


def _of_pdf(name: str, content: bytes, rules: Rules) -> Iterator[tuple[str, bytes]]:
    """All bytes; where a page says when the file was made, what each page draws, and of that page the text."""
    pages = PdfReader(io.BytesIO(content)).pages
    texts = [page.extract_text() for page in pages]
    left = [rules.said(text) for text in texts]
    if texts == left:
        for pattern, kept in PDF_MOMENTS:
            content = pattern.sub(kept, content)
        yield name, content
        return
    for number, (page, text, kept_text) in enumerate(zip(pages, texts, left, strict=True), 1):
        drawn = page.get_contents()
        yield f"{name}/page {number}", kept_text.encode()
        if text == kept_text and drawn is not None:
            yield f"{name}/page {number}, drawn", drawn.get_data()


def _text(content: bytes, rules: Rules) -> bytes:
    try:
        return rules.said(content.decode()).encode()
    except UnicodeDecodeError:
        return content
