"""What a file of many is going to be: its portions, title, name, and what was asked for, in words."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters import Cover, Layout, Paper, Separator, Words, all_formats
from exporters.reports.names import export_file_name
from exporters.reports.words import limit_notice, notice_of, said_filters, title_of
from jobs.exports.options import ExportOptions, options_from_stored
from jobs.exports.plan import PORTION, PORTION_BYTES, Plan
from models import SubjectKind
from resolvers.core.problems import ProblemCode, Refusal
from resolvers.reports.look_ups import ReportHead
from resolvers.subjects.look_ups import SubjectRow

K = SubjectKind
MARCH = (date(2026, 3, 1), date(2026, 3, 31))
ENGLISH = Words()
CSV = all_formats()["CSV"]
KNOWN = "anybody knows; give a BCP 47 tag such as en-GB or ar"
HEAD = ReportHead(1, K.TRAINEE, 1, 7, "Ann", "2026-03", *MARCH, 100)
NOW = datetime(2026, 4, 1, 8, tzinfo=UTC)


def plan(*sizes: int) -> Plan:
    """A file of reports with so long data."""
    heads = tuple(replace(HEAD, id=number, stored_bytes=size) for number, size in enumerate(sizes))
    return Plan(CSV, Cover(title="", made_at=NOW, count=len(heads)), heads, {}, frozenset())


@given(st.lists(st.integers(0, 2 * PORTION_BYTES), min_size=1, max_size=4 * PORTION))
def test_portions_are_all_reports_in_order_and_none_is_too_much(sizes: list[int]) -> None:
    portions = list(plan(*sizes).portions())
    assert [number for portion in portions for number in portion] == list(range(len(sizes)))
    assert [portion for portion in portions if not 1 <= len(portion) <= PORTION] == []
    assert [p for p in portions if len(p) > 1 and sum(sizes[number] for number in p) > PORTION_BYTES] == []


def test_small_reports_fill_their_portions() -> None:
    assert [len(portion) for portion in plan(*[100] * 60).portions()] == [25, 25, 10]


@pytest.mark.parametrize(
    ("heads", "title", "name"),
    [
        ([HEAD], "Ann", "trainee-Ann-2026-03.pdf"),
        ([HEAD, HEAD], "Trainee reports, 2026-03", "trainee-reports-2026-03.pdf"),
        ([HEAD, replace(HEAD, kind=K.CLASS_GROUP)], "Reports, 2026-03", "reports-2026-03.pdf"),
        (
            [replace(HEAD, period_name=None, period_to=date(2026, 3, 9))] * 2,
            "Trainee reports, Mar 1, 2026 – Mar 9, 2026",
            "trainee-reports-2026-03-01_2026-03-09.pdf",
        ),
        (
            [replace(HEAD, kind=K.CLASS_GROUP), replace(HEAD, kind=K.CLASS_GROUP, period_to=date(2026, 3, 9))],
            "Class group reports",
            "class_group-reports-2026-03.pdf",
        ),
        (
            [HEAD, replace(HEAD, kind=K.COURSE, period_name="2026-W10", period_to=date(2026, 3, 9))],
            "Reports",
            "reports.pdf",
        ),
        (
            [replace(HEAD, subject_name="../etc/passwd\r\nX: y")],
            "../etc/passwd\r\nX: y",
            "trainee-..-etc-passwd-X-y-2026-03.pdf",
        ),
    ],
)
def test_a_file_is_called_by_what_its_reports_share(heads: list[ReportHead], title: str, name: str) -> None:
    assert (title_of(ENGLISH, heads), export_file_name(heads, ".pdf")) == (title, name)


@pytest.mark.parametrize(
    ("count", "matching", "said"),
    [
        (10_000, 10_000, None),
        (1, 1, None),
        (10_000, 12_783, "the first 10,000 of the 12,783 that were asked for"),
        (10_000, 100_000, "the first 10,000 of the 100,000 that were asked for"),
        (10_000, 100_001, "the first 10,000 of the more than 100,000 that were asked for"),
    ],
)
def test_a_limit_is_said_where_it_cuts(count: int, matching: int, said: str | None) -> None:
    notice = limit_notice(ENGLISH, count, matching)
    assert notice == (
        None
        if said is None
        else f"The limit of a file is 10,000 reports: it holds {said}. Ask for fewer at a time to get the others."
    )
    assert notice_of(matching) == notice


def named(id_: int, name: str) -> SubjectRow:
    return SubjectRow(id_, K.COURSE, 1, str(id_), name, name.lower())


@pytest.mark.parametrize(
    ("key", "value", "label", "said"),
    [
        ("kinds", ["COURSE", "CLASS_GROUP"], "Kinds", "Course, Class group"),
        ("subjects", [1, 2], "Subjects", "Welding, Painting"),
        ("subjects", [1, 2, 3], "Subjects", "Welding, Painting, 1 other"),
        ("subjects", [3, 4], "Subjects", "2 others"),
        ("from", "2026-03-01", "From", date(2026, 3, 1)),
        ("to", "2026-03-31", "To", date(2026, 3, 31)),
        ("generatedSince", "2026-04-01T08:00:00+00:00", "Generated since", NOW),
        ("run", 5, "Run", "UnVuOjU"),
        ("latestOnly", True, "Revisions", "the latest of each"),
        ("latestOnly", False, "Revisions", "all"),
        ("order", ["ATTENDANCE_RATE", True], "Ordered by", "Attendance, highest or newest first"),
        ("order", ["PERIOD_FROM", False], "Ordered by", "Beginning of the period, lowest or oldest first"),
    ],
)
def test_what_was_asked_for_is_said_in_words(key: str, value: Any, label: str, said: Any) -> None:
    known = {1: named(1, "Welding"), 2: named(2, "Painting")}
    assert said_filters(ENGLISH, [[key, value]], known) == ((label, said),)


OPTIONS = st.builds(
    ExportOptions,
    st.sampled_from(Layout),
    st.none() | st.sampled_from(Paper),
    st.none() | st.just("en-GB"),
    st.booleans(),
    st.sampled_from(Separator),
    st.none() | st.just("bands"),
)


@given(OPTIONS)
def test_options_come_back_as_they_were_chosen(options: ExportOptions) -> None:
    assert options_from_stored(options.stored()) == options


def test_nothing_chosen_is_nothing_stored() -> None:
    assert ExportOptions().stored() == {}


@pytest.mark.parametrize(
    ("format_name", "options", "field", "message"),
    [
        ("JSON", ExportOptions(paper=Paper.A4), "paper", "JSON has no such choice; leave it out"),
        ("CSV", ExportOptions(paper=Paper.A4), "paper", "CSV has no such choice; leave it out"),
        ("PDF", ExportOptions(byte_order_mark=True), "byteOrderMark", "PDF has no such choice; leave it out"),
        ("XLSX", ExportOptions(separator=Separator.TAB), "separator", "XLSX has no such choice; leave it out"),
        ("XLSX", ExportOptions(table="bands"), "table", "XLSX has no such choice; leave it out"),
        ("JSON", ExportOptions(locale="ar"), "locale", "JSON has no such choice; leave it out"),
        *(
            ("CSV", ExportOptions(locale=tag), "locale", f"{tag[:40]!r} is no language {KNOWN}")
            for tag in ("xx", "en_GB", "english", "en-GB-u-ca-buddhist", "\0", "-", "x" * 5_000)
        ),
    ],
)
def test_a_choice_a_format_does_not_have_is_refused(
    format_name: str, options: ExportOptions, field: str, message: str
) -> None:
    with pytest.raises(Refusal) as refused:
        options.checked(all_formats()[format_name])
    assert (refused.value.field, refused.value.message, refused.value.code) == (
        ("options", field),
        message,
        ProblemCode.INVALID,
    )


@pytest.mark.parametrize(
    ("format_name", "options"),
    [
        ("CSV", ExportOptions(Layout.SEPARATE, locale="ar", byte_order_mark=True, table="bands")),
        ("CSV", ExportOptions(separator=Separator.LOCALE)),
        ("PDF", ExportOptions(paper=Paper.LETTER, locale="pt-BR")),
        ("XLSX", ExportOptions(paper=Paper.LETTER, locale="zh-Hant-TW")),
        ("JSON", ExportOptions(Layout.SEPARATE)),
    ],
)
def test_a_choice_a_format_has_is_taken(format_name: str, options: ExportOptions) -> None:
    assert options.checked(all_formats()[format_name]) is options


def test_of_files_of_several_formats_each_heeds_what_it_has() -> None:
    options = ExportOptions(Layout.SEPARATE, Paper.LETTER, "de", True, Separator.LOCALE, "bands", guarded=False)
    assert options.checked(all_formats()["PDF"], all_formats()["CSV"]) is options
    assert {name: options.heeded_by(format_).stored() for name, format_ in all_formats().items()} == {
        "CSV": {
            "layout": "SEPARATE",
            "locale": "de",
            "byte_order_mark": True,
            "separator": "LOCALE",
            "table": "bands",
            "guarded": False,
        },
        "JSON": {"layout": "SEPARATE", "guarded": False},
        "PDF": {"layout": "SEPARATE", "paper": "LETTER", "locale": "de", "guarded": False},
        "XLSX": {"layout": "SEPARATE", "paper": "LETTER", "locale": "de", "guarded": False},
    }


def test_a_choice_that_none_of_several_formats_has_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        ExportOptions(table="bands").checked(all_formats()["PDF"], all_formats()["XLSX"])
    assert (refused.value.field, refused.value.message) == (
        ("options", "table"),
        "none of PDF, XLSX has such a choice; leave it out",
    )


def test_what_is_chosen_has_to_be_of_a_file() -> None:
    assert ExportOptions().checked() == ExportOptions()
    with pytest.raises(Refusal) as refused:
        ExportOptions(Layout.SEPARATE).checked()
    assert (refused.value.field, refused.value.message) == (
        ("options",),
        "there is no file to choose it for; name a format, or leave it out",
    )
