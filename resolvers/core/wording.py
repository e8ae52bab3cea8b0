"""Sentences that hold a number: right for one and for many."""

from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Final

from resolvers.core.rounding import exact, rounded_share

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def counted(number: int, one: str, many: str) -> str:
    """The number and what follows it: `counted(1, "row is", "rows are")` is "1 row is"."""
    return f"{number:,} {one if number == 1 else many}"


def sized(count: int) -> str:
    """A number of bytes as people read it, rounded up: "84 kB", "15.2 MB"."""
    return f"{ceil(count / 1_000):,} kB" if count <= 999_000 else f"{ceil(count / 100_000) / 10:,.1f} MB"


def percent(rate: float, line: float | None = None) -> str:
    """A rate in per cent, with one decimal or as many as leave it on its side of a line: 79.96% is not 80.0% of 80%."""
    limits = () if line is None else (exact(line),)
    return f"{rounded_share(exact(rate), 3, limits, limits).scaleb(2):f}%"


def days_in_words(first: date, last: date) -> str:
    """The days from first to last: "2 to 5 March 2026"."""
    if first == last:
        return _day(last)
    if first.year != last.year:
        return f"{_day(first)} to {_day(last)}"
    month = "" if first.month == last.month else f" {MONTHS[first.month - 1]}"
    return f"{first.day}{month} to {_day(last)}"


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence that may be said in other languages, by its English text.

    With a `number`, `{number}` stands for it, and `many` is the text for any but 1.
    """

    one: str
    many: str = ""
    number: int | None = None

    @property
    def english(self) -> str:
        """The sentence in English."""
        if self.number is None:
            return self.one
        return (self.one if self.number == 1 else self.many).format(number=f"{self.number:,}")
