"""A CSV export is a .zip of tables that load without cleaning, or one of them."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import psutil
import pytest

from exporters import (
    Cell,
    Column,
    Cover,
    Document,
    FileType,
    Kind,
    Options,
    Separator,
    Style,
    Table,
    UnrenderableError,
    Words,
)
from exporters.formats.csv import FORMAT
from exporters.formats.csv import table as csv_table
from tests.support.csv_files import made, read_lines, read_records, read_tables
from tests.support.documents import FIGURES, cover, document, table

FIRST = replace(document(table(("Anna", "Bo, the 2nd"))), school_name="North")
SECOND = replace(document(table(("Cem",)), name="Colour"), subject_source_id="CO-1", revision=1, notes=())
CUT = cover(
    count=2,
    matching=3,
    figures=tuple(Column(figure.key, figure.label, figure.kind, figure.unit) for figure in FIGURES),
    filters=(("Kind", "COURSE"), ("From", FIRST.period_from)),
    notes=("Only 2 of 3 reports are in this file.",),
)
BELONGING = ["kind", "subjectId", "subject", "school", "period", "periodFrom", "periodTo", "revision"]
OF_FIRST = ["COURSE", "WE-1", "Welding", "North", "2026-03", "2026-03-01", "2026-03-31", "2"]
OF_SECOND = ["COURSE", "CO-1", "Colour", "", "2026-03", "2026-03-01", "2026-03-31", "1"]
LEFT_OUT = "E-mail addresses were left out."
CSV, ZIP = FileType(".csv", "text/csv; charset=utf-8"), FileType(".zip", "application/zip")


def only(key: str, of: Cover = CUT) -> Cover:
    return replace(of, options=Options(table=key))


def split(column: str, key: str = "breakdown") -> Table:
    """A table as reports of different kinds have it."""
    columns = (
        Column(f"{column}Id", "Id", Kind.TEXT),
        Column(column, "Name", Kind.TEXT),
        Column("rate", "Rate", Kind.RATE),
    )
    return Table(key, "By …", columns, ((f"{column}-1", "a\nb", 0.5), (None, "Other", None)))


def test_it_is_a_zip_unless_one_table_is_wanted() -> None:
    assert (FORMAT.file_type(cover()), FORMAT.file_type(only("bands"))) == (ZIP, CSV)


def test_every_table_is_a_file_of_the_zip() -> None:
    tables = read_tables(made(CUT, FIRST, SECOND))

    assert list(tables) == ["about", "reports", "figures", "policy", "notes", "trainees", "columns"]
    assert [tuple(line.values()) for line in tables["about"]] == [
        ("title", "Title", "Welding, March"),
        ("madeAt", "Made at", "2026-04-01T08:00:00+00:00"),
        ("madeBy", "Made by", "Maria Principal"),
        ("timeZone", "Time zone", "UTC"),
        ("reports", "Reports in this file", "2"),
        ("matching", "Reports that were asked for", "3"),
        ("filter", "Kind", "COURSE"),
        ("filter", "From", "2026-03-01"),
    ]
    assert list(tables["reports"][0]) == [
        *BELONGING, "generatedAt", "generatedBy", "attendanceRate", "absenceRate", "expected", "averageMinutesLate",
        "passRate",
    ]  # fmt: skip
    said = ["2026-04-01T09:30:00+02:00", "Maria Principal"]
    figures = ["0.8170963741328", "0.3333333333333333", "14023", "7.416666666666667", ""]
    assert [list(line.values()) for line in tables["reports"]] == [
        [*OF_FIRST, *said, *figures],
        [*OF_SECOND, *said, *figures],
    ]
    assert list(tables["figures"][0]) == [*BELONGING, "key", "label", "value", "valueKind", "unit", "description"]
    assert [list(line.values())[8:] for line in tables["figures"][:4]] == [
        ["attendanceRate", "Attendance", figures[0], "RATE", "", "Weighted marks over expected marks."],
        ["absenceRate", "Absence", figures[1], "RATE", "", ""],
        ["expected", "Expected marks", figures[2], "INTEGER", "", ""],
        ["averageMinutesLate", "Minutes late", figures[3], "MINUTES", "min", ""],
    ]
    assert [line["subject"] for line in tables["figures"]] == ["Welding"] * 5 + ["Colour"] * 5
    assert [(line["subject"], line["rule"], line["value"]) for line in tables["policy"]] == [
        (subject, rule, value)
        for subject in ("Welding", "Colour")
        for rule, value in (("Weight of LATE", "1"), ("At risk below", "0.8"), ("EXCUSED counts", "true"))
    ]
    assert [list(line.values()) for line in tables["notes"]] == [
        [*[""] * 8, "Only 2 of 3 reports are in this file."],
        [*OF_FIRST, LEFT_OUT],
    ]


def test_rows_of_different_reports_stand_below_each_other() -> None:
    lines = read_tables(made(CUT, FIRST, SECOND))["trainees"]

    keys = ["name", "expected", "attendanceRate", "averageMinutesLate", "heldOn", "seenAt"]
    assert list(lines[0]) == [*BELONGING, *keys]
    assert [list(line.values()) for line in lines] == [
        [*OF_FIRST, "Anna", "0", "0.0", "", "2026-03-01", "2026-07-01T10:00:00+02:00"],
        [*OF_FIRST, "Bo, the 2nd", "1", repr(1 / 97), repr(1 / 7), "2026-03-01", "2026-07-01T10:01:00+02:00"],
        [*OF_SECOND, "Cem", "0", "0.0", "", "2026-03-01", "2026-07-01T10:00:00+02:00"],
    ]


def test_what_the_columns_mean_is_in_a_file_too() -> None:
    lines = read_tables(made(CUT, FIRST))["columns"]

    assert [list(line.values()) for line in lines if line["file"] == "trainees.csv"][7:] == [
        ["trainees.csv", "Trainees", "revision", "Revision", "INTEGER", ""],
        ["trainees.csv", "Trainees", "name", "Trainee", "TEXT", ""],
        ["trainees.csv", "Trainees", "expected", "Expected", "INTEGER", ""],
        ["trainees.csv", "Trainees", "attendanceRate", "Attendance", "RATE", ""],
        ["trainees.csv", "Trainees", "averageMinutesLate", "Average lateness", "MINUTES", "min"],
        ["trainees.csv", "Trainees", "heldOn", "Held on", "DATE", ""],
        ["trainees.csv", "Trainees", "seenAt", "Seen at", "DATETIME", ""],
    ]
    with ZipFile(io.BytesIO(made(CUT, FIRST))) as files:
        told = {name: [line["column"] for line in lines if line["file"] == name] for name in files.namelist()[:-1]}
        assert told == {name: read_lines(files.read(name))[0] for name in files.namelist()[:-1]}


def test_a_file_of_no_reports_has_the_same_tables() -> None:
    tables = read_tables(made(cover(count=0, matching=0)))

    assert {name: len(lines) for name, lines in tables.items()} == {
        "about": 6, "reports": 0, "figures": 0, "policy": 0, "notes": 0, "columns": 46,
    }  # fmt: skip


def test_tables_with_other_columns_are_files_of_their_own() -> None:
    tables = read_tables(
        made(cover(count=3), document(split("department")), document(split("course")), document(split("course")))
    )

    assert [name for name in tables if name.startswith("breakdown")] == ["breakdown-department", "breakdown-course"]
    assert [line["departmentId"] for line in tables["breakdown-department"]] == ["department-1", ""]
    assert [line["courseId"] for line in tables["breakdown-course"]] == ["course-1", "", "course-1", ""]
    assert {line["file"] for line in tables["columns"]} == {f"{name}.csv" for name in tables} - {"columns.csv"}


def test_files_of_a_table_are_called_by_what_they_do_not_share() -> None:
    name, id_ = Column("name", "Name", Kind.TEXT), Column("traineeId", "Id", Kind.TEXT)
    documents = [document(Table("bands", "Bands", columns, ())) for columns in ((name,), (name, id_))]

    assert list(read_tables(made(cover(count=2), *documents)))[5:7] == ["bands", "bands-traineeId"]


def test_a_table_alone_has_the_columns_of_all() -> None:
    whole = only("breakdown", cover(count=2, matching=2))
    header, *lines = read_lines(made(whole, document(split("department")), replace(SECOND, tables=(split("course"),))))

    assert header == [*BELONGING, "departmentId", "department", "rate", "fileNotes", "courseId", "course"]
    assert [line[2:3] + line[8:] for line in lines] == [
        ["Welding", "department-1", "a\nb", "0.5", LEFT_OUT, "", ""],
        ["Welding", "", "Other", "", LEFT_OUT, "", ""],
        ["Colour", "", "", "0.5", "", "course-1", "a\nb"],
        ["Colour", "", "", "", "", "", "Other"],
    ]


def test_a_table_alone_says_what_is_not_in_it() -> None:
    header, *lines = read_lines(made(only("trainees"), FIRST, SECOND))

    assert header == [*BELONGING, *(column.key for column in FIRST.tables[0].columns), "fileNotes"]
    assert [line[-1] for line in lines] == [
        f"Only 2 of 3 reports are in this file. {LEFT_OUT}",
        f"Only 2 of 3 reports are in this file. {LEFT_OUT}",
        "Only 2 of 3 reports are in this file.",
    ]


@pytest.mark.parametrize("key", ["about", "reports", "figures", "policy", "notes", "columns", "trainees"])
def test_each_table_can_be_had_alone(key: str) -> None:
    in_zip = read_tables(made(CUT, FIRST, SECOND))[key]
    alone = read_records(made(only(key), FIRST, SECOND))

    said = [line.pop("fileNotes", None) for line in alone]
    assert alone == in_zip
    assert all(text is None for text in said) == (key in {"about", "notes", "columns"})


def test_a_table_nobody_has_is_refused_and_nothing_written() -> None:
    out = io.BytesIO()
    writer = FORMAT.open(only("bands"), out)
    writer.add(FIRST)

    with pytest.raises(UnrenderableError) as refused:
        writer.close()

    there = "about, reports, figures, policy, notes, trainees, columns"
    assert refused.value.sentence == f"These reports have no table bands. There are: {there}."
    assert out.getvalue() == b""


def test_lines_end_as_rfc_4180_asks() -> None:
    content = made(only("policy"), replace(FIRST, policy=(('say "a"', "b\r\nc,d"), ("e", None))))

    start = b"COURSE,WE-1,Welding,North,2026-03,2026-03-01,2026-03-31,2,"
    end = b",Only 2 of 3 reports are in this file. E-mail addresses were left out.\r\n"
    header = ",".join((*BELONGING, "rule", "value", "fileNotes"))
    assert content == (header.encode() + b"\r\n" + start + b'"say ""a""","b\nc,d"' + end + start + b"e," + end)


