"""JSON holds the record it is given, whole; several are JSON Lines, and what the file has to say is in every line."""

import io
import json
import math
import tracemalloc
from dataclasses import replace
from decimal import Decimal
from typing import Any, BinaryIO

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters import Cover, FileType, all_formats
from exporters.formats.json import writable
from exporters.text import encodable
from tests.support.documents import cover, document, record_of, table, with_record, written

JSON = all_formats()["JSON"]
ANNOUNCED = "The limit of a file is 2 reports: it holds the first 2 of the 3 that were asked for."

TEXTS = st.text(st.characters(exclude_categories=()))
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | DECIMALS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def made_of(record: dict[str, Any] | None, of: Cover | None = None) -> bytes:
    out = io.BytesIO()
    JSON.write(of or cover(), [replace(document(), record=record)], out)
    return out.getvalue()


def lines(file: bytes) -> list[Any]:
    return [json.loads(line) for line in file.splitlines()]


def test_one_report_is_one_object_in_one_line() -> None:
    report = document(table(("Anna", "José")))

    file = written("JSON", report).getvalue()

    assert file == orjson.dumps(record_of(report)) + b"\n"
    assert JSON.file_type(cover()) == FileType(".json", "application/json")


def test_several_are_json_lines_in_their_order() -> None:
    reports = [document(name=f"Course {n}") for n in range(3)]

    file = written("JSON", *reports).getvalue()

    assert lines(file) == [record_of(report) for report in reports]
    assert JSON.file_type(cover(count=3, matching=3)) == FileType(".jsonl", "application/jsonl")


def test_a_file_of_no_report_is_json_lines_without_a_line() -> None:
    of = cover(count=0, matching=0)

    assert written("JSON", of=of).getvalue() == b""
    assert JSON.file_type(of).suffix == ".jsonl"


@pytest.mark.parametrize("count", [1, 2])
def test_what_the_file_has_to_say_begins_the_notes_of_every_report(count: int) -> None:
    of = cover(count=count, matching=3, notes=(ANNOUNCED, "Another \ud800."))
    reports = [document(name=f"Course {n}") for n in range(count)]

    told = lines(written("JSON", *reports, of=of).getvalue())

    notes = [ANNOUNCED, "Another \ufffd.", "E-mail addresses were left out."]
    assert told == [{**record_of(report), "notes": notes} for report in reports]
    assert [list(one) for one in told] == [list(record_of(report)) for report in reports]


def test_a_report_without_notes_of_its_own_has_those_of_the_file() -> None:
    assert lines(made_of({"notes": None}, cover(notes=("Read this.",)))) == [{"notes": ["Read this."]}]


def test_a_document_without_a_record_is_a_mistake_of_ours_and_nothing_is_written() -> None:
    out = io.BytesIO()

    with pytest.raises(ValueError, match="'Welding, March' has no record"):
        JSON.write(cover(), [document()], out)
    assert out.getvalue() == b""


@pytest.mark.parametrize("length", [0, 1, 999, 1000, 1001, 2000, 2001])
def test_no_item_is_lost_where_a_long_list_is_cut(length: int) -> None:
    record = {"before": 1, "timeline": [{"n": n} for n in range(length)], "after": []}

    assert made_of(record) == orjson.dumps(record) + b"\n"


def test_what_json_does_not_have() -> None:
    record = {
        "rates": [math.nan, math.inf, -math.inf, 0.8170963741328, 1 / 3],
        "whole": [2**63, 2**64 - 1, -(2**63), 2**64, -(2**63) - 1],
        "exact": [Decimal("0.25"), Decimal(7), Decimal("NaN")],
        "name": "lone \ud800 surrogate",
        "control": "bell\x07 null\x00 \u2028",
        "long": "x" * 40_000,
    }

    assert lines(made_of(record)) == [
        {
            "rates": [None, None, None, 0.8170963741328, 1 / 3],
            "whole": [2**63, 2**64 - 1, -(2**63), str(2**64), str(-(2**63) - 1)],
            "exact": [0.25, 7, None],
            "name": "lone \ufffd surrogate",
            "control": "bell\x07 null\x00 \u2028",
            "long": "x" * 40_000,
        }
    ]


def read_back(value: Any) -> Any:
    """What a reader finds where this was written."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, list):
        return [read_back(held) for held in value]
    if isinstance(value, dict):
        return {encodable(key): read_back(held) for key, held in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Decimal) and value != value.to_integral_value():
        return float(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | Decimal):
        return int(value) if -(2**63) <= value < 2**64 else str(int(value))
    return value


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_anything_arrives_as_json(record: dict[str, Any]) -> None:
    (arrived,) = lines(made_of(record))

    assert arrived == read_back(record)
    assert orjson.loads(orjson.dumps(writable(record))) == read_back(record)


class Nowhere(io.RawIOBase):
    """Counts what is written and forgets it."""

    length = 0

    def writable(self) -> bool:
        return True

    def write(self, some: Any) -> int:
        self.length += len(some)
        return len(some)


def test_memory_holds_some_reports_not_all() -> None:
    names, count = tuple(f"Trainee {n}" for n in range(200)), 150
    nowhere = Nowhere()
    out: BinaryIO = nowhere  # type: ignore[assignment]

    tracemalloc.start()
    JSON.write(cover(count=count, matching=count), (with_record(document(table(names))) for _ in range(count)), out)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert nowhere.length == count * (len(orjson.dumps(record_of(document(table(names))))) + 1)
    assert most < nowhere.length / 5
