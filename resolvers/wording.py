"""Sentences that hold a number: right for one and for many."""


def counted(number: int, one: str, many: str) -> str:
    """The number and what follows it: `counted(1, "row is", "rows are")` is "1 row is"."""
    return f"{number:,} {one if number == 1 else many}"
