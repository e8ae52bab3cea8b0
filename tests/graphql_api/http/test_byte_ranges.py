"""Which part of a file a request asks for, by RFC 9110."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from graphql_api.http.byte_ranges import ByteRange, asked_range, has_it

ETAG = '"e3b0"'
SIZE = 10_000
SIZES = st.integers(1, 10**12)


def asked(*ranges: str, size: int = SIZE, if_range: tuple[str, ...] = ()) -> ByteRange | None:
    lines = [(b"range", text.encode("latin-1")) for text in ranges]
    lines += [(b"if-range", text.encode("latin-1")) for text in if_range]
    return asked_range(Headers(raw=lines), ETAG, size)


# the examples of RFC 9110, section 14.1.2, and what else begins or ends somewhere
@pytest.mark.parametrize(
    ("text", "first", "length"),
    [
        ("bytes=0-499", 0, 500),
        ("bytes=500-999", 500, 500),
        ("bytes=-500", 9_500, 500),
        ("bytes=9500-", 9_500, 500),
        ("bytes=0-0", 0, 1),
        ("bytes=9999-9999", 9_999, 1),
        ("bytes=-1", 9_999, 1),
        ("bytes=-10000", 0, 10_000),
        ("bytes=-10001", 0, 10_000),
        ("bytes=0-", 0, 10_000),
        ("bytes=9000-999999999999999999", 9_000, 1_000),
        ("BYTES=0-499", 0, 500),
        ("bytes= 0-499\t", 0, 500),
        ("bytes=0000-0499", 0, 500),
    ],
)
def test_a_part_of_the_file(text: str, first: int, length: int) -> None:
    assert asked(text) == ByteRange(first, length)


@pytest.mark.parametrize("text", ["bytes=10000-", "bytes=10000-10000", "bytes=999999-", "bytes=-0"])
def test_a_part_that_is_not_in_the_file(text: str) -> None:
    part = asked(text)
    assert part is not None
    assert part.length == 0


@pytest.mark.parametrize(
    "text",
    [
        "bytes=0-0,-1",
        "bytes=500-600,601-999",
        "pages=1-2",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=5-2",
        "bytes=--5",
        "bytes=+1-5",
        "bytes=1.0-5",
        "bytes=0x1-5",
        "bytes=²-5",
        "bytes=0-" + "9" * 5_000,
        "bytes = 0-5",
        "",
    ],
)
def test_what_is_no_single_part_is_the_whole_file(text: str) -> None:
    assert asked(text) is None


def test_without_a_range_it_is_the_whole_file() -> None:
    assert asked() is None


def test_two_headers_are_two_parts() -> None:
    assert asked("bytes=0-1", "bytes=5-6") is None


def test_an_empty_file_has_no_parts() -> None:
    assert asked("bytes=0-", size=0) is None


@pytest.mark.parametrize(
    ("if_range", "fits"),
    [
        ((ETAG,), True),
        (('"other"',), False),
        (("W/" + ETAG,), False),
        (("Sat, 28 Nov 2026 12:00:00 GMT",), False),
        (("",), False),
        ((ETAG, ETAG), False),
    ],
)
def test_the_rest_of_another_file_is_not_given(if_range: tuple[str, ...], fits: bool) -> None:
    assert asked("bytes=5-", if_range=if_range) == (ByteRange(5, SIZE - 5) if fits else None)


@given(SIZES, st.integers(0, 10**13), st.integers(0, 10**13))
def test_a_part_is_what_python_cuts_out(size: int, first: int, last: int) -> None:
    part = asked(f"bytes={first}-{last}", size=size)
    cut = range(size)[first : last + 1]
    if last < first:
        assert part is None
    else:
        assert part is not None
        assert part.length == len(cut)
        assert not cut or part.first == cut[0]


@given(SIZES, st.integers(1, 10**13))
def test_the_last_bytes_are_those_python_cuts_out(size: int, count: int) -> None:
    cut = range(size)[-count:]
    assert asked(f"bytes=-{count}", size=size) == ByteRange(cut[0], len(cut))


@given(st.text(alphabet="bytes=-,0123456789 \t;", max_size=40), SIZES)
def test_no_header_asks_for_more_than_there_is(text: str, size: int) -> None:
    part = asked(text, size=size)
    assert part is None or part.length == 0 or (part.first >= 0 and part.first + part.length <= size)


@pytest.mark.parametrize(
    ("named", "has"),
    [
        ([ETAG], True),
        (["W/" + ETAG], True),
        ([f'"a", {ETAG},"b"'], True),
        (['"a"', ETAG], True),
        (["*"], True),
        (['"a", "b"'], False),
        ([ETAG[:-1]], False),
        ([""], False),
        ([], False),
    ],
)
def test_who_has_the_file_says_so(named: list[str], has: bool) -> None:
    assert has_it(Headers(raw=[(b"if-none-match", text.encode()) for text in named]), ETAG) is has