def test_the_byte_order_mark_is_at_the_start_of_every_file() -> None:
    marked = replace(CUT, options=Options(byte_order_mark=True))
    with ZipFile(io.BytesIO(made(marked, FIRST))) as files, ZipFile(io.BytesIO(made(CUT, FIRST))) as plain:
        for name in files.namelist():
            assert files.read(name) == b"\xef\xbb\xbf" + plain.read(name)

    alone = Options(byte_order_mark=True, table="trainees")
    assert made(replace(CUT, options=alone), FIRST) == b"\xef\xbb\xbf" + made(only("trainees"), FIRST)


@pytest.mark.parametrize(
    ("separator", "locale", "sign", "decimal"),
    [
        (Separator.SEMICOLON, "en", ";", "."),
        (Separator.SEMICOLON, "de", ";", "."),
        (Separator.TAB, "en", "\t", "."),
        (Separator.LOCALE, "en-GB", ",", "."),
        (Separator.LOCALE, "de-DE", ";", ","),
        (Separator.LOCALE, "fr", ";", ","),
        (Separator.LOCALE, "pt-BR", ";", ","),
        (Separator.LOCALE, "ar", ",", "."),
        (Separator.LOCALE, "ar-DZ", ";", ","),
    ],
)
def test_every_file_has_the_separator_that_was_chosen(
    separator: Separator, locale: str, sign: str, decimal: str
) -> None:
    whole = replace(CUT, style=Style(words=Words(locale)))
    chosen = replace(whole, options=Options(separator=separator))
    numeric = re.compile(r"-?\d+\.\d+")
    with (
        ZipFile(io.BytesIO(made(chosen, FIRST, SECOND))) as files,
        ZipFile(io.BytesIO(made(whole, FIRST, SECOND))) as plain,
    ):
        assert files.namelist() == plain.namelist()
        for name in files.namelist():
            wanted = [
                [cell.replace(".", decimal) if numeric.fullmatch(cell) else cell for cell in line]
                for line in read_lines(plain.read(name))
            ]
            assert read_lines(files.read(name), sign) == wanted
        (rate,) = {line[10] for line in read_lines(files.read("reports.csv"), sign)[1:]}
        assert rate == f"0{decimal}8170963741328"


