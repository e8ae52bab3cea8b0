"""Pages: paper, fonts, figures, charts as vectors, feet, and the contents of many reports."""

import io
import re
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import pypdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from exporters import Chart, Column, Document, Kind, Paper, Shape, Style, Table, Words
from tests.support.documents import cover, document, table, written

SCRIPTS = ("Anna Lindström", "Ελένη Παπαδοπούλου", "Олена Шевченко", "محمد الأحمد", "नेहा शर्मा", "שרה כהן", "smile 😀")
MILLIMETRE = 72 / 25.4
# rectangles, lines and curves of a chart of ten values, or five days of one week
STROKES = {Shape.LINE: 53, Shape.BARS: 10, Shape.COLUMNS: 10, Shape.CALENDAR: 12}


def texts(file: io.BytesIO) -> list[str]:
    """What each page says, as another library than wrote it reads it."""
    pages = pypdfium2.PdfDocument(file.getvalue())
    return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in pages]


def picture(kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 10), "#c8553d").save(out, kind)
    return out.getvalue()


def charted(*shapes: Shape) -> Document:
    """A report with charts of a week by week table."""
    columns = (Column("week", "Week", Kind.TEXT), Column("rate", "Attendance", Kind.RATE, judged=True))
    rows = tuple((f"2026-W{week}", 0.5 + week / 100) for week in range(10, 20))
    days = (Column("day", "Day", Kind.DATE), Column("mark", "Mark", Kind.TEXT))
    marks = tuple((date(2026, 3, day), "ABSENT" if day == 5 else "PRESENT") for day in range(2, 7))
    tables = (Table("trend", "Week by week", columns, rows), Table("timeline", "Sessions", days, marks))
    charts = [
        Chart(f"c{number}", f"Chart {shape}", shape, "timeline", "day", ("mark",))
        if shape is Shape.CALENDAR
        else Chart(f"c{number}", f"Chart {shape}", shape, "trend", "week", ("rate",))
        for number, shape in enumerate(shapes)
    ]
    return replace(document(*tables), charts=tuple(charts))


@pytest.mark.parametrize(("paper", "size"), [(Paper.A4, (210.0, 297.0)), (Paper.LETTER, (215.9, 279.4))])
def test_paper(paper: Paper, size: tuple[float, float]) -> None:
    wide = Table("wide", "Wide", tuple(Column(f"c{n}", f"Column {n}", Kind.INTEGER) for n in range(12)), ((1,) * 12,))
    reader = pypdf.PdfReader(written("PDF", document(wide), of=cover(style=Style(paper=paper))))
    sizes = [
        (round(page.mediabox.width / MILLIMETRE, 1), round(page.mediabox.height / MILLIMETRE, 1))
        for page in reader.pages
    ]

    assert sizes == [size, size[::-1]]


def test_every_font_is_embedded_and_every_script_can_be_read() -> None:
    file = written("PDF", document(table(SCRIPTS)))
    fonts: dict[str, bool] = {}
    for page in pypdf.PdfReader(file).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            read: Any = font.get_object()
            fonts[read["/BaseFont"]] = "/FontFile2" in read.get("/FontDescriptor", {})
    text = "\n".join(texts(file))

    assert set(fonts.values()) == {True}
    assert {name.partition("+")[2] for name in fonts} == {
        "SourceSansPro-Regular", "SourceSansPro-Semibold", "NotoSansArabic-Regular", "NotoSansDevanagari-Regular",
        "NotoSansHebrew-Light", "NotoEmoji-Regular",
    }  # fmt: skip
    assert all(name in text for name in SCRIPTS[:3])
    assert "smile 😀" in text
    assert "नेहा शर्मा" in text.replace("\ufeff", "")


def test_names_in_chinese_japanese_and_korean_can_be_read() -> None:
    names = ("최지우", "李小龙", "さとうカナ")
    text = "\n".join(texts(written("PDF", document(table(names), title=names[0]))))

    assert all(text.count(name) == count for name, count in zip(names, (3, 1, 1), strict=True))


def test_figures_are_large_and_listed_with_six_decimals() -> None:
    text = texts(written("PDF", document()))[0]

    assert "81.71%\n0.817096" in text
    assert "33.33%\n0.333333" in text
    assert "14,023" in text
    assert "Average lateness" not in text
    assert re.search(r"Minutes late \(min\)\s+7\.416667", text)
    assert re.search(r"Attendance\s+81\.71% \(0\.817096\)\s+Weighted marks over expected marks\.", text)
    assert re.search(r"Pass rate\s+–", text)


@pytest.mark.parametrize("shape", Shape)
def test_charts_are_vectors(shape: Shape) -> None:
    plain = pypdf.PdfReader(written("PDF", charted()))
    drawn = pypdf.PdfReader(written("PDF", charted(shape)))

    def lines(reader: pypdf.PdfReader) -> int:
        drawn = b"".join(page.get_contents().get_data() for page in reader.pages)  # type: ignore[union-attr]
        return len(re.findall(rb"\b(?:re|l|c)\s", drawn))

    assert [image for page in drawn.pages for image in page.images] == []
    assert f"Chart {shape}" in drawn.pages[0].extract_text()
    assert lines(drawn) - lines(plain) == STROKES[shape]


