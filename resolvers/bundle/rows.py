"""From texts to rows: one statement per file that reads the cells, finds what they refer to and what is stored.

The result is a table `row_<file>`: the stored columns as they shall be, and `act`, what is to be done with the row:
i insert, u update, d delete, s stays as it is, n nothing to delete, x bad.
"""

from dataclasses import dataclass

from models import Base
from resolvers.bundle.cells import FLAG, literal
from resolvers.bundle.checks import Check, checks
from resolvers.bundle.declaring import NOT_STORED, Column, File
from resolvers.bundle.files import FILE
from resolvers.bundle.staging import DELETED, Staged
from resolvers.bundle.wire import quoted


@dataclass(frozen=True, slots=True)
class Rows:
    """The statements about one staged file, and the checks they make."""

    staged: Staged
    checks: tuple[Check, ...]

    @property
    def file(self) -> File:
        """The declaration."""
        return self.staged.file

    @property
    def table(self) -> str:
        """The table of rows to write."""
        return f"row_{self.file.name}"

    def create(self) -> str:
        """SQL that makes the table."""
        file = self.file
        bad = " or ".join(f"({check.when})" for check in self.checks)
        kept = [f"e.was_{name} as was_{name}" for name in file.keeps]
        values = [f"{sql} as {quoted(name)}" for name, (sql, _) in _stored(file).items()]
        if file.kind:
            values.append("e.school as school_id")
        if is_numbered(file):
            fresh = f"nextval('{'subject' if file.kind else file.table}_id_seq')::int"
            values.append(f"case when e.known or e.gone then e.target_id else {fresh} end as id")
        now, was = zip(*((sql, was) for sql, was in _stored(file).values() if was), strict=True)
        return f"""
        create temp table {self.table} as
        select e.n, {", ".join([*values, *kept])},
            (case when ({bad}) is true then 'x'
                when e.gone then case when e.known then 'd' else 'n' end
                when not e.known then 'i'
                when row({", ".join(now)}) is distinct from row({", ".join(was)}) then 'u'
                else 's' end)::"char" as act
        from {self._source()} e"""

    def explain(self) -> str:
        """SQL for what is wrong with the rows whose numbers are in `asked_row`: n, stage, column, why."""
        cases = ", ".join(
            f"({check.stage}, {place}, {literal(check.column)}, {check.when},"
            f" case when {check.when} then {check.why} end)"
            for place, check in enumerate(self.checks)
        )
        return f"""
        select e.n, c.stage, c.name, c.why
        from {self._source("where i.n = any(select n from asked_row)")} e
        cross join lateral (values {cases}) as c (stage, place, name, bad, why)
        where c.bad order by e.n, c.place"""

    def _source(self, where: str = "") -> str:
        file = self.file
        school = file.school or f"coalesce({', '.join([*(f'e.school_{name}' for name in file.home), 'null'])})"
        return f"""(
            select e.*, {school} as school
            from (select {", ".join(self._columns())} from {self._joins()} {where} offset 0) e
        )"""

    def _columns(self) -> list[str]:
        file, given = self.file, self.staged.columns
        columns = ["i.n", f"{self._known()} as known"]
        columns.append(f"{'t.id' if is_numbered(file) else 'null::int'} as target_id")
        columns.append(f"{file.stored_school if file.moves else 'null::int'} as stored_school")
        if DELETED in given:
            deleted = f"i.{DELETED}"
            columns += [f"{deleted} as cell_deleted", f"{FLAG.value(deleted)} as val_deleted"]
            columns.append(f"coalesce({FLAG.value(deleted)}, false) as gone")
        else:
            columns.append("false as gone")
        for column in file.columns:
            cell = f"i.{quoted(column.name)}" if column.name in given else "null::text"
            columns.append(f"{cell} as cell_{column.name}")
            columns.append(f"{self._value(column)} as val_{column.name}")
            if column.refers:
                school = "null::int" if self._unjoined(column) else f"f_{column.name}.school_id"
                columns.append(f"{school} as school_{column.name}")
            if column.into and column.name not in file.key:
                columns.append(f"t.{quoted(column.into)} as was_{column.name}")
        columns += [f"t.{quoted(name)} as was_{name}" for name in file.derived]
        columns += [f"{sql} as x_{name}" for name, sql in file.extras.items()]
        return columns

    def _value(self, column: Column) -> str:
        file, given = self.file, column.name in self.staged.columns
        if column.refers:
            return "null::int" if self._unjoined(column) else f"f_{column.name}.id"
        if not given:
            stored = f"null::{column.cell.sql_type}" if column.name in file.key else f"t.{quoted(column.into)}"
            return f"coalesce({stored}, {column.empty})" if column.empty else stored
        cell = f"i.{quoted(column.name)}"
        if column.empty:
            return f"case when {cell} is null then {column.empty} else {column.cell.value(cell)} end"
        return column.cell.value(cell)

    def _unjoined(self, column: Column) -> bool:
        """Whether there is nothing to look the reference up by."""
        return column.name not in self.staged.columns and (column.name in self.file.key or not column.into)

    def _known(self) -> str:
        return "t.id is not null" if is_numbered(self.file) else f"t.{quoted(self.file.key[0])} is not null"

    def _joins(self) -> str:
        file = self.file
        references = [column for column in file.columns if column.refers and not self._unjoined(column)]
        joins = [f"{self.staged.table} i"]
        joins += [self._reference(column) for column in references if column.name in file.key]
        joins.append(f"left join {_target(file)} t on {self._same_key()}")
        joins += [self._reference(column) for column in references if column.name not in file.key]
        joins.append(file.joins)
        return "\n".join(joins)

    def _reference(self, column: Column) -> str:
        assert column.refers is not None
        referred, alias = FILE[column.refers], f"f_{column.name}"
        table = "subject" if referred.kind else referred.table
        if column.name not in self.staged.columns:
            return f"left join {table} {alias} on {alias}.id = t.{quoted(column.into)}"
        kind = f"{alias}.kind = '{referred.kind}' and " if referred.kind else ""
        return f"left join {table} {alias} on {kind}{alias}.source_id = i.{quoted(column.name)}"

    def _same_key(self) -> str:
        file, parts = self.file, []
        if file.has_id:
            return "t.source_id = i.id"
        for name in file.key:
            column, cell, stored = file.column(name), f"i.{quoted(name)}", f"t.{quoted(name)}"
            value = self._value(column)
            if column.required:
                parts.append(f"{stored} = {value}")
            elif name not in self.staged.columns:
                parts.append(f"{stored} is null")
            else:  # an unknown course is not the absence of one
                parts.append(f"{stored} is not distinct from {value} and ({cell} is null or {value} is not null)")
        return " and ".join(parts)


