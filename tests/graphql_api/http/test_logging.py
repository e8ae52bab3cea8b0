"""What the log never holds: the addresses of webhooks, which may carry a token, and the values of statements."""

import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from graphql_api.http.logging import configure_logging
from models.database import Database


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Everything that is logged at the level debug; as before afterwards."""
    root, written = logging.getLogger(), StringIO()
    handlers, level = root.handlers, root.level
    configure_logging("debug", written)
    yield written
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)


def test_the_client_that_calls_webhooks_does_not_say_which_address(log: StringIO) -> None:
    for name in ("httpx", "httpcore.http11", "httpcore.connection"):
        logging.getLogger(name).info("HTTP Request: POST https://hooks.example/whsec_1")
    assert log.getvalue() == ""


async def test_a_failed_statement_does_not_tell_its_values(database: Database) -> None:
    with pytest.raises(ProgrammingError) as failure:
        async with database.read() as session:
            await session.execute(text("select :secret from nowhere"), {"secret": "whsec_1"})
    assert "whsec_1" not in str(failure.value)