def test_columns_that_a_report_lacks_are_empty_with_any_separator() -> None:
    whole = replace(cover(count=2), options=Options(table="breakdown", separator=Separator.SEMICOLON))
    lines = read_lines(made(whole, document(split("department")), replace(SECOND, tables=(split("course"),))), ";")

    assert [line[8:10] + line[12:] for line in lines[1:]] == [
        ["department-1", "a\nb", "", ""],
        ["", "Other", "", ""],
        ["", "", "course-1", "a\nb"],
        ["", "", "", "Other"],
    ]


def test_the_same_reports_are_the_same_bytes() -> None:
    assert made(CUT, FIRST, SECOND) == made(CUT, FIRST, SECOND)
    with ZipFile(io.BytesIO(made(replace(CUT, time_zone="Asia/Kathmandu"), FIRST))) as files:
        assert {entry.date_time for entry in files.infolist()} == {(2026, 4, 1, 13, 45, 0)}


def test_a_file_from_before_there_were_zips() -> None:
    early = replace(CUT, made_at=CUT.made_at.replace(year=1979))
    with ZipFile(io.BytesIO(made(early, FIRST))) as files:
        assert {entry.date_time for entry in files.infolist()} == {(1980, 1, 1, 0, 0, 0)}


class Row(tuple[Cell, ...]):
    """A row that tells how many there are at once."""

    alive = 0
    most = 0

    def __new__(cls, cells: tuple[Cell, ...]) -> "Row":
        cls.alive += 1
        cls.most = max(cls.most, cls.alive)
        return super().__new__(cls, cells)

    def __del__(self) -> None:
        Row.alive -= 1


