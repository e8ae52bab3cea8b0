"""The sheets of a workbook: named tables with headings that stay, widths, colours for bands; nothing is left behind."""

import gc
import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pytest
from openpyxl import load_workbook
from PIL import Image
from python_calamine import CalamineWorkbook

from exporters import Bands, Column, Cover, Document, Kind, Paper, Style, Table, UnrenderableError, Words, all_formats
from exporters.formats.xlsx.text import headings, sheet_name, table_name
from tests.support.documents import COLUMNS, cover, document, table, written
from tests.support.xlsx_files import MAIN, number_format, part, paths, sheet, stored

NAMES = ("Anna Lindström", "José Ñíguez", "Bo Å")
BANDED = Table(
    "bands",
    "Trainees below a line",
    (
        Column("trainee", "Trainee", Kind.TEXT),
        Column("band", "Band", Kind.BAND),
        Column("attendanceRate", "Attendance", Kind.RATE, judged=True),
        Column("absenceRate", "Absence", Kind.RATE),
    ),
    (("Anna", "AT_RISK", 0.5, 0.5), ("Bo", "WATCH", 0.85, 0.1), ("Cy", None, None, 0.0)),
)
BANDS = Bands(watch_below=Decimal("0.88"), at_risk_below=Decimal("0.8"))


def rules(book: io.BytesIO, title: str) -> list[tuple[str, list[str]]]:
    """The ranges that are coloured, and on what conditions."""
    return [
        (str(found.get("sqref")), [str(formula.text) for formula in found.iter(f"{MAIN}formula")])
        for found in sheet(book, title).iter(f"{MAIN}conditionalFormatting")
    ]


def test_a_table_is_named_and_filtered_under_a_heading_that_stays() -> None:
    book = written("XLSX", document(table(NAMES)))

    opened = load_workbook(book)["Trainees"]
    named = opened.tables["trainees"]
    assert (opened.freeze_panes, opened.print_title_rows, opened.auto_filter.ref) == ("A2", "$1:$1", None)
    assert (named.ref, named.autoFilter.ref) == ("A1:F4", "A1:F4")
    assert named.column_names == stored(book, "Trainees")[0] == [
        "Trainee",
        "Expected",
        "Attendance",
        "Average lateness (m:ss)",
        "Held on",
        "Seen at (Europe/Madrid)",
    ]  # fmt: skip


def test_values_are_shown_as_what_they_are() -> None:
    book = written("XLSX", document(table(NAMES)))

    assert [number_format(book, "Trainees", f"{letter}3") for letter in "ABCDEF"] == [
        "General",
        "#,##0",
        "0.00%",
        "[m]:ss",
        "mmm d, yyyy",
        "mmm d, yyyy h:mm:ss AM/PM",
    ]


def test_text_that_looks_like_a_formula_stays_text_when_it_is_edited() -> None:
    book = written("XLSX", document(table(("Anna", "=1+1", "@SUM(A1)"))))

    looks = list(part(book, "xl/styles.xml").findall(f"{MAIN}cellXfs/{MAIN}xf"))
    styles = [
        int(cell.get("s", "0")) for cell in sheet(book, "Trainees").iter(f"{MAIN}c") if cell.get("r", "")[0] == "A"
    ]
    assert [looks[style].get("quotePrefix") for style in styles] == ["0", "0", "1", "1"]


def test_a_table_without_rows_has_an_empty_one() -> None:
    book = written("XLSX", document(table(())))

    assert load_workbook(book)["Trainees"].tables["trainees"].ref == "A1:F2"
    assert len(stored(book, "Trainees")) == 1


def test_a_table_without_columns_is_a_sheet() -> None:
    book = written("XLSX", document(Table("nothing", "Nothing", (), ())))

    assert load_workbook(book).sheetnames == ["Summary", "Nothing"]
    assert paths(book, "xl/tables/") == []


def test_columns_are_as_wide_as_what_is_in_them() -> None:
    names = ("Wolfeschlegelsteinhausen", "x" * 500, "李" * 20)
    widths = {}
    for name in names:
        (column, *_) = sheet(written("XLSX", document(table((name,)))), "Trainees").iter(f"{MAIN}col")
        widths[name[:1]] = column.get("width")

    assert widths == {"W": "25", "x": "60", "李": "41"}


