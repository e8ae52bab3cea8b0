"""What a cell of a workbook holds is what the value was, to the last digit, or text that says it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters import Cell, Kind, Words
from exporters.formats.xlsx.cells import cells
from exporters.formats.xlsx.formats import number_formats
from exporters.formats.xlsx.text import LONGEST_TEXT
from exporters.text import clean, plain
from tests.support.documents import HOSTILE

NUMBERS = st.one_of(
    st.integers(),
    st.floats(),
    st.decimals(allow_nan=False),
    st.integers(min_value=-(10**400), max_value=10**400),
)


def cell(
    value: Cell, kind: Kind = Kind.TEXT, zone: str = "Europe/Madrid", words: Words | None = None
) -> tuple[str, str]:
    """The type of the cell and what is in it: n and a number, inlineStr and a text."""
    made = ElementTree.fromstring('<c r="A1' + cells(kind, words or Words(), zone, 7, 8)(value))
    held = "".join(made.itertext())
    assert made.get("s") == ("8" if made.get("t") == "inlineStr" and held.startswith(tuple("=+-@")) else "7")
    return made.get("t", "n"), held


@given(NUMBERS)
def test_numbers_keep_every_digit_or_become_text(value: int | float | Decimal) -> None:
    kind, held = cell(value, Kind.NUMBER)

    if kind == "n":
        assert (type(value)(held) if not isinstance(value, float) else float(held)) == value
    else:
        assert held == plain(value, "UTC")
        assert value != value or not -(10**15) <= value <= 10**15  # noqa: PLR0124 (not a number)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("sNaN"), float("nan"), float("-inf"), Decimal("Infinity")])
@pytest.mark.parametrize("kind", [Kind.NUMBER, Kind.RATE, Kind.MINUTES])
def test_what_is_no_number_is_text(value: float | Decimal, kind: Kind) -> None:
    assert cell(value, kind) == ("inlineStr", plain(value, "UTC"))


@given(st.one_of(st.integers(0, 10**9), st.floats(0, 1e9), st.decimals(0, 10**9, places=7)))
@pytest.mark.parametrize(("kind", "per_day"), [(Kind.MINUTES, 1440), (Kind.HOURS, 24)])
def test_a_duration_is_the_double_next_to_its_share_of_a_day(
    kind: Kind, per_day: int, value: int | float | Decimal
) -> None:
    assert cell(value, kind) == ("n", repr(float(Fraction(value) / per_day)))


def test_a_duration_is_rounded_once() -> None:
    # its double is not the nearest to it, so that dividing that would give another share
    minutes = Decimal("0.10000000000000000277")
    assert cell(minutes, Kind.MINUTES)[1] == repr(float(Fraction(minutes) / 1440))


@given(st.one_of(st.text(), st.sampled_from(HOSTILE)))
def test_text_is_text(value: str) -> None:
    kind, held = cell(value)

    assert kind == "inlineStr"
    assert held.replace("_x005F_", "_") == clean(value).replace("_x005F_", "_")


def test_long_text_is_shortened_in_the_language_of_the_file() -> None:
    english, arabic = cell("y" * 40_000)[1], cell("y" * 40_000, words=Words("ar"))[1]

    remark = " … (shortened, 40,000 characters)"
    assert english == "y" * (LONGEST_TEXT - len(remark)) + remark
    assert len(arabic) == LONGEST_TEXT
    assert "shortened" not in arabic


@given(st.dates())
def test_days_are_counted_as_excel_does(value: date) -> None:
    kind, held = cell(value, Kind.DATE)

    if value < date(1900, 3, 1):
        assert (kind, held) == ("inlineStr", value.isoformat())
    else:
        assert (kind, date(1899, 12, 30) + timedelta(days=int(held))) == ("n", value)


@given(st.datetimes(datetime(1901, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 (zone is added)
def test_instants_are_shown_by_the_clock_of_the_zone(value: datetime) -> None:
    shown = value.astimezone(ZoneInfo("Asia/Tokyo")).replace(tzinfo=None)
    since = shown - datetime(1899, 12, 30)  # noqa: DTZ001 (a clock, without a zone)
    microseconds = (since.days * 86_400 + since.seconds) * 10**6 + since.microseconds

    assert cell(value, Kind.DATETIME, "Asia/Tokyo") == ("n", repr(float(Fraction(microseconds, 86_400 * 10**6))))


def test_flags_codes_and_nothing() -> None:
    assert (cell(True), cell(False), cell(None)) == (("inlineStr", "yes"), ("inlineStr", "no"), ("n", ""))
    assert cell("AT_RISK", Kind.BAND) == ("inlineStr", "At risk")
    assert cell("AT_RISK", Kind.TEXT) == ("inlineStr", "AT_RISK")
    assert cell("AT_RISK", Kind.BAND, words=Words("ar"))[1] == Words("ar")("At risk")


def test_the_same_value_after_another_is_itself() -> None:
    put = cells(Kind.TEXT, Words(), "UTC", 1, 2)
    assert [put(value) for value in ("a", "a", None, None, "a")] == [put("a"), put("a"), put(None), put(None), put("a")]


@pytest.mark.parametrize(
    ("locale", "day", "instant"),
    [
        ("en", "mmm d, yyyy", "mmm d, yyyy h:mm:ss AM/PM"),
        ("en-GB", "d mmm yyyy", "d mmm yyyy hh:mm:ss"),
        ("de", "dd.mm.yyyy", "dd.mm.yyyy hh:mm:ss"),
        ("ar", "dd/mm/yyyy", "dd/mm/yyyy h:mm:ss AM/PM"),
        ("bg", 'd.mm.yyyy "г".', 'd.mm.yyyy "г". h:mm:ss'),
        ("ja", "yyyy/mm/dd", "yyyy/mm/dd h:mm:ss"),
        ("zh-Hant", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"),  # with parts of the day, which Excel does not know
        ("xx-nobody", "mmm d, yyyy", "mmm d, yyyy h:mm:ss AM/PM"),
    ],
)
def test_days_are_written_as_the_locale_does(locale: str, day: str, instant: str) -> None:
    formats = number_formats(Words(locale))
    assert (formats[Kind.DATE], formats[Kind.DATETIME]) == (day, instant)
