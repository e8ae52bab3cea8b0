"""Reports that are asked for separately come as a file each, in a .zip that says what is in it."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporters import (
    Column,
    Cover,
    Document,
    FileType,
    Format,
    Layout,
    Options,
    UnrenderableError,
    Writer,
    all_formats,
    as_asked,
    file_type,
    open_writer,
)
from tests.support.csv_files import read_lines, read_tables
from tests.support.documents import FIGURES, HOSTILE, cover, document, table, with_record

SEPARATE = Options(layout=Layout.SEPARATE)
FIRST = replace(document(table(("Anna",))), school_name="North")
SECOND = replace(document(table(("Bo",)), name="Colour"), subject_source_id="CO-1")
THIRD = replace(FIRST, revision=3)
COURSE = "COURSE,WE-1,Welding,North,2026-03,2026-03-01,2026-03-31"


class Sheet:
    """Writes the name of the subject of each report, and what its cover says."""

    def __init__(self, cover: Cover, out: BinaryIO) -> None:
        self._out = out
        figures = " ".join(column.key for column in cover.figures)
        said = (cover.title, cover.count, cover.matching, cover.notes, cover.options.layout.value, figures)
        self._out.write(f"{said}\n".encode())

    def add(self, document: Document) -> None:
        """See Writer."""
        if document.subject_name == "broken":
            raise UnrenderableError("It is broken.")
        self._out.write(ascii(document.subject_name).encode())

    def close(self) -> None:
        """See Writer."""
        self._out.write(b"\nend")


SHEETS = Format("SHEET", "A sheet.", lambda _cover: FileType(".txt", "text/plain"), Sheet)


def of(documents: Sequence[Document], **more: object) -> Cover:
    return replace(cover(count=len(documents), matching=len(documents), options=SEPARATE), **more)  # type: ignore[arg-type]


def archived(made: Format, documents: Sequence[Document], **more: object) -> bytes:
    """The .zip of the documents in that format."""
    out = io.BytesIO()
    whole = of(documents, **more)
    as_asked(made, whole).write(whole, documents, out)
    return out.getvalue()


def test_a_single_report_and_reports_together_need_no_archive() -> None:
    for asked in (cover(options=SEPARATE), cover(count=2, matching=2)):
        assert as_asked(SHEETS, asked) is SHEETS
    assert file_type("PDF", cover(options=SEPARATE)).suffix == ".pdf"
    assert file_type("PDF", of([FIRST, SECOND])) == FileType(".zip", "application/zip")


def test_each_report_is_a_file() -> None:
    figures = tuple(Column(figure.key, figure.label, figure.kind) for figure in FIGURES)
    other = Column("starts", "Starts", figures[0].kind)

    with ZipFile(io.BytesIO(archived(SHEETS, [FIRST, SECOND], figures=(other, *figures)))) as files:
        assert files.testzip() is None
        told = "attendanceRate absenceRate expected averageMinutesLate passRate"
        assert {name: files.read(name).decode().splitlines() for name in files.namelist()[:-1]} == {
            "course-Welding-2026-03.txt": [str(("Welding, March", 1, 1, (), "TOGETHER", told)), "'Welding'", "end"],
            "course-Colour-2026-03.txt": [str(("Welding, March", 1, 1, (), "TOGETHER", told)), "'Colour'", "end"],
        }
        assert {entry.date_time for entry in files.infolist()} == {(2026, 4, 1, 8, 0, 0)}
        assert {entry.external_attr >> 16 for entry in files.infolist()} == {0o100644}
        assert {entry.compress_type for entry in files.infolist()} == {ZIP_DEFLATED}


def test_the_contents_say_which_file_is_which() -> None:
    with ZipFile(io.BytesIO(archived(SHEETS, [FIRST, THIRD, SECOND]))) as files:
        assert files.namelist()[-1] == "contents.csv"
        assert files.read("contents.csv").decode() == (
            "file,kind,subjectId,subject,school,period,periodFrom,periodTo,revision\r\n"
            f"course-Welding-2026-03.txt,{COURSE},2\r\n"
            f"course-Welding-2026-03-2.txt,{COURSE},3\r\n"
            "course-Colour-2026-03.txt,COURSE,CO-1,Colour,,2026-03,2026-03-01,2026-03-31,2\r\n"
        )


def test_what_is_to_be_known_of_the_whole_is_in_it() -> None:
    cut = "Only 2 of 3 reports are in this file."

    asked = (("Kinds", "Course"), ("From", date(2026, 3, 1)))

    whole = archived(SHEETS, [FIRST, SECOND], matching=3, notes=(cut, "b\x07"), filters=asked)
    with ZipFile(io.BytesIO(whole)) as files:
        assert files.namelist()[-2:] == ["contents.csv", "notes.txt"]
        told = files.read("notes.txt").decode()
    assert told == f"Welding, March\n\nKinds: Course\nFrom: Mar 1, 2026\n{cut}\nb\n"


def test_an_archive_of_no_reports() -> None:
    with ZipFile(io.BytesIO(archived(SHEETS, []))) as files:
        assert files.namelist() == ["contents.csv"]
        assert len(read_lines(files.read("contents.csv"))) == 1


def test_csv_files_of_a_report_are_a_folder() -> None:
    tables = read_tables(archived(all_formats()["CSV"], [FIRST, SECOND]))

    assert list(tables)[:2] == ["course-Welding-2026-03/about", "course-Welding-2026-03/reports"]
    assert [line["name"] for line in tables["course-Welding-2026-03/trainees"]] == ["Anna"]
    assert [line["name"] for line in tables["course-Colour-2026-03/trainees"]] == ["Bo"]
    assert [line["note"] for line in tables["course-Colour-2026-03/notes"]] == ["E-mail addresses were left out."]
    assert [line["file"] for line in tables["contents"]] == ["course-Welding-2026-03/", "course-Colour-2026-03/"]


def test_one_table_of_each_report() -> None:
    options = replace(SEPARATE, table="trainees", byte_order_mark=True)
    with ZipFile(io.BytesIO(archived(all_formats()["CSV"], [FIRST, SECOND], options=options))) as files:
        assert files.namelist() == ["course-Welding-2026-03.csv", "course-Colour-2026-03.csv", "contents.csv"]
        assert {files.read(name)[:3] for name in files.namelist()} == {b"\xef\xbb\xbf"}


@pytest.mark.parametrize(
    ("name", "suffix", "compression"),
    [("JSON", ".json", ZIP_DEFLATED), ("PDF", ".pdf", ZIP_STORED), ("XLSX", ".xlsx", ZIP_STORED)],
)
def test_every_format_can_be_archived(name: str, suffix: str, compression: int) -> None:
    out = io.BytesIO()
    documents = [with_record(FIRST), with_record(SECOND)]
    writer: Writer = open_writer(name, of(documents), out)
    for one in documents:
        writer.add(one)
    writer.close()

    with ZipFile(out) as files:
        entries = files.infolist()[:2]
        assert [entry.filename for entry in entries] == [
            f"course-{subject}-2026-03{suffix}" for subject in ("Welding", "Colour")
        ]
        assert {entry.compress_type for entry in entries} == {compression}
        alone = io.BytesIO()
        all_formats()[name].write(cover(options=Options()), [documents[1]], alone)
        if name == "JSON":
            assert files.read(entries[1]) == alone.getvalue()
        assert files.read(entries[1])[:4] == alone.getvalue()[:4]


def test_the_same_reports_are_the_same_bytes() -> None:
    assert archived(SHEETS, [FIRST, SECOND]) == archived(SHEETS, [FIRST, SECOND])


@settings(max_examples=20)
@given(st.lists(st.sampled_from(HOSTILE) | st.text(), min_size=2, max_size=6))
def test_any_names_give_files_that_can_be_unpacked(names: list[str]) -> None:
    documents = [document(name=name) for name in names]

    with ZipFile(io.BytesIO(archived(SHEETS, documents))) as files:
        assert len({name.casefold() for name in files.namelist()}) == len(names) + 1
        listed = [line[0] for line in read_lines(files.read("contents.csv"))[1:]]
        assert listed == files.namelist()[:-1]


def test_files_may_be_longer_than_old_zips_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 50)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)

    content = archived(SHEETS, [FIRST, SECOND])

    with ZipFile(io.BytesIO(content)) as files:
        assert files.testzip() is None
        assert len(files.read("course-Colour-2026-03.txt").splitlines()) == 3
        assert files.getinfo("course-Colour-2026-03.txt").extract_version == 45


def test_a_report_that_cannot_be_written_leaves_no_whole_archive(tmp_path: Path) -> None:
    before = psutil.Process().num_fds()
    documents = [FIRST, document(name="broken")]

    with (tmp_path / "file").open("wb") as out, pytest.raises(UnrenderableError, match="It is broken"):
        as_asked(SHEETS, of(documents)).write(of(documents), documents, out)

    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert not zipfile.is_zipfile(tmp_path / "file")
    assert psutil.Process().num_fds() == before
