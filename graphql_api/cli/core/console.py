"""What commands say: results on stdout, everything else on stderr."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

# where nobody looks, nothing needs to be folded
UNLIMITED = 200


def result(text: str) -> None:
    """One line or more for stdout, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """One line for the person at the terminal, on stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def result_table(headings: Sequence[str], rows: Iterable[Sequence[str | int]], *, right: Sequence[str] = ()) -> None:
    """A table for stdout; the columns named in `right` hold numbers."""
    table = Table(box=SIMPLE, show_edge=False, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    for row in rows:
        # as Text: what comes from data is not markup
        table.add_row(*(Text(f"{cell:,}" if isinstance(cell, int) else cell) for cell in row))
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else UNLIMITED)
    console.print(table)
    sys.stdout.flush()


class Steps:
    """Progress on stderr: a bar on a terminal, elsewhere a line whenever another quarter is done."""

    def __init__(self, bar: Progress | None) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=None) if bar else None
        self._told: tuple[str, int] = ("", -1)

    def show(self, heading: str, detail: str, done: int, total: int) -> None:
        """How far the work under this heading is."""
        if self._bar is not None and self._task is not None:
            description = f"{heading}: {detail}" if detail else heading
            self._bar.update(self._task, description=description, completed=done, total=total)
            return
        quarter = 4 * done // total if total else 0
        if self._told[0] != heading or quarter > self._told[1]:
            self._told = heading, quarter
            say(f"{heading} … {25 * quarter} %")


@contextmanager
def steps() -> Iterator[Steps]:
    """Shows progress while the block lasts."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Steps(None)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        yield Steps(bar)


@contextmanager
def waiting(text: str, *, told: bool = False) -> Iterator[None]:
    """A spinner on a terminal while the block lasts; elsewhere nothing, or one line where it is to be `told`."""
    console = Console(stderr=True)
    if told and not console.is_terminal:
        say(f"{text}.")
    with console.status(Text(text)):
        yield
