"""Files taken apart into what must be the same: members of archives and workbooks, and PDF without its moment."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Final

from tests.recorded.rules import Rules

PDF_MOMENTS: Final = (
    (re.compile(rb"/(CreationDate|ModDate) \(D:[^)]*\)"), rb"/\1 <now>"),  # when the file was made
    (re.compile(rb"/ID\s*\[\s*<[0-9a-f]+>\s*<[0-9a-f]+>\s*\]"), rb"/ID <id>"),  # a hash over the same
    (re.compile(rb"startxref\s+\d+"), b"startxref"),  # where in the file something is shifts with those
)
XLSX_MOMENT: Final = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")  # when the workbook was made


def parts(name: str, content: bytes, rules: Rules) -> Iterator[tuple[str, bytes]]:
    """The name and the bytes of each part of a file, in their order; the times in archives are left out."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                yield from parts(f"{name}/{member.filename}", archive.read(member), rules)
    elif content.startswith(b"%PDF"):
        for pattern, left in PDF_MOMENTS:
            content = pattern.sub(left, content)
        yield name, content
    elif name.endswith("docProps/core.xml"):
        yield name, XLSX_MOMENT.sub(rb"\1<now>", content)
    else:
        yield name, _text(content, rules)


def _text(content: bytes, rules: Rules) -> bytes:
    try:
        return rules.text(content.decode()).encode()
    except UnicodeDecodeError:
        return content
