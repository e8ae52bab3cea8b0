"""Writes the good rows of a file: what is new, and what differs from what is stored."""

from typing import Final

import psycopg

from models.subject import sort_key
from resolvers.bundle.declaring import File
from resolvers.bundle.rows import Rows, detail_columns, is_numbered
from resolvers.bundle.wire import Wire, quoted

_BATCH: Final = 10_000


async def insert(wire: Wire, rows: Rows) -> None:
    """Inserts the rows marked i. psycopg.errors.UniqueViolation: a key is in the file twice."""
    file, table = rows.file, rows.table
    if not file.kind:
        if file.name == "users":
            await _free_addresses(wire)
        listed = ", ".join(map(quoted, (["id"] if is_numbered(file) else []) + _stored_columns(file)))
        # in the order of the primary key its index grows at one end only
        order = "n" if is_numbered(file) else ", ".join(map(quoted, file.key))
        await wire.run(
            f"insert into {file.table} ({listed}) select {listed} from {table} where act = 'i' order by {order}"
        )
        return
    school = "id" if file.name == "schools" else "school_id"
    await wire.run(
        f"""
        insert into subject (id, kind, school_id, source_id, name, sort_key)
        select id, '{file.kind}', {school}, source_id, name, sort_key from {table} where act = 'i' order by n"""
    )
    listed = ", ".join(["id", *map(quoted, detail_columns(file))])
    await wire.run(f"insert into {file.table} ({listed}) select {listed} from {table} where act = 'i' order by n")


async def insert_or_duplicate(wire: Wire, rows: Rows) -> bool:
    """Like `insert`, but False, with nothing written, when a key is in the file twice."""
    try:
        async with wire.connection.transaction():
            await insert(wire, rows)
    except psycopg.errors.UniqueViolation:
        return False
    return True


async def update(wire: Wire, rows: Rows) -> None:
    """Updates the rows marked u."""
    file = rows.file
    if file.kind:
        await wire.run(
            f"""
            update subject s set name = r.name, sort_key = r.sort_key from {rows.table} r
            where r.act = 'u' and s.id = r.id and s.name <> r.name"""
        )
    columns = detail_columns(file) if file.kind else [name for name in _stored_columns(file) if name not in file.key]
    if columns:
        changes = ", ".join(f"{quoted(name)} = r.{quoted(name)}" for name in columns)
        await wire.run(
            f"update {file.table} t set {changes} from {rows.table} r where r.act = 'u' and {same_key(file, 't', 'r')}"
        )
    if file.name == "users":
        # a token names a role: those issued under another are void
        await wire.run(
            """
            update account a set tokens_from = now() from row_users r
            where r.act = 'u' and a.id = r.id and r.role <> r.was_role"""
        )
    if file.name == "sessions":
        await wire.run(
            """
            update mark m set day = r.day from row_sessions r
            where r.act = 'u' and r.day <> r.was_day and m.session_id = r.id"""
        )


def same_key(file: File, left: str, right: str) -> str:
    """SQL that says two rows of a file's table are the same thing."""
    names = ["id"] if is_numbered(file) else list(file.key)
    return " and ".join(f"{left}.{quoted(name)} = {right}.{quoted(name)}" for name in names)


async def note_sort_keys(wire: Wire, rows: Rows) -> None:
    """Gives the rows of subjects their sort key."""
    # of plain ASCII the lower case is all there is to it
    await wire.run(f"alter table {rows.table} add sort_key text")
    await wire.run(
        f"""update {rows.table} set sort_key = lower(name collate "C") where act in ('i', 'u') and name ~ '^[ -~]*$'"""
    )
    others = await wire.rows(
        f"select distinct name from {rows.table} where act in ('i', 'u') and name is not null and sort_key is null"
    )
    for start in range(0, len(others), _BATCH):
        names = [name for (name,) in others[start : start + _BATCH]]
        keys = [sort_key(name) for name in names]
        await wire.run(
            f"""
            update {rows.table} r set sort_key = given.sort_key
            from unnest(%(names)s::text[], %(keys)s::text[]) as given (name, sort_key)
            where r.name = given.name""",
            {"names": names, "keys": keys},
        )


async def _free_addresses(wire: Wire) -> None:
    """Lets go of the addresses that change or leave, so that users may swap or inherit them."""
    await wire.run(
        """
        update account a set email = 'moving ' || a.id from row_users r
        where r.id = a.id and (r.act = 'd' or r.act = 'u' and r.email is distinct from a.email)"""
    )


def _stored_columns(file: File) -> list[str]:
    return [column.into for column in file.columns if column.into] + list(file.derived)
