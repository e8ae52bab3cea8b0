"""CSV exports read back with the csv module of Python, strictly."""

import csv
import io
from zipfile import ZipFile

from exporters import Cover, Document
from exporters.formats.csv import FORMAT


def made(cover: Cover, *documents: Document) -> bytes:
    """The file, as it is written."""
    out = io.BytesIO()
    FORMAT.write(cover, documents, out)
    return out.getvalue()


def read_lines(content: bytes, separator: str = ",") -> list[list[str]]:
    """The lines of one CSV file, the header first."""
    return list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True, delimiter=separator))


def read_records(content: bytes) -> list[dict[str, str]]:
    """The lines of one CSV file under the names of its header."""
    header, *lines = read_lines(content)
    return [dict(zip(header, line, strict=True)) for line in lines]


def read_tables(content: bytes) -> dict[str, list[dict[str, str]]]:
    """The lines of every file in a .zip, by its name without .csv."""
    with ZipFile(io.BytesIO(content)) as files:
        assert files.testzip() is None
        return {name.removesuffix(".csv"): read_records(files.read(name)) for name in files.namelist()}
