"""The migrated schema is the one the models describe, and the application's role may do no more than its work."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import sql
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from models import Base
from models.database import APP_ROLE, Database, sqlalchemy_url
from models.migrate import alembic_config, migrate
from models.schema_version import known_revisions, stored_revision
from resolvers.metrics.sums import verify_sums
from tests.support.factories import imported
from tests.support.worked_examples import RESULTS

# Every column, constraint and index as PostgreSQL itself writes it: sees what Alembic does not compare, such as
# collations, the conditions of partial indexes, checks and what becomes of rows that refer to a removed one.
CATALOGUE: Final = """
select c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || coalesce(l.collname, '')
    || ' not null ' || a.attnotnull || ' identity ' || a.attidentity::text || ' default ' || a.atthasdef
from pg_attribute a
join pg_class c on c.oid = a.attrelid and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
left join pg_collation l on l.oid = a.attcollation
where a.attnum > 0 and not a.attisdropped and c.relname <> 'alembic_version'
union all
select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
where connamespace = 'public'::regnamespace and conrelid <> coalesce(to_regclass('alembic_version'), 0)
union all
select indexdef from pg_indexes where schemaname = 'public' and tablename <> 'alembic_version'
"""
# References whose column begins no index, and whose table is read once when the row referred to is removed.
LOOSE_REFERENCES: Final = """
select conrelid::regclass::text, a.attname from pg_constraint k
join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
where k.contype = 'f' and not exists (
    select from pg_index i where i.indrelid = k.conrelid and i.indkey[0] = k.conkey[1]
)
"""


@pytest.fixture
def owner(database_url: str) -> Iterator[psycopg.Connection]:
    """A connection of the owner to a migrated database."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def app(owner: psycopg.Connection) -> psycopg.Connection:
    """The same in the role of the application."""
    owner.execute(sql.SQL("set role {}").format(sql.Identifier(APP_ROLE)))
    return owner


def _catalogue(connection: psycopg.Connection) -> list[str]:
    return sorted(row[0] for row in connection.execute(CATALOGUE))


def test_alembic_finds_nothing_to_migrate(database_url: str) -> None:
    engine = create_engine(sqlalchemy_url(database_url), poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_make_the_schema_of_the_models(owner: psycopg.Connection, database_url: str) -> None:
    migrated = _catalogue(owner)
    owner.execute("drop schema public cascade; create schema public")
    engine = create_engine(sqlalchemy_url(database_url), poolclass=NullPool)
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
    assert migrated == _catalogue(owner)


def test_migrating_again_changes_nothing(owner: psycopg.Connection, database_url: str) -> None:
    before = _catalogue(owner)
    migrate(database_url)
    assert _catalogue(owner) == before
    assert stored_revision(database_url) == known_revisions()[-1]


def test_the_database_finds_what_refers_to_a_row(owner: psycopg.Connection) -> None:
    """Few accounts exist, and one with reports cannot be removed anyway."""
    assert set(owner.execute(LOOSE_REFERENCES).fetchall()) == {
        *(("account", f"{tie}_id") for tie in ("school", "department", "programme", "trainer", "trainee")),
        ("report", "generated_by"),
    }


async def test_the_application_connects_as_its_role(database: Database) -> None:
    async with database.read() as session:
        connection = await session.connection()
        assert (await connection.exec_driver_sql("select current_user")).scalar() == APP_ROLE


def test_the_role_of_the_application_owns_nothing(owner: psycopg.Connection) -> None:
    role = owner.execute(
        "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication from pg_roles"
        " where rolname = %s",
        [APP_ROLE],
    ).fetchone()
    assert role == (False, False, False, False, False, False)
    owned = owner.execute(
        "select c.relname from pg_class c where c.relowner = %s::regrole"
        " union all select datname from pg_database where datdba = %s::regrole"
        " union all select nspname from pg_namespace where nspowner = %s::regrole",
        [APP_ROLE] * 3,
    ).fetchall()
    assert owned == []


@pytest.mark.parametrize(
    "forbidden",
    [
        "update report set revision = 2",
        "delete from report",
        "truncate report",
        "update alembic_version set version_num = '0000'",
        "create table extra (id int)",
        "alter table report add column extra int",
        "drop index ix_report_generated_at_id",
        "create role extra",
    ],
)
def test_the_application_may_not(app: psycopg.Connection, forbidden: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        app.execute(forbidden)


@pytest.mark.parametrize("allowed", ["select from report", "update mark set reason = null", "delete from job"])
def test_the_application_may(app: psycopg.Connection, allowed: str) -> None:
    assert app.execute(allowed).rowcount == 0


async def test_results_without_a_group_come_to_the_trainer_their_assessment_names(
    database: Database, database_url: str, owner: psycopg.Connection, tmp_path: Path
) -> None:
    """What was kept before 0004 is brought right by it, and back."""
    async with database.write() as session:
        await imported(session, RESULTS.bundle, tmp_path / "results")
    parts = "select class_group_id is null, trainer_id, results from result_part order by id"
    kept = owner.execute(parts).fetchall()
    named = [part for part in kept if part[0] and part[1] is not None]
    assert len(named) == 1  # the result of dan in quiz q2
    config = alembic_config()
    engine = create_engine(sqlalchemy_url(database_url), poolclass=NullPool)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
        connection.commit()
    engine.dispose()
    assert owner.execute(parts).fetchall() == [(True, None, part[2]) if part in named else part for part in kept]
    migrate(database_url)
    assert owner.execute(parts).fetchall() == kept
    async with database.write() as session:
        assert set((await verify_sums(session)).values()) == {0}
