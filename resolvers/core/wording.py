"""Sentences that hold a number: right for one and for many."""

from dataclasses import dataclass
from math import ceil


def counted(number: int, one: str, many: str) -> str:
    """The number and what follows it: `counted(1, "row is", "rows are")` is "1 row is"."""
    return f"{number:,} {one if number == 1 else many}"


def sized(count: int) -> str:
    """A number of bytes as people read it, rounded up: "84 kB", "15.2 MB"."""
    return f"{ceil(count / 1_000):,} kB" if count <= 999_000 else f"{ceil(count / 100_000) / 10:,.1f} MB"


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