def rows_of(staged: Staged, others: dict[str, Staged], faulty: frozenset[str]) -> Rows:
    """The statements for one staged file. `faulty`: the files in which bad rows have been found so far."""
    return Rows(staged, checks(staged, others, faulty))


def is_numbered(file: File) -> bool:
    """Whether its rows have an id of ours."""
    return file.kind is not None or "id" in Base.metadata.tables[file.table].columns


def detail_columns(file: File) -> list[str]:
    """The columns of a subject that its detail table holds."""
    return [column.into for column in file.columns if column.into not in ("source_id", "name", NOT_STORED)]


def _target(file: File) -> str:
    """What is stored, as a table with the columns the file's have."""
    if file.kind is None:
        return file.table
    details = "".join(f", d.{quoted(name)}" for name in detail_columns(file))
    return (
        f"(select s.id, s.source_id, s.name, s.school_id{details}"
        f" from subject s join {file.table} d on d.id = s.id where s.kind = '{file.kind}')"
    )


def _stored(file: File) -> dict[str, tuple[str, str]]:
    """Stored column → SQL of its value as it shall be and as it was; no `was` for what is part of the key."""
    values = {
        column.into: (f"e.val_{column.name}", "" if column.name in file.key else f"e.was_{column.name}")
        for column in file.columns
        if column.into
    }
    return values | {name: (sql, f"e.was_{name}") for name, sql in file.derived.items()}
