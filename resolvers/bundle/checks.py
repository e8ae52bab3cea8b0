"""What must hold of a row by itself, made from the declarations: readable cells, known references, one school."""

from collections.abc import Iterator
from dataclasses import dataclass

from resolvers.bundle.cells import FLAG, literal, shown
from resolvers.bundle.declaring import Column, File
from resolvers.bundle.files import FILE
from resolvers.bundle.staging import DELETED, Staged


@dataclass(frozen=True, slots=True)
class Check:
    """A row is bad `when`; `why` says so, or is null where another row is to blame and reported.

    Of a bad row only the problems of the first `stage` are told: a row whose cells cannot be read has no school yet.
    """

    stage: int
    column: str
    when: str
    why: str


def checks(staged: Staged, others: dict[str, Staged], faulty: frozenset[str]) -> tuple[Check, ...]:
    """Every check of a file. `others`: the files of the bundle; `faulty`: those with bad rows so far."""
    file = staged.file
    found = [*_cells(staged), *_references(staged, others, faulty)]
    found += [Check(0, rule.column, f"not e.gone and ({rule.when})", rule.why) for rule in file.rules]
    if file.moves:
        found += _moves(file)
    found += [
        Check(
            3,
            name,
            f"not e.gone and e.school_{name} <> e.school",
            f"coalesce({shown(f'e.cell_{name}')}, 'the one stored') || ' belongs to school '"
            f" || {_school(f'e.school_{name}')} || ', not ' || {_school('e.school')}",
        )
        for name in file.home[1:]
    ]
    return tuple(found)


def _cells(staged: Staged) -> Iterator[Check]:
    file = staged.file
    if DELETED in staged.columns:
        yield Check(
            0, DELETED, "e.cell_deleted is not null and e.val_deleted is null", FLAG.complaint("e.cell_deleted")
        )
    for column in file.columns:
        unless_gone = "" if column.name in file.key else "not e.gone and "
        cell, value = f"e.cell_{column.name}", f"e.val_{column.name}"
        needed = file.must_be_given(column)
        if column.name not in staged.columns:
            if needed:
                why = f"is missing: the file has no such column, and the {file.thing} is not stored yet"
                yield Check(0, column.name, "not e.gone and not e.known", literal(why))
            continue
        if needed:
            yield Check(0, column.name, f"{unless_gone}{cell} is null", "'is empty'")
        if not column.refers:
            bad = f"{unless_gone}{cell} is not null and {value} is null"
            yield Check(0, column.name, bad, column.cell.complaint(cell))


def _references(staged: Staged, others: dict[str, Staged], faulty: frozenset[str]) -> Iterator[Check]:
    for column in staged.file.columns:
        if column.refers and column.name in staged.columns:
            when = f"not e.gone and e.cell_{column.name} is not null and e.val_{column.name} is null"
            yield Check(1, column.name, when, _unknown(column, others.get(column.refers), column.refers in faulty))


def _unknown(column: Column, parents: Staged | None, faulty: bool) -> str:
    assert column.refers is not None
    cell = f"e.cell_{column.name}"
    why = f"{shown(cell)} || {literal(f' is not a known {FILE[column.refers].thing}')}"
    if not faulty:
        return why
    if parents is None or not parents.complete:
        return "null"  # it may well be in a row that could not be read
    return f"case when not exists (select from {parents.table} p where p.id = {cell}) then {why} end"


def _moves(file: File) -> Iterator[Check]:
    own = "e.cell_id"
    for place, name in enumerate(file.home):
        earlier = "".join(f" and e.school_{other} is null" for other in file.home[:place])
        yield Check(
            2,
            name,
            f"not e.gone and e.known and e.school_{name} <> e.stored_school{earlier}",
            f"{literal(f'would move {file.thing} ')} || {shown(own)} || ' from school '"
            f" || {_school('e.stored_school')} || ' to ' || {_school(f'e.school_{name}')}",
        )


def _school(key: str) -> str:
    return f"(select {shown('s.source_id')} from subject s where s.id = {key})"
