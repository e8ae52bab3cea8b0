"""Brings a database to the newest schema. Runs as the owner, unlike everything else."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from models.database import sqlalchemy_url

# any number: two migrations at once wait for each other
_LOCK = 7_265_551


def alembic_config() -> Config:
    """Alembic's configuration without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def migrate(database_url: str, revision: str = "head") -> None:
    """Applies every migration that is missing; does nothing when the schema is current.

    Raises sqlalchemy.exc.SQLAlchemyError when the database cannot be reached or the role may not create tables.
    """
    engine = create_engine(sqlalchemy_url(database_url), poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": _LOCK})
        connection.commit()
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()
        connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": _LOCK})
        connection.commit()
    engine.dispose()
