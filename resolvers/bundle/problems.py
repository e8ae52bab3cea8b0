"""What is wrong with a bundle: the bad rows, named so that they can be found and mended."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

MOST_REPORTED: Final = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """One cell, or one thing, that cannot be taken as it is. line is where its row begins; 0: the file as a whole."""

    file: str
    line: int
    column: str
    why: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place} {self.column}: {self.why}" if self.column else f"{place}: {self.why}"


class BundleError(Exception):
    """The bundle is refused and nothing of it is stored: up to 100 problems, and how many `more` there are."""

    def __init__(self, problems: Iterable[Problem], more: int = 0) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        self.more = more
        super().__init__(self.problems, more)

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems]
        if self.more:
            lines.append(f"… and {self.more} more")
        return "\n".join(lines)


class Findings:
    """Problems as they are found: enough of them to report, and a count of the rest."""

    def __init__(self) -> None:
        self._listed: list[Problem] = []
        self._uncounted = 0

    def __bool__(self) -> bool:
        return bool(self._listed) or self._uncounted > 0

    def add(self, problem: Problem) -> None:
        """Notes one problem."""
        if len(self._listed) < 20 * MOST_REPORTED:  # every file may bring its hundred; they are sorted at the end
            self._listed.append(problem)
        else:
            self._uncounted += 1

    def add_uncounted(self, count: int) -> None:
        """Notes problems of which only the number is known."""
        self._uncounted += max(0, count)

    def first(self, order: Iterable[str]) -> tuple[tuple[Problem, ...], int]:
        """The first hundred, by file in that order and then by line, and how many more there are."""
        place = {name: position for position, name in enumerate(order)}
        listed = sorted(self._listed, key=lambda problem: (place.get(problem.file, -1), problem.line))
        return tuple(listed[:MOST_REPORTED]), len(listed[MOST_REPORTED:]) + self._uncounted
