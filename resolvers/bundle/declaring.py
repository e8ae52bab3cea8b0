"""What a declaration of a file of a source bundle says: its columns, its key, and the rules for its rows.

Rules and derived columns are SQL over `e`, a row with what is given and what is stored: `e.val_x` is the value column x
will have, `e.cell_x` its text in the file, `e.was_x` what is stored; for a reference `e.school_x` is its school.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from models import Base, SubjectKind
from resolvers.bundle.cells import ID, NAME, Cell, literal

NOT_STORED: Final = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: how its cells are read, or the file whose ids they name. `stored`: its column in the table."""

    name: str
    cell: Cell = ID
    refers: str | None = None
    required: bool = False
    stored: str | None = None
    empty: str | None = None  # SQL for the value of an empty cell, over t (the stored row)

    @property
    def into(self) -> str:
        """The column of the table, or NOT_STORED where the value is only used to find another."""
        return self.name if self.stored is None else self.stored


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition under which a row is refused, and the sentence, both SQL; reported at `column`."""

    column: str
    when: str
    why: str


@dataclass(frozen=True, slots=True)
class File:
    """A file: its columns, its key, where its rows are kept, and what must hold of them.

    `home`: the references whose school the row must agree on, the deciding one first. `school`: SQL for the row's own
    school. `derived`: stored columns that are worked out, not given. `joins` may be used by them. `keeps`: columns of
    which the stored value is needed once the row is written.
    """

    name: str
    thing: str
    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("id",)
    kind: SubjectKind | None = None
    home: tuple[str, ...] = ()
    school: str | None = None
    moves: bool = False  # whether its rows have a stored school to stay in
    stored_school: str = "t.school_id"
    joins: str = ""
    extras: Mapping[str, str] = field(default_factory=dict)
    derived: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    keeps: tuple[str, ...] = ()

    @property
    def has_id(self) -> bool:
        """Whether rows are known by an id of the institution, not by what they tie together."""
        return self.key == ("id",)

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)

    def must_be_given(self, column: Column) -> bool:
        """Whether an empty cell is refused: required by the contract, or nowhere to keep an unknown."""
        if column.required or column.empty is not None or not column.into:
            return column.required
        stored = Base.metadata.tables[self.table].columns.get(column.into)
        return stored is not None and not stored.nullable


def id_column() -> Column:
    """The institution's id of the row."""
    return Column("id", required=True, stored="source_id")


def name_column(*, stored: str | None = None) -> Column:
    """The name people know it by."""
    return Column("name", NAME, required=True, stored=stored)


def parent(name: str, refers: str, *, stored: str | None = None) -> Column:
    """A row of another file that there has to be."""
    return Column(name, refers=refers, required=True, stored=stored)


def link(name: str, refers: str) -> Column:
    """A row of another file, or none."""
    return Column(name, refers=refers)


def subject_file(name: str, kind: SubjectKind, *columns: Column, keeps: tuple[str, ...] = (), home: str = "") -> File:
    """A file of subjects of one kind."""
    return File(
        name,
        kind.lower().replace("_", " "),
        table=kind.lower(),
        kind=kind,
        columns=(id_column(), *columns),
        home=(home,) if home else (),
        moves=True,
        keeps=keeps,
    )


def ordered(first: str, last: str) -> Rule:
    """Of two days or moments the last is not before the first."""
    why = f"'is before ' || {literal(first)}"
    return Rule(last, f"e.val_{last} < e.val_{first}", why)