def test_bands_and_judged_rates_are_coloured_by_rules() -> None:
    book = written("XLSX", replace(document(BANDED), bands=BANDS))

    assert rules(book, "Trainees below a line") == [
        ("B2:B4", ['OR(B2="At risk",B2="Absent")', 'OR(B2="Watch",B2="Late")']),
        ("C2:C4", ["AND(ISNUMBER(C2),C2<0.8)", "AND(ISNUMBER(C2),C2<0.88)"]),
    ]
    assert [row[1] for row in stored(book, "Trainees below a line")] == ["Band", "At risk", "Watch", None]


def test_without_lines_only_bands_are_coloured() -> None:
    assert [where for where, _ in rules(written("XLSX", document(BANDED)), "Trainees below a line")] == ["B2:B4"]


def test_a_word_of_a_school_may_have_quotes() -> None:
    style = Style(words=Words(replaced={"At risk": 'In "danger"'}))
    book = written("XLSX", document(BANDED), of=cover(style=style))

    assert rules(book, "Trainees below a line")[0][1][0] == 'OR(B2="In ""danger""",B2="Absent")'


def test_the_sheets_of_a_language_from_right_to_left_begin_at_the_right() -> None:
    def from_the_right(words: Words) -> list[str | None]:
        book = written("XLSX", document(table(NAMES)), of=cover(style=Style(words=words)))
        return [
            view.get("rightToLeft")
            for path in paths(book, "xl/worksheets/sheet")
            for view in part(book, path).iter(f"{MAIN}sheetView")
        ]

    assert (from_the_right(Words("ar")), from_the_right(Words("en"))) == (["1", "1"], [None, None])


@pytest.mark.parametrize(("paper", "number"), [(Paper.A4, "9"), (Paper.LETTER, "1")])
def test_sheets_fit_the_paper(paper: Paper, number: str) -> None:
    book = written("XLSX", document(table(NAMES)), of=cover(style=Style(paper=paper)))

    setup = next(sheet(book, "Trainees").iter(f"{MAIN}pageSetup"))
    assert setup.attrib == {"orientation": "landscape", "paperSize": number, "fitToHeight": "0"}


def test_the_file_says_who_what_and_when() -> None:
    told = load_workbook(written("XLSX", document(table(NAMES)))).properties

    assert (told.title, told.creator, told.language) == ("Welding, March", "Maria Principal", "en")
    assert told.created is not None
    assert told.created.isoformat() == "2026-04-01T07:30:00"


def test_the_summary_tells_figures_sheets_policy_and_notes() -> None:
    report = replace(document(table(NAMES)), school_name="Northgate College")
    lines = [[cell for cell in line if cell != ""] for line in stored(written("XLSX", report), "Summary")]

    assert [line for line in lines if line] == [
        ["Welding, March"],
        ["Northgate College  ·  Mar 1, 2026 – Mar 31, 2026"],
        ["Key figures"],
        ["Figure", "Value", "How it is counted"],
        ["Attendance", "0.8170963741328", "Weighted marks over expected marks."],
        ["Absence", "0.3333333333333333"],
        ["Expected marks", "14023"],
        ["Minutes late (m:ss)", "0.0051504629629629635"],
        ["Pass rate", None],
        ["Sheets"],
        ["Sheet", "Rows"],
        ["Trainees", "3"],
        ["About this report"],
        ["School", "Northgate College"],
        ["Kind", "Course"],
        ["Subject", "Welding"],
        ["Subject id", "WE-1"],
        ["Period", "2026-03"],
        ["From", "46082"],
        ["To", "46112"],
        ["Generated at (Europe/Madrid)", "46113.395833333336"],
        ["Generated by", "Maria Principal"],
        ["Revision", "2"],
        ["Policy"],
        ["Weight of LATE", "1"],
        ["At risk below", "0.8"],
        ["EXCUSED counts", "yes"],
        ["Notes"],
        ["E-mail addresses were left out."],
        [
            "Durations are shown as minutes and seconds (m:ss) or hours and minutes (h:mm) and stored in days: "
            "a cell times 1440 is in minutes, times 24 in hours."
        ],
    ]


