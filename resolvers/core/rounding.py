"""Rounding that says nothing untrue: what is below a line is not shown as the line, nor as 100 % what is not whole.

Every place where a figure is written for people rounds here: files, charts, mail, alerts. What carries every digit does
not. It is arithmetic alone, so that formats may use it too.
"""

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from functools import cache
from typing import Final

WHOLE: Final = (Decimal(0), Decimal(1))
"""Nothing and all: shown only where a share is exactly that."""
_EXACT: Final = Context(prec=2000)


def exact(value: float | Decimal) -> Decimal:
    """The number a value stands for; a double for the shortest decimal that is read as it, as thresholds take it."""
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def rounded_share(
    share: Decimal, places: int, lines: Iterable[Decimal] = (), points: Iterable[Decimal] = ()
) -> Decimal:
    """The share (0–1) with so many decimal places, ties to even, and on its own side of every line.

    Below a line it stays below, at a line or above it does not fall below, and it is 0, 1 or one of the points only
    where it is exactly that: else the neighbour on the other side is taken. Where no number with so few places lies on
    its side of everything, it has as many more as that takes.
    """
    limits, exactly = tuple(lines), (*WHOLE, *points)
    while True:
        for rounding in (ROUND_HALF_EVEN, ROUND_FLOOR, ROUND_CEILING):
            near = share.quantize(_step(places), rounding, _EXACT)
            if _true(near, share, limits, exactly):
                return near
        places += 1


def places_of_share(share: Decimal, places: int, lines: Iterable[Decimal] = ()) -> int:
    """So many decimal places, or as many more as it takes that a reader's own rounding leaves the share on its side.

    For programs that round what they show by themselves, ties away from 0, as spreadsheets do.
    """
    limits = tuple(lines)
    while not _true(share.quantize(_step(places), ROUND_HALF_UP, _EXACT), share, limits, WHOLE):
        places += 1
    return places


def places_of_number(value: float | Decimal, places: int) -> int:
    """So many decimal places, or as many more as it takes that a number which is not 0 is not shown as 0."""
    number = exact(value)
    while number and not number.quantize(_step(places), ROUND_HALF_EVEN, _EXACT):
        places += 1
    return places


@cache
def _step(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def _true(near: Decimal, share: Decimal, lines: tuple[Decimal, ...], points: tuple[Decimal, ...]) -> bool:
    return all((near < line) == (share < line) for line in lines) and all(
        (near == point) == (share == point) for point in points
    )
