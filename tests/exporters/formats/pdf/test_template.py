"""Page templates of schools: what they may do, and that errors are told in a sentence."""

import io
import signal
from collections import deque
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from select import select
from time import process_time

import pypdf
import pytest

from exporters import Style, UnrenderableError, all_formats
from exporters.format import LONGEST_SENTENCE
from exporters.formats.pdf import ROWS_A_SECOND
from exporters.formats.pdf.allowance import Allowance, TooLongError
from exporters.formats.pdf.template import FOLDER
from tests.support.documents import cover, document, table, written

OURS = (FOLDER / "report.html").read_text(encoding="utf-8")
PAGE = "<html><head><style>@page {{ size: a4; margin: 2cm }} /* families */</style></head><body>{}</body></html>"
SAMPLE = document(table(("Ana", "Bo")))
PREFIX = "The school's page template "


def text_of(template: str, name: str = "Welding") -> str:
    style = Style(template=template)
    file = written("PDF", document(table(("Ana", "Bo")), name=name), of=cover(style=style))
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(file).pages)


def test_the_built_in_template_is_one_a_school_may_begin_with() -> None:
    assert text_of(OURS) == "\n".join(page.extract_text() for page in pypdf.PdfReader(written("PDF", SAMPLE)).pages)


def test_a_school_may_lay_out_its_own_page() -> None:
    text = text_of(PAGE.format('<h1>{{ subject }} of {{ school }}</h1>{{ table("trainees") }}{{ table("policy") }}'))

    assert "Welding of" in text
    assert "Ana" in text
    assert "Weight of LATE" in text
    assert "Attendance" in text
    assert "81.71%" not in text


def test_what_a_report_does_not_have_is_left_out() -> None:
    assert text_of(PAGE.format('<p>Before</p>{{ table("timeline") }}{{ chart("trend") }}<p>After</p>')).split("\n")[
        :2
    ] == [
        "Before",
        "After",
    ]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("{% if %}", "has an error in line 1: Expected an expression, got 'end of statement block'."),
        ("{{ nothing }}", "has an error: 'nothing' is undefined."),
        ("{{ 1 / 0 }}", "cannot be filled in: division by zero."),
        ("{{ 'a' * 10 ** 15 }}", "cannot be filled in: it takes too much memory."),
        ("{{ ''.__class__ }}", "has an error: access to attribute '__class__' of 'str' object is unsafe."),
        ("{{ style.words.__init__ }}", "has an error: access to attribute '__init__' of 'Words' object is unsafe."),
        ("{{ range(10000000)|list }}", "cannot be filled in: Range too big. The sandbox blocks ranges larger than"),
        ('{{ words("{0.__class__}", x=style) }}', "cannot be filled in: '0.__class__'."),
        ('{{ words("{x.__class__}", x=style) }}', "cannot be filled in: 'x.__class__'."),
        ('{{ words("{x[a]}", x=style) }}', "cannot be filled in: 'x[a]'."),
        ('{{ words("{x:{x.locale}}", x=words) }}', "cannot be filled in: 'x.locale'."),
        ('{{ words.many("{x.__init__.__globals__}", "", 1, x=words) }}', "cannot be filled in: 'x.__init__.__glo"),
        ('{{ nothing["\\x00" + "é" * 100000] }}', "has an error: 'nothing' is undefined."),
        ("{% include '/etc/passwd' %}", "cannot be filled in: no loader for this environment specified."),
        ("<div>" * 150, "cannot be laid out: the document nests more than the 100 levels it may"),
        ('<reportpart key="table:none"></reportpart>', "cannot be laid out: there is no table 'none'"),
    ],
)
def test_errors_are_told_in_a_sentence(body: str, why: str) -> None:
    with pytest.raises(UnrenderableError) as told:
        text_of(PAGE.format(body))
    assert told.value.sentence.startswith(PREFIX + why)


def test_a_reason_is_cut_short() -> None:
    with pytest.raises(UnrenderableError) as told:
        text_of(PAGE.format('{{ style["é" * 100000] }}'))
    assert told.value.sentence.startswith(PREFIX + "has an error: 'exporters.cover.Style object' has no attribute 'éé")
    assert len(told.value.sentence) == LONGEST_SENTENCE


# An end that falls into a callback of the collector, as hypothesis has one, is lost there, and comes a second later.
END_MAY_BE_LOST = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
ENDLESS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"


