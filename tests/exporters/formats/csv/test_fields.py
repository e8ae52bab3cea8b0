"""Every value is one field: quoted as RFC 4180 asks, numbers exact, and text that could be a formula disarmed."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters import Cell
from exporters.formats.csv.dialect import Dialect
from exporters.formats.csv.fields import disarmed, field, fields
from exporters.text import clean
from tests.support.documents import HOSTILE

ZONE = "Europe/Madrid"
FORMULA_SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫"
# mostly what matters here; the rest of Unicode now and then
TEXT = st.text() | st.text(st.sampled_from(FORMULA_SIGNS + " \t\r\n;,\"'\x00\xa0\u200bax\ud800"))
MOMENTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.timezones())  # noqa: DTZ001
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    TEXT,
    st.sampled_from(HOSTILE),
    st.integers(),
    st.floats(),
    st.decimals(allow_nan=False, allow_infinity=False, places=6),
    st.dates(),
    MOMENTS,
    st.datetimes(),
)
COLUMNS = st.one_of(
    *(st.lists(st.none() | kind, min_size=1) for kind in (TEXT, st.integers(), st.floats(), st.dates(), MOMENTS, CELLS))
)


DIALECTS = st.sampled_from([Dialect(), Dialect(";"), Dialect("\t"), Dialect(";", ",")])


def read(line: str, separator: str = ",") -> list[str]:
    """What a reader of CSV finds in the line."""
    (cells,) = csv.reader(io.StringIO(line + "\r\n", newline=""), strict=True, delimiter=separator)
    return cells


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=cmd()|'/c calc'!A0", "'=cmd()|'/c calc'!A0"),
        ("+1+1", "'+1+1"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1+1", "'＝1+1"),
        ("－1", "'－1"),
        ("\t=1", "'\t'=1"),
        ("\tx", "'\tx"),
        ("\r=1", "'\n'=1"),
        ("\r\nx", "'\nx"),
        ("\x00=1", "'=1"),
        ("  =1", "'  =1"),
        ("\xa0\u200b\ufeff=1", "'\xa0\u200b\ufeff=1"),
        ('"=1"', '\'"=1"'),
        ("a;=1", "a;'=1"),
        ("a; -1;b", "a;' -1;b"),
        ("a\n@b", "a\n'@b"),
        ("a\r\n=b", "a\n'=b"),
        ("'=1", "'=1"),
        ("a=b", "a=b"),
        ("Jean-Luc", "Jean-Luc"),
        ("a,=b", "a,=b"),
        ("–", "–"),
        ("", ""),
    ],
)
def test_formulas_are_disarmed(text: str, safe: str) -> None:
    assert disarmed(text) == safe
    assert read(field(text, ZONE) + ",x") == [safe, "x"]
    assert read(",".join((*fields([text, "x"], ZONE), "end"))) == [safe, "x", "end"]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (-5, "-5"),
        (-0.1, "-0.1"),
        (0.1 + 0.2, "0.30000000000000004"),
        (5e-324, "5e-324"),
        (10**30, "1" + "0" * 30),
        (-(2**63) - 1, "-9223372036854775809"),
        (Decimal("-1E+3"), "-1000"),
        (Decimal("0.10"), "0.10"),
        (True, "true"),
        (float("nan"), ""),
        (float("-inf"), ""),
        (Decimal("NaN"), ""),
        (None, ""),
        (date(2026, 3, 1), "2026-03-01"),
        (datetime(2026, 7, 1, 8, tzinfo=UTC), "2026-07-01T10:00:00+02:00"),
        (datetime(2026, 1, 1, 8, 0, 0, 5, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
         "2026-01-01T12:30:00.000005+01:00"),
        (datetime(1890, 1, 1, tzinfo=UTC), "1889-12-31T23:45:16-00:14:44"),
        (datetime(2026, 7, 1, 8), "2026-07-01T08:00:00"),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_numbers_days_and_instants_are_never_touched(value: Cell, told: str) -> None:
    assert field(value, ZONE) == told
    assert fields([value, value], ZONE) == [told, told]
    assert fields([value, "=x", None], ZONE) == [told, "'=x", ""]


@pytest.mark.parametrize(
    ("separator", "text", "safe"),
    [
        (";", "a,=1", "a,'=1"),
        (";", "a;=1", "a;=1"),
        (";", "a\t=1", "a\t'=1"),
        ("\t", "a,=1;-2", "a,'=1;'-2"),
        ("\t", "\t=1", "'\t=1"),
        (";", "=1", "'=1"),
    ],
)
def test_every_separator_but_the_files_own_is_disarmed(separator: str, text: str, safe: str) -> None:
    dialect = Dialect(separator)
    assert disarmed(text, dialect) == safe
    assert read(separator.join((*fields([text, "x"], ZONE, dialect), "end")), separator) == [safe, "x", "end"]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.9, "0,9"),
        (-1234567.25, "-1234567,25"),
        (1e-7, "1e-7"),
        (1.5e-7, "1,5e-7"),
        (14023, "14023"),
        (Decimal("0.80"), "0,80"),
        (10**30, "1" + "0" * 30),
        (True, "true"),
        ("0.9", "0.9"),
        (float("nan"), ""),
        (datetime(2026, 7, 1, 8, 0, 0, 500_000, tzinfo=UTC), "2026-07-01T10:00:00.500000+02:00"),
    ],
)
def test_a_comma_in_decimals_is_one_of_numbers_alone(value: Cell, told: str) -> None:
    dialect = Dialect(";", ",")
    assert field(value, ZONE, dialect) == told
    assert list(fields([value, value], ZONE, dialect)) == [told, told]
    assert list(fields([value, "x", None], ZONE, dialect)) == [told, "x", ""]


@given(COLUMNS, DIALECTS)
def test_a_column_is_what_its_values_are_one_by_one(column: list[Cell], dialect: Dialect) -> None:
    assert list(fields(column, ZONE, dialect)) == [field(value, ZONE, dialect) for value in column]


@given(COLUMNS, DIALECTS)
def test_readers_get_what_was_there(column: list[Cell], dialect: Dialect) -> None:
    line = dialect.separator.join((*fields(column, ZONE, dialect), "end"))
    for value, said in zip(column, read(line, dialect.separator), strict=False):
        told = said.replace(dialect.decimal, ".") if isinstance(value, float | Decimal) else said
        if value is None:
            assert told == ""
        elif isinstance(value, str):
            assert told == disarmed(value, dialect)
            assert told.replace("'", "") == clean(value).replace("'", "")
        elif isinstance(value, bool):
            assert told == str(value).lower()
        elif isinstance(value, int):
            assert int(told) == value
        elif isinstance(value, float):
            assert float(told) == value if value - value == 0 else told == ""
        elif isinstance(value, Decimal):
            assert Decimal(told) == value
        elif isinstance(value, datetime) and value.tzinfo:
            # in UTC: Python calls no two times of different zones equal in an hour that a clock shows twice
            assert datetime.fromisoformat(told).astimezone(UTC) == value.astimezone(UTC)
        elif isinstance(value, datetime):
            assert datetime.fromisoformat(told) == value
        else:
            assert date.fromisoformat(told) == value


@given(TEXT, DIALECTS)
def test_no_cell_begins_with_a_formula_wherever_lines_are_split(text: str, dialect: Dialect) -> None:
    told = disarmed(text, dialect)

    assert told[:1] not in {"\t", "\n", "\r"}
    others = ",;\t".replace(dialect.separator, "")
    for piece in re.split(f"[{others}\n]", told):
        assert not piece.lstrip(' \xa0\u200b"').startswith(tuple(FORMULA_SIGNS))


@given(st.lists(TEXT, min_size=1), DIALECTS)
def test_only_what_needs_it_is_quoted(texts: list[str], dialect: Dialect) -> None:
    for told in fields(texts, ZONE, dialect):
        assert (told[:1] == '"') == bool(set(told) & {dialect.separator, '"', "\n"})
