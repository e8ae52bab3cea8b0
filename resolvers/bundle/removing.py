"""Takes away the rows a bundle marks deleted, children before parents, unless something still refers to them."""

from typing import Final

from sqlalchemy import Table

from models import Base
from resolvers.bundle.rows import Rows, is_numbered
from resolvers.bundle.wire import Wire, quoted
from resolvers.bundle.writing import same_key

# kept by resolvers/metrics/sums.py from the rows that are gone by then, and so no reason to keep anything
_DERIVED: Final = ("coverage", "teaching")
# references the schema does not know: (table, column) by the table referred to
_UNDECLARED: Final = {"subject": (("mark", "trainee_id"),), "session": (("mark", "session_id"),)}
_WORDS: Final = {
    "account": "users",
    "class_group": "class groups",
    "policy": "policies",
    "subject": "departments, trainees or other subjects",
}
_LET_GO: Final = ("CASCADE", "SET NULL")
_MOST: Final = 101


async def refused(wire: Wire, rows: Rows) -> list[tuple[int, str]]:
    """The numbers of the rows that cannot be removed, each with what refers to it; at most 101."""
    if not is_numbered(rows.file) or not await wire.value(f"select exists (select from {rows.table} where act = 'd')"):
        return []
    referring: dict[int, list[str]] = {}
    for table, column in _referring(_own_table(rows)):
        itself = " and o.id <> r.id" if (table, column) == ("subject", "school_id") else ""
        found = await wire.rows(
            f"""
            select r.n from {rows.table} r
            where r.act = 'd' and exists (select from {table} o where o.{quoted(column)} = r.id{itself})
            order by r.n limit {_MOST}"""
        )
        for (n,) in found:
            referring.setdefault(n, []).append(_WORDS.get(table, f"{table.replace('_', ' ')}s"))
    if rows.file.kind:
        asked = await wire.rows(
            f"""
            select r.n from {rows.table} r where r.act = 'd' and exists (
                select from run where run.subjects @> to_jsonb(r.id)
            ) order by r.n limit {_MOST}"""
        )
        for (n,) in asked:
            referring.setdefault(n, []).append("runs")
    return [
        (n, f"cannot be removed: {' and '.join(dict.fromkeys(words))} refer to it")
        for n, words in sorted(referring.items())[:_MOST]
    ]


async def remove(wire: Wire, rows: Rows) -> None:
    """Deletes the rows marked so; only for a file of which none is refused."""
    if rows.file.kind:
        for table in _DERIVED:
            for column in _columns_to(Base.metadata.tables[table], "subject"):
                await wire.run(
                    f"delete from {table} o using {rows.table} r where r.act = 'd' and o.{quoted(column)} = r.id"
                )
    own = _own_table(rows)
    await wire.run(f"delete from {own} t using {rows.table} r where r.act = 'd' and {same_key(rows.file, 't', 'r')}")


def _own_table(rows: Rows) -> str:
    return "subject" if rows.file.kind else rows.file.table


def _referring(own: str) -> list[tuple[str, str]]:
    declared = [
        (table.name, column)
        for table in Base.metadata.sorted_tables
        if table.name not in _DERIVED
        for column in _columns_to(table, own)
    ]
    return [*declared, *_UNDECLARED.get(own, ())]


def _columns_to(table: Table, own: str) -> list[str]:
    """The columns of a table that refer to another and neither go with it nor forget it."""
    return [
        key.parent.name
        for key in sorted(table.foreign_keys, key=lambda key: str(key.parent.name))
        if key.column.table.name == own and key.ondelete not in _LET_GO
    ]
