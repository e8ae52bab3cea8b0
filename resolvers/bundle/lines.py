"""Finds the line on which a row of a file begins: rows are numbered, but a cell may hold line breaks."""

from collections.abc import Iterable

from resolvers.bundle.staging import Staged
from resolvers.bundle.wire import Wire, quoted


async def lines_of(wire: Wire, staged: Staged, numbers: Iterable[int]) -> dict[int, int]:
    """The line of each row number; the header is line 1."""
    wanted = sorted(set(numbers))
    if not wanted:
        return {}
    breaks: list[tuple[int, int]] = []
    if staged.quoted:
        known = await wire.rows(
            f"select n, line from {staged.table} where n = any(%(wanted)s) and line is not null", {"wanted": wanted}
        )
        if known:
            return dict(known)
        breaks = await _breaks(wire, staged, wanted[-1])
    lines: dict[int, int] = {}
    before = position = 0
    for n in wanted:
        while position < len(breaks) and breaks[position][0] < n:
            before += breaks[position][1]
            position += 1
        lines[n] = staged.first_line + n - 1 + before
    return lines


async def _breaks(wire: Wire, staged: Staged, last: int) -> list[tuple[int, int]]:
    """The rows before the last one asked for that hold line breaks, and how many."""
    text = f"concat_ws('|', {', '.join(map(quoted, staged.cells))})"
    found = await wire.rows(
        f"""
        select n, regexp_count({text}, E'\\r\\n|\\r|\\n') from {staged.table}
        where n < {last} and {text} ~ E'[\\r\\n]' order by n"""
    )
    return [(n, count) for n, count in found]
