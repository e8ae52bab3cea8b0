"""Which schema a database has, and which one this version of Rollcall brings; Alembic itself is slow to load."""

from pathlib import Path
from typing import Final

import psycopg

PARTIAL: Final = "partial"
"""In place of a revision: tables of ours, and nothing that says what they are."""
_VERSIONS: Final = Path(__file__).parent / "migrations" / "versions"


def known_revisions() -> list[str]:
    """The revisions of our migrations, oldest first; a file is named by its revision, as 0001_the_first_schema.py."""
    return sorted(path.stem.partition("_")[0] for path in _VERSIONS.glob("[0-9]*_*.py"))


def stored_revision(database_url: str) -> str | None:
    """The revision a database is at, or PARTIAL; None for one without tables.

    psycopg.OperationalError: it cannot be reached.
    """
    with psycopg.connect(database_url, autocommit=True, connect_timeout=10) as connection:
        row = connection.execute("select to_regclass('alembic_version') is not null").fetchone()
        version = connection.execute("select version_num from alembic_version").fetchone() if row and row[0] else None
        if version is not None:
            return str(version[0])
        row = connection.execute("select to_regclass('subject') is not null").fetchone()
    return PARTIAL if row and row[0] else None


def trouble_with(stored: str | None) -> tuple[str, str] | None:
    """Why this Rollcall cannot work with such a schema, and what to do; None where it can, or can bring it up to date.

    The first is the rest of a sentence: "The database has …".
    """
    if stored == PARTIAL:
        found = "tables of Rollcall and no version of them, as one that was restored in part"
        return found, "Restore it whole, or point DATABASE_URL at an empty database."
    if stored is None or stored in known_revisions():
        return None
    found = f"schema {stored}, which this Rollcall does not know (its newest is {known_revisions()[-1]})"
    return found, "Update Rollcall, or point DATABASE_URL or ROLLCALL_DATA elsewhere."