class LazyRows(Sequence[tuple[Cell, ...]]):
    """Rows that are made when they are walked."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: object) -> tuple[Cell, ...]:  # type: ignore[override]
        raise AssertionError("rows are walked")

    def __iter__(self) -> Iterator[tuple[Cell, ...]]:
        return (Row((f"Trainee {number}", number / 7)) for number in range(self._count))


def lazy(count: int) -> Document:
    columns = (Column("name", "Name", Kind.TEXT), Column("rate", "Rate", Kind.RATE))
    return document(Table("trainees", "Trainees", columns, LazyRows(count)))


def test_few_rows_are_in_memory_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "ROWS_AT_ONCE", 10)
    monkeypatch.setattr(Row, "most", 0)

    lines = read_records(made(only("trainees"), lazy(95)))

    assert [line["name"] for line in lines] == [f"Trainee {number}" for number in range(95)]
    assert [float(line["rate"]) for line in lines] == [number / 7 for number in range(95)]
    assert Row.most == 20


class Untellable:
    """Not a cell: no format can write it."""


def test_temporary_files_are_gone_after_an_error_too(tmp_path: Path) -> None:
    broken = document(Table("trainees", "Trainees", (Column("name", "Name", Kind.TEXT),), ((Untellable(),),)))  # type: ignore[arg-type]
    before = psutil.Process().num_fds()
    for options in (Options(), Options(table="trainees")):
        with (tmp_path / "file").open("wb") as out, pytest.raises(TypeError, match="Untellable"):
            FORMAT.write(cover(options=options), [FIRST, broken], out)

    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").stat().st_size == 0
    assert psutil.Process().num_fds() == before


def test_rows_of_another_width_are_an_error() -> None:
    broken = document(Table("trainees", "Trainees", (Column("name", "Name", Kind.TEXT),), (("a", "b"),)))

    with pytest.raises(ValueError, match="table trainees has rows of 2 cells, not 1"):
        made(cover(), broken)


class Pipe(io.BytesIO):
    """A stream that can only be written on."""

    def seekable(self) -> bool:
        """No."""
        return False

    def seek(self, *_args: object) -> int:
        """Refused."""
        raise io.UnsupportedOperation("seek")

    def tell(self) -> int:
        """Refused."""
        raise io.UnsupportedOperation("tell")


@pytest.mark.parametrize("whole", [CUT, only("trainees")])
def test_it_can_be_written_to_a_pipe(whole: Cover) -> None:
    out = Pipe()
    FORMAT.write(whole, [FIRST, SECOND], out)

    content = made(whole, FIRST, SECOND)
    if whole is CUT:
        assert read_tables(out.getvalue()) == read_tables(content)
    else:
        assert out.getvalue() == content
