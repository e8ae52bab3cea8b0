"""JSON: the report as one object, written in pieces so that a long table never stands in memory twice.

    {title, kind, subject: {sourceId, name}, period: {name, from, to}, timeZone, generatedAt, generatedBy, revision,
     policy: {…}, metrics: {attendanceRate: 0.8170962…}, notes: […], tables: {key: [{column: value}]}}

Numbers keep every digit. Not-a-number and the infinities, which JSON does not have, are null.
"""

from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO

import orjson

from exporters.cover import Cover
from exporters.document import Cell, Document, Table
from exporters.format import FileType, Format
from exporters.text import encodable

_ROWS_AT_ONCE = 1000
_LARGEST_INTEGER = 2**63 - 1


def cell(value: Cell) -> Cell:
    """A value that orjson writes as it is."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            return None
        return cell(int(value)) if value == value.to_integral_value() else float(value)
    if isinstance(value, int) and abs(value) > _LARGEST_INTEGER:
        return str(value)
    return value


def write(document: Document, out: BinaryIO) -> None:
    """Write the document as JSON."""
    head: dict[str, Any] = {
        "title": cell(document.title),
        "kind": document.kind,
        "subject": {"sourceId": cell(document.subject_source_id), "name": cell(document.subject_name)},
        "period": {"name": cell(document.period_name), "from": document.period_from, "to": document.period_to},
        "timeZone": document.time_zone,
        "generatedAt": document.generated_at,
        "generatedBy": cell(document.generated_by),
        "revision": document.revision,
        "policy": {encodable(label): cell(value) for label, value in document.policy},
        "metrics": {figure.key: cell(figure.value) for figure in document.figures},
        "notes": [cell(note) for note in document.notes],
    }
    out.write(orjson.dumps(head)[:-1] + b',"tables":{')
    for number, table in enumerate(document.tables):
        out.write((b"," if number else b"") + orjson.dumps(encodable(table.key)) + b":[")
        _write_rows(table, out)
        out.write(b"]")
    out.write(b"}}\n")


def _write_rows(table: Table, out: BinaryIO) -> None:
    keys = [encodable(column.key) for column in table.columns]
    rows = iter(table.rows)
    separator = b""
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        objects = [dict(zip(keys, map(cell, row), strict=True)) for row in some]
        out.write(separator + orjson.dumps(objects)[1:-1])
        separator = b","


class JsonWriter:
    """Writes documents as JSON."""

    def __init__(self, _cover: Cover, out: BinaryIO) -> None:
        self._out = out

    def add(self, document: Document) -> None:
        """See Writer."""
        write(document, self._out)

    def close(self) -> None:
        """See Writer."""


FORMAT = Format(
    name="JSON",
    description="The report in the shape in which the API gives it.",
    file_type=lambda _cover: FileType(".json", "application/json"),
    open=JsonWriter,
)
