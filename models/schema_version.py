"""Which schema a database has, and which one this version of Rollcall brings; Alembic itself is slow to load."""

from pathlib import Path
from typing import Final

import psycopg

UNKNOWN_ADVICE: Final = "Update Rollcall, or point DATABASE_URL or ROLLCALL_DATA elsewhere."
_VERSIONS: Final = Path(__file__).parent / "migrations" / "versions"


def known_revisions() -> list[str]:
    """The revisions of our migrations, oldest first; a file is named by its revision, as 0001_the_first_schema.py."""
    return sorted(path.stem.partition("_")[0] for path in _VERSIONS.glob("[0-9]*_*.py"))


def stored_revision(database_url: str) -> str | None:
    """The revision a database is at; None for one without tables. psycopg.OperationalError: it cannot be reached."""
    with psycopg.connect(database_url, autocommit=True, connect_timeout=10) as connection:
        row = connection.execute("select to_regclass('alembic_version') is not null").fetchone()
        if row is None or not row[0]:
            return None
        version = connection.execute("select version_num from alembic_version").fetchone()
    return None if version is None else str(version[0])


def is_unknown(stored: str | None) -> bool:
    """Whether a newer Rollcall made the schema that a database is at."""
    return stored is not None and stored not in known_revisions()


def unknown_schema(stored: str | None) -> str:
    """Such a schema, in words."""
    return f"{stored}, which this Rollcall does not know (its newest is {known_revisions()[-1]})"
