"""Numbers, days and weeks as a locale writes them."""

import pickle
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import pytest
from babel import Locale
from babel.numbers import parse_decimal
from hypothesis import given
from hypothesis import strategies as st

from exporters import Words

LOCALES = ("en", "en-GB", "ar", "ar-EG", "ar-MA", "de-DE", "de-CH", "fr", "hi", "sv", "tr", "es")


@pytest.mark.parametrize(
    ("tag", "number", "negative", "rate", "day", "instant", "first", "weekday"),
    [
        ("en", "1,234,567.89", "-0.50", "81.71%", "Mar 1, 2026", "Mar 1, 2026, 8:30\u202fAM", 0, "Mon"),
        ("en-US", "1,234,567.89", "-0.50", "81.71%", "Mar 1, 2026", "Mar 1, 2026, 8:30\u202fAM", 6, "Sun"),
        ("en-GB", "1,234,567.89", "-0.50", "81.71%", "1 Mar 2026", "1 Mar 2026, 08:30", 0, "Mon"),
        ("de-DE", "1.234.567,89", "-0,50", "81,71\u00a0%", "01.03.2026", "01.03.2026, 08:30", 0, "Mon"),
        ("tr", "1.234.567,89", "-0,50", "%81,71", "1 Mar 2026", "1 Mar 2026 08:30", 0, "Mon"),
        ("hi-IN", "12,34,567.89", "-0.50", "81.71%", "1 Mar 2026", "1 Mar 2026, 8:30 AM", 6, "Sun"),
        ("zh", "1,234,567.89", "-0.50", "81.71%", "Mar 1, 2026", "Mar 1, 2026 08:30", 0, "Mon"),
        ("fa", "1,234,567.89", "\u200e\u22120.50", "81.71%", "1 Mar 2026", "1 Mar 2026،\u200f 8:30", 0, "Mon"),
        # the digits are those of the country: Latin in the Maghreb and the Gulf, Arabic-Indic in Egypt
        (
            "ar",
            "1,234,567.89",
            "\u200e-0.50",
            "81.71\u200e%\u200e",
            "01\u200f/03\u200f/2026",
            "01\u200f/03\u200f/2026، 8:30 ص",
            0,
            "الاثنين",
        ),
        (
            "ar-EG",
            "١٬٢٣٤٬٥٦٧٫٨٩",
            "\u061c-٠٫٥٠",
            "٨١٫٧١٪\u061c",
            "٠١\u200f/٠٣\u200f/٢٠٢٦",
            "٠١\u200f/٠٣\u200f/٢٠٢٦، ٨:٣٠ ص",
            5,
            "السبت",
        ),
    ],
)
def test_each_locale_writes_its_own_way(
    tag: str, number: str, negative: str, rate: str, day: str, instant: str, first: int, weekday: str
) -> None:
    words, moment = Words(tag), datetime(2026, 3, 1, 7, 30, tzinfo=UTC)
    assert (words.number(1234567.891, 2), words.number(Decimal("-0.5"), 2), words.percent(0.81709, 2)) == (
        number,
        negative,
        rate,
    )
    assert (words.day(date(2026, 3, 1)), words.instant(moment, "Europe/Madrid")) == (day, instant)
    assert (words.first_weekday, words.weekdays()[0], len(set(words.weekdays()))) == (first, weekday, 7)


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), float("-inf"), Decimal("NaN"), Decimal("sNaN")])
@pytest.mark.parametrize("tag", ["en", "ar-EG", "hi"])
def test_what_is_not_known_is_a_dash(tag: str, value: Any) -> None:
    words = Words(tag)
    assert (words.number(value), words.number(value, 2), words.percent(value, 1)) == ("–", "–", "–")


@pytest.mark.parametrize(
    ("value", "decimals", "number", "rate"),
    [
        (0, 0, "0", "0%"),
        (-0.0, 1, "0.0", "0.0%"),
        (-0.001, 1, "0.0", "-0.1%"),
        (Decimal("-0.0001"), 1, "0.0", "0.0%"),
        (2.5, 0, "2", "250%"),
        (10**30 + 1, 0, "1,000,000,000,000,000,000,000,000,000,001", "100,000,000,000,000,000,000,000,000,000,100%"),
        (10**30, 2, "1,000,000,000,000,000,000,000,000,000,000.00", "100,000,000,000,000,000,000,000,000,000,000.00%"),
        (Decimal("0.12345678901234567890"), 18, "0.123456789012345679", "12.345678901234567890%"),
        (-1234.5, 1, "-1,234.5", "-123,450.0%"),
    ],
)
def test_signs_and_size_do_not_matter(value: Any, decimals: int, number: str, rate: str) -> None:
    assert (Words().number(value, decimals), Words().percent(value, decimals)) == (number, rate)


def test_indian_groups_are_of_two_digits_but_for_the_last() -> None:
    words = Words("hi")
    assert [words.number(value, 1) for value in (999, 1000, -99999, 100000, 12345678.25)] == [
        "999.0",
        "1,000.0",
        "-99,999.0",
        "1,00,000.0",
        "1,23,45,678.2",
    ]


@given(
    value=st.one_of(
        st.integers(-(10**25), 10**25),
        st.floats(-1e15, 1e15),
        st.decimals(-(10**15), 10**15, places=7, allow_nan=False),
    ),
    decimals=st.integers(0, 6),
    tag=st.sampled_from(LOCALES),
)
def test_babel_reads_the_rounded_number_back(value: float | Decimal, decimals: int, tag: str) -> None:
    words = Words(tag)
    locale = Locale.parse(tag.replace("-", "_"))
    system = locale.default_numbering_system if words.language == tag else "latn"
    symbols = locale.number_symbols[system]

    def read(text: str) -> Decimal:
        plain = (
            text.replace(symbols["minusSign"], "-").replace(symbols.get("percentSign", "%"), "").strip(" \u00a0\u202f")
        )
        return parse_decimal(plain, locale=locale, numbering_system=system)

    exact = Decimal(value)
    quantum = Decimal(1).scaleb(-decimals)
    assert read(words.number(value, decimals)) == rounded(exact, quantum)
    hundredfold = exact.scaleb(2) if isinstance(value, Decimal) else Decimal(value * 100)
    assert read(words.percent(value, decimals)) == rounded(hundredfold, quantum)


def rounded(value: Decimal, quantum: Decimal) -> Decimal:
    return value.quantize(quantum, ROUND_HALF_EVEN, Context(prec=100))


def test_words_travel_to_another_process() -> None:
    words = Words("ar-EG", {"Trainee": "الدارس"})
    again = pickle.loads(pickle.dumps(words))
    assert again == words
    assert (again("Trainee"), again("Trainer"), again.number(7)) == ("الدارس", "المدرب", "٧")
