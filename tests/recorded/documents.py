"""The operations of a recording: each a .graphql file below operations/, with what to do with it in its first comments.

- `# as: ADMIN PRINCIPAL`: the roles that ask; all seven unless said.
- `# each id: school trainee`: once for each of these values of the manifest, as variable `id`.
- `# pages after: trainees`: page by page through that connection, with its cursors as the variable `after` or `before`.
- `# events: 2`: a subscription, of which that many events are read.
- `# keep schedule: scheduleCreate.schedule.id`: later operations have that part of the answer as a variable.
- `# settle: run`: waits until the work with that kept id has ended.

Variables that an operation declares are filled from the manifest by their names. Fragments are in fragments.graphql.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent / "operations"
ROLES: Final = ("ADMIN", "PRINCIPAL", "DEPARTMENT_HEAD", "PROGRAMME_COORDINATOR", "TRAINER", "TRAINEE", "SERVICE")
COMMENT: Final = re.compile(r"^# ([a-z]+)(?: (\w+))?: (.+)$", re.MULTILINE)
DECLARED: Final = re.compile(r"\$(\w+):")
SPREAD: Final = re.compile(r"\.\.\.(?!\s*on\b)\s*(\w+)")


@dataclass(frozen=True, slots=True)
class Operation:
    """One document, and how it is asked."""

    name: str
    document: str
    comments: tuple[tuple[str, str, str], ...]

    def comment(self, word: str) -> tuple[str, tuple[str, ...]] | None:
        """The name and the words behind a comment; None where there is none of that sort."""
        return next(((name, tuple(rest.split())) for found, name, rest in self.comments if found == word), None)

    def comments_of(self, word: str) -> list[tuple[str, str]]:
        """The name and the text behind every comment of that sort."""
        return [(name, rest) for found, name, rest in self.comments if found == word]

    @property
    def roles(self) -> tuple[str, ...]:
        """Who asks."""
        said = self.comment("as")
        return said[1] if said else ROLES

    def variables(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The declared variables that the manifest has."""
        head = self.document.split("{", 1)[0]
        return {name: values[name] for name in DECLARED.findall(head) if name in values}

    def cases(self, values: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """A name and the variables for each time that it is asked."""
        plain, each = self.variables(values), self.comment("each")
        if each is None:
            yield self.name, plain
            return
        for value in each[1]:
            yield f"{self.name}.{value}", plain | {each[0]: values[value]}


def operations(group: str) -> list[Operation]:
    """The operations of a folder, in the order of their names."""
    return [_read(path) for path in sorted((FOLDER / group).glob("*.graphql"))]


def _read(path: Path) -> Operation:
    text = path.read_text(encoding="utf-8")
    document = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
    return Operation(path.stem, document + _fragments_of(document), tuple(COMMENT.findall(text)))


def _fragments_of(document: str) -> str:
    """The fragments that a document uses, those of its fragments included."""
    texts, wanted, taken = _fragments(), SPREAD.findall(document), dict[str, str]()
    while wanted:
        name = wanted.pop()
        if name in texts and name not in taken:
            taken[name] = texts[name]
            wanted += SPREAD.findall(texts[name])
    return "".join(taken[name] for name in sorted(taken))


@cache
def _fragments() -> dict[str, str]:
    parts = re.split(r"^(?=fragment )", (FOLDER / "fragments.graphql").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {part.split()[1]: part for part in parts if part.startswith("fragment ")}
