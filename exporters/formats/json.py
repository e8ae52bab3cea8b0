"""JSON: a report in the shape in which the API gives it (docs/report.graphql), one object in a line.

Of one report that is a .json file; of several it is JSON Lines, one report a line, for which `application/jsonl` is the
usual media type (none is registered). What the cover has to say begins the `notes` of every report: all lines have the
same keys, so that they load as a table, and none can be read without it.

Numbers keep every digit. Not-a-number and the infinities, which JSON does not have, are null; a whole number of more
than 64 bits is text; a lone surrogate, which UTF-8 does not have, is U+FFFD.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, BinaryIO

import orjson

from exporters.cover import Cover
from exporters.document import Document
from exporters.format import FileType, Format
from exporters.text import encodable

JSON = FileType(".json", "application/json")
JSON_LINES = FileType(".jsonl", "application/jsonl")

_ITEMS_AT_ONCE = 1000
_INTEGERS = range(-(2**63), 2**64)


class JsonWriter:
    """Writes each document's record as a line, a long list in pieces, so that it never stands in memory twice."""

    def __init__(self, cover: Cover, out: BinaryIO) -> None:
        self._notes = list(cover.notes)
        self._out = out

    def add(self, document: Document) -> None:
        """See Writer. ValueError: a document without a record."""
        if document.record is None:
            raise ValueError(f"the document {document.title!r} has no record, which JSON is made of")
        record = document.record
        if self._notes:
            record = {**record, "notes": [*self._notes, *(record["notes"] or ())]}
        self._out.writelines(_pieces(record))

    def close(self) -> None:
        """See Writer."""


def _pieces(record: Mapping[str, Any]) -> Iterator[bytes]:
    """The record as one line of JSON."""
    before = b"{"
    for key, value in record.items():
        yield before + _dumped(key) + b":"
        if isinstance(value, list) and len(value) > _ITEMS_AT_ONCE:
            yield from _list(value)
        else:
            yield _dumped(value)
        before = b","
    yield (b"}\n" if record else b"{}\n")


def _list(items: list[Any]) -> Iterator[bytes]:
    for start in range(0, len(items), _ITEMS_AT_ONCE):
        yield (b"," if start else b"[") + _dumped(items[start : start + _ITEMS_AT_ONCE])[1:-1]
    yield b"]"


def _dumped(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # there is something in it that orjson does not write; that is rare, so it is looked for only now
        return orjson.dumps(writable(value))


def writable(value: Any) -> Any:
    """The value with all that orjson does not write replaced."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, Mapping):
        return {encodable(key): writable(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [writable(held) for held in value]
    if isinstance(value, Decimal):
        if not value.is_finite():
            return None
        return writable(int(value)) if value == value.to_integral_value() else float(value)
    if isinstance(value, int) and value not in _INTEGERS:
        return str(value)
    return value


FORMAT = Format(
    name="JSON",
    description="The report in the shape in which the API gives it; several as JSON Lines, one a line.",
    file_type=lambda cover: JSON_LINES if cover.many else JSON,
    open=JsonWriter,
    takes_record=True,
)