@END_MAY_BE_LOST
@pytest.mark.parametrize(
    ("body", "why"),
    [
        (ENDLESS, "cannot be filled in: it takes longer than 1.1 seconds."),
        ("{% for i in range(9000) %}<div>{% endfor %}", "cannot be laid out: it takes longer than 1.1 seconds."),
        # in what a template says there is little, and on its pages there is much
        (
            '{% for a in range(2000) %}{{ table("trainees") }}{% endfor %}',
            "cannot be laid out: it takes longer than 1.",
        ),
    ],
)
def test_one_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch, body: str, why: str) -> None:
    monkeypatch.setattr("exporters.formats.pdf.SECONDS", 0.1)
    with pytest.raises(UnrenderableError) as told:
        text_of(PAGE.format(body))
    assert told.value.sentence.startswith(PREFIX + why)
    assert signal.getsignal(signal.SIGPROF) is signal.SIG_DFL
    timers = [signal.getitimer(timer) for timer in (signal.ITIMER_PROF, signal.ITIMER_VIRTUAL)]
    assert timers == [(0.0, 0.0)] * 2


def spin(seconds: float = 5.0) -> None:
    """Works for so many seconds of the processor."""
    until = process_time() + seconds
    while process_time() < until:
        sum(range(100))


@END_MAY_BE_LOST
@pytest.mark.parametrize(
    "part", ["exporters.formats.pdf.table.Grid.draw", "exporters.formats.pdf.canvas.Sheets.draw_late"]
)
def test_laying_out_and_drawing_are_work_of_the_template_too(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    monkeypatch.setattr("exporters.formats.pdf.SECONDS", 1.0)
    monkeypatch.setattr(part, lambda _self: spin())
    with pytest.raises(UnrenderableError, match=r"cannot be laid out: it takes longer than 2 seconds\."):
        text_of(PAGE.format('{{ table("trainees") }}'))


def test_it_counts_work_and_not_the_clock() -> None:
    allowance = Allowance(0.2)
    for _ in range(2):
        with allowance.used():
            select([], [], [], 0.15)
    with pytest.raises(TooLongError, match=r"it takes longer than 0\.2 seconds"), allowance.used():
        spin()


def test_what_it_may_take_is_for_all_reports_of_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    body = "{% for a in range(20) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    text_of(PAGE.format(""))  # what is fetched once is there
    monkeypatch.setattr("exporters.formats.pdf.SECONDS", -1.0)
    style = Style(template=PAGE.format(body))
    writer = all_formats()["PDF"].open(cover(style=style, count=2, matching=2), io.BytesIO())
    writer.add(document())
    added = iter(partial(writer.add, document()), 0)
    with pytest.raises(UnrenderableError, match=r"it takes longer than 1 seconds\."):
        deque(islice(added, 100), maxlen=0)


def test_a_report_of_many_rows_may_take_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporters.formats.pdf.SECONDS", 0.0)
    of = document(table(("Ana",) * (3 * ROWS_A_SECOND)))
    with pytest.raises(UnrenderableError, match=r"it takes longer than 4 seconds\."):
        written("PDF", of, of=cover(style=Style(template=PAGE.format(ENDLESS))))


def test_a_page_without_a_rule_for_pages_is_refused() -> None:
    with pytest.raises(UnrenderableError) as told:
        text_of("<p>{{ title }}</p>")
    assert told.value.sentence == "The school's page template must have an @page rule without a name."


def test_an_error_of_the_built_in_template_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    from exporters.formats.pdf import template

    monkeypatch.setattr(template, "CARDS_A_LINE", 0)
    with pytest.raises(ValueError, match="arg 3 must not be zero"):
        written("PDF", document())


@pytest.mark.parametrize("address", ["file://{}", "{}", "http://127.0.0.1:9/picture.png"])
def test_no_file_and_no_address_is_read(tmp_path: Path, address: str) -> None:
    from PIL import Image

    secret = tmp_path / "secret.png"
    Image.new("RGB", (30, 30), "red").save(secret)
    src = address.format(secret)
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink"'
    svg = f'<svg {spaces}><image width="9" height="9" x:href="{secret}"/></svg>'
    body = f'<p>Seen</p><img src="{src}"/><style>p {{ background-image: url({src}) }}</style>'
    style = Style(template=PAGE.format(body))
    inline = Style(template=PAGE.format(f"<p>Seen</p><img src='data:image/svg+xml,{svg.replace('#', '%23')}'/>"))
    for one in (style, inline):
        reader = pypdf.PdfReader(written("PDF", document(), of=cover(style=one)))
        assert "Seen" in reader.pages[0].extract_text()
        assert [image for page in reader.pages for image in page.images] == []


def test_values_are_text_and_never_markup() -> None:
    text = text_of(PAGE.format("<p>{{ subject }}</p>"), name="</p><h1>{{ 7 * 7 }}</h1>")

    assert "</p><h1>{{ 7 * 7 }}</h1>" in text
    assert "49" not in text


def test_nothing_is_left_open_after_an_error() -> None:
    out = io.BytesIO()
    writer = all_formats()["PDF"].open(cover(style=Style(template=PAGE.format("{{ nothing }}"))), out)
    with pytest.raises(UnrenderableError):
        writer.add(document())
    assert out.getvalue() == b""
    assert "81.71%" in "".join(
        page.extract_text() for page in pypdf.PdfReader(written("PDF", replace(document()))).pages
    )
