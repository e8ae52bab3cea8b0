"""What is no bundle, or one that cannot be read, is refused with a sentence; the careful reader and its fast guard."""

import io
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.database import Database
from resolvers.bundle.records import records
from resolvers.bundle.tidiness import Quotes
from tests.support.bundle_case import VALID, Case, write_files

KNOWN = ", ".join(f"{name}.csv" for name in VALID)


@pytest.fixture
def case(database: Database, tmp_path: Path) -> Case:
    return Case(database, tmp_path)


def zipped(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


async def test_neither_folder_nor_zip(case: Case, tmp_path: Path) -> None:
    file = tmp_path / "bundle.csv"
    file.write_text("id\n")
    assert await case.refuse(file) == ["bundle.csv: is neither a folder nor a .zip file"]
    assert await case.refuse(tmp_path / "nowhere") == ["nowhere: there is no such file or folder"]


async def test_nothing_of_a_bundle_in_it(case: Case, tmp_path: Path) -> None:
    why = f"is not a source bundle: it holds none of {KNOWN}"
    folder = write_files(tmp_path / "empty", {"pupils": "id\n"})
    assert await case.refuse(folder) == [f"empty: {why}"]
    assert await case.refuse(zipped(tmp_path / "a.zip", {"x/y/schools.csv": b"id\n"})) == [f"a.zip: {why}"]


async def test_two_bundles_in_one(case: Case, tmp_path: Path) -> None:
    entries = {"a/schools.csv": b"id\n", "b/schools.csv": b"id\n"}
    assert await case.refuse(zipped(tmp_path / "a.zip", entries)) == [
        "a.zip: holds bundles in more than one folder: a, b"
    ]


@pytest.mark.parametrize("name", ["../schools.csv", "/schools.csv", "a/../schools.csv", "a\\schools.csv"])
async def test_paths_that_lead_out(case: Case, tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "a.zip", {name: b"id\n", "schools.csv": b"id\n"})
    assert await case.refuse(path) == [f"a.zip: holds a path that leads out of it: {name!r}"]


async def test_a_bomb(case: Case, tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"schools.csv": b"\n" * (65 * 2**20)})
    assert await case.refuse(path) == ["schools.csv: unpacks to more than 250 times its size, unlike a table"]


async def test_a_folder_as_large_as_no_zip_may_be(case: Case, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "large", {"schools": "id,name\nA,Ashby\n"})
    with (folder / "attendance.csv").open("wb") as file:
        file.truncate(8 * 2**30)  # nothing but a hole
    assert await case.refuse(folder) == ["large: holds more than 8 GB"]


@pytest.mark.parametrize("within", ["", "college"])
async def test_more_files_than_a_bundle_has(case: Case, tmp_path: Path, within: str) -> None:
    names = ["schools.csv", *(f"{number}.txt" for number in range(10_000))]
    folder = tmp_path / "many"
    (folder / within).mkdir(parents=True)
    for name in names:
        (folder / within / name).write_bytes(b"")
    packed = zipped(tmp_path / "many.zip", {f"{within}/{name}".strip("/"): b"" for name in names})
    why = f"holds 10001 files; a bundle has {len(VALID)} at most"
    assert await case.refuse(folder) == [f"many: {why}"]
    assert await case.refuse(packed) == [f"many.zip: {why}"]


async def test_a_damaged_zip(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("schools.csv", "id,name\nA,Ashby\n")
    path.write_bytes(path.read_bytes().replace(b"Ashby", b"Bshby"))
    assert await case.refuse(path) == ["schools.csv: cannot be read: Bad CRC-32 for file 'schools.csv'"]


async def test_an_encrypted_zip(case: Case, tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"schools.csv": b"id\n"})
    data = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + flags] |= 1
    path.write_bytes(bytes(data))
    assert await case.refuse(path) == ["schools.csv: is encrypted; a bundle is read without a password"]


async def test_a_folder_where_a_file_should_be(case: Case, tmp_path: Path) -> None:
    (tmp_path / "b" / "schools.csv").mkdir(parents=True)
    assert await case.refuse(tmp_path / "b") == ["schools.csv: is not a file"]


def test_records_are_read_with_the_line_they_begin_on() -> None:
    text = b'\xef\xbb\xbfa,b\r\n\r\n"x\ny",\n1,"say ""hi"""\n"open,\n2,\xff\n'
    assert [(r.line, r.next_line, r.end, r.cells, r.fault, r.fault_at) for r in records(io.BytesIO(text))] == [
        (1, 2, 8, ("a", "b"), "", 0),
        (3, 5, 17, ("x\ny", None), "", 0),
        (5, 6, 32, ("1", 'say "hi"'), "", 0),
        (6, 7, 39, (), "a quote is opened and never closed", 0),
        (7, 8, 43, (), "is not UTF-8 text: byte 0xff", 1),
    ]


def test_an_endless_line_is_one_bad_row() -> None:
    text = b"a\n" + b"x" * (5 * 2**20) + b"\nb\n"
    found = [(r.line, r.cells, r.fault) for r in records(io.BytesIO(text))]
    assert found == [(1, ("a",), ""), (2, (), "the row is longer than 1,048,576 bytes"), (3, ("b",), "")]


CSV = st.text(alphabet='a",\n\r', max_size=40).map(str.encode)


@given(text=CSV, cuts=st.lists(st.integers(0, 40), max_size=4))
def test_the_guard_passes_exactly_what_the_careful_reader_finds_in_order(text: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    quotes = Quotes()
    tidy = all(quotes.feed(text[start:end]) for start, end in pairwise(places))
    assert (tidy and quotes.finish()) == (not any(record.fault for record in records(io.BytesIO(text))))