def test_the_summary_leads_to_the_sheets() -> None:
    book = written("XLSX", document(table(NAMES, title="Who's in")))

    assert [link.attrib for link in sheet(book, "Summary").iter(f"{MAIN}hyperlink")] == [
        {"ref": "A14", "location": "'Who''s in'!A1"}
    ]


def test_a_logo_stands_above_the_charts() -> None:
    picture = io.BytesIO()
    Image.new("RGB", (600, 60), "#c8553d").save(picture, "PNG")
    book = written("XLSX", document(), of=cover(style=Style(logo=picture.getvalue())))

    (shown,) = load_workbook(book)["Summary"]._images
    assert (shown.anchor._from.col, shown.anchor._from.row) == (4, 0)
    assert (shown.anchor.ext.width, shown.anchor.ext.height) == (300 * 9525, 30 * 9525)
    assert shown._data() == picture.getvalue()


def test_many_sheets_and_many_columns() -> None:
    wide = Table(
        "wide", "Wide", tuple(Column(f"c{n}", "Same", Kind.INTEGER) for n in range(2_000)), [tuple(range(2_000))]
    )
    tables = [table(NAMES, key=f"t{n}", title="The same") for n in range(300)]
    book = written("XLSX", document(*tables, wide))

    opened = CalamineWorkbook.from_filelike(book)
    assert len(opened.sheet_names) == len(set(opened.sheet_names)) == 302
    assert opened.get_sheet_by_name("The same (300)").to_python()[3][0] == "Bo Å"
    header, row = opened.get_sheet_by_name("Wide").to_python()
    assert (header[0], header[1999], row) == ("Same", "Same (2000)", list(range(2_000)))


def test_more_columns_than_a_sheet_has_are_refused() -> None:
    columns = tuple(Column(f"c{n}", "c", Kind.INTEGER) for n in range(16_385))

    with pytest.raises(UnrenderableError, match="no room for the 16,385 columns of Wide"):
        written("XLSX", document(Table("wide", "Wide", columns, ())))


class Broken:
    """Rows that end with an error, after more than are kept in memory."""

    def __len__(self) -> int:
        return 1_000

    def __iter__(self) -> Iterator[Any]:
        yield from table(("x",) * 999).rows
        raise OSError("No space left on device")


@pytest.mark.parametrize("count", [1, 2])
def test_a_writer_that_is_dropped_leaves_nothing_behind(tmp_path: Path, count: int) -> None:
    report: Document = document(Table("broken", "Broken", COLUMNS, Broken()))  # type: ignore[arg-type]
    whole: Cover = cover(count=count)
    all_formats()["XLSX"].write(whole, [document(table(("x",) * 1_000))], io.BytesIO())  # what opens once stays open
    gc.collect()
    before = psutil.Process().num_fds()

    with (tmp_path / "file.xlsx").open("wb") as out, suppress(OSError):
        all_formats()["XLSX"].write(whole, [report], out)

    assert psutil.Process().num_fds() == before
    assert [(path.name, path.stat().st_size) for path in tmp_path.iterdir()] == [("file.xlsx", 0)]


def test_names_count_in_units_of_utf_16() -> None:
    taken: dict[str, int] = {}
    assert [sheet_name("😀" * 40, taken), sheet_name("😀" * 40, taken)] == ["😀" * 15, "😀" * 13 + " (2)"]


def test_headings_are_all_different_and_never_empty() -> None:
    assert headings(["Rate", "rate", "", " \n", "two\nlines", "x" * 300, "x" * 300]) == [
        "Rate", "rate (2)", "–", "– (2)", "two lines", "x" * 250, "x" * 246 + " (2)",
    ]  # fmt: skip


def test_names_of_tables() -> None:
    taken: dict[str, int] = {}
    keys = ("trend", "Trend", "AB12", "r", "R1C1", "1st", "by-course", "", "تقرير")

    assert [table_name(key, taken) for key in keys] == [
        "trend", "Trend_2", "_AB12", "_r", "_R1C1", "_1st", "by_course", "table", "_____",
    ]  # fmt: skip