def test_charts_say_what_their_table_says() -> None:
    text = texts(written("PDF", charted(Shape.BARS)))[0]
    labels = re.findall(r"(?<![\d.])(\d\d\.\d+)%", text)

    said = Counter({f"{50 + week}.00": 2 for week in range(10, 20)})
    assert Counter(labels) == said + Counter(("81.71", "33.33"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_the_logo_is_on_the_first_page(kind: str) -> None:
    style = Style(logo=picture(kind))
    reader = pypdf.PdfReader(written("PDF", document(table(("a",) * 90)), of=cover(style=style)))

    assert [len(page.images) for page in reader.pages] == [1, *[0] * (len(reader.pages) - 1)]


def test_the_house_colour_is_used() -> None:
    def colours(style: Style) -> set[bytes]:
        reader = pypdf.PdfReader(written("PDF", document(), of=cover(style=style)))
        return set(re.findall(rb"[\d.]+ [\d.]+ [\d.]+ rg", reader.pages[0].get_contents().get_data()))  # type: ignore[union-attr]

    green = b"0 .501961 0 rg"
    assert green in colours(Style(colour="#008000"))
    assert green not in colours(Style())


def test_each_page_says_which_it_is() -> None:
    for number, text in enumerate(pages := texts(written("PDF", document(table(("a",) * 200)))), 1):
        assert f"page {number} of {len(pages)}" in text
        assert "Welding, March · 2026-03 · revision 2" in text


def test_metadata() -> None:
    reader = pypdf.PdfReader(written("PDF", document()))
    metadata = reader.metadata

    assert metadata is not None
    assert (metadata.title, metadata.author) == ("Welding, March", "Maria Principal")
    assert metadata.subject == "Welding, Mar 1, 2026 – Mar 31, 2026"
    assert reader.trailer["/Root"]["/Lang"] == "en"  # type: ignore[index]


def test_the_contents_of_many_reports_lead_to_each() -> None:
    names = [f"Course {number}" for number in range(60)]
    reports = [document(table(("Ana", "Bo")), title=name, name=name) for name in names]
    file = written("PDF", *reports, of=cover(title="All courses", count=60, matching=75, notes=("Only 60 of 75.",)))
    pages, reader = texts(file), pypdf.PdfReader(file)
    listed = {
        name: int(page) for text in pages[:3] for name, page in re.findall(r"(Course \d+) WE-1 · 2026-03\s(\d+)", text)
    }
    begins = {
        name: next(number for number, text in enumerate(pages, 1) if f"{name}\n" in text and number > 2)
        for name in names
    }
    links = [annotation.get_object()["/Dest"] for page in reader.pages[:3] for annotation in page.get("/Annots", [])]
    assert "All courses" in pages[0]
    assert "60 reports" in pages[0]
    assert "Only 60 of 75." in pages[0]
    assert listed == begins
    ends = [reader.pages[begins[name] - 1].indirect_reference for name in names]
    assert [link[0] for link in links] == ends
    assert [item.title for item in reader.outline] == names  # type: ignore[union-attr]
    assert reader.metadata is not None
    assert reader.metadata.title == "All courses"


def test_one_report_has_no_contents() -> None:
    assert "Contents" not in "".join(texts(written("PDF", document())))
    assert pypdf.PdfReader(written("PDF", document())).outline == []


def test_a_right_to_left_page_is_mirrored() -> None:
    import pdfplumber

    file = written("PDF", document(table(("Ana",))), of=cover(style=Style(words=Words("ar"))))
    with pdfplumber.open(file) as pages:
        words = pages.pages[0].extract_words()
        (name,) = (word for word in words if word["text"] == "Ana")
        (rate,) = (word for word in words if word["text"].startswith("0.00"))
        middle = pages.pages[0].width / 2
    assert name["x0"] > middle
    assert rate["x1"] < name["x0"]
    assert pypdf.PdfReader(file).trailer["/Root"]["/Lang"] == "ar"  # type: ignore[index]


TEXTS = st.text(max_size=300)


@settings(max_examples=12, deadline=None)
@given(TEXTS, TEXTS, TEXTS, st.sampled_from(["en", "ar", "de"]), st.sampled_from(Paper))
def test_any_text_can_stand_anywhere(one: str, two: str, three: str, locale: str, paper: Paper) -> None:
    report = replace(
        document(table((one, two, three * 20)), title=one, name=two),
        notes=(three,),
        school_name=one,
        generated_by=two,
        period_name=three,
    )
    style = Style(words=Words(locale), paper=paper)
    for count in (1, 2):
        front = cover(title=one, style=style, count=count, filters=((two, three),), notes=(three,), school_name=two)
        reader = pypdf.PdfReader(written("PDF", *[report] * count, of=front))
        assert len(reader.outline) == (count if count > 1 else 0)


def test_nothing_is_logged_of_what_a_page_says(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        written("PDF", document(title="\U000324bc of Ana Lovelace"))
    assert "Lovelace" not in caplog.text
