"""`rollcall ready`: asks the web server of this machine whether it can do its work, for whatever watches over it."""

from contextlib import closing
from http.client import HTTPConnection, HTTPException
from typing import Final

from graphql_api.cli.core.console import result
from graphql_api.cli.core.failing import CommandFailed
from models.settings import Settings, load_settings

SECONDS: Final = 5
# a server that listens everywhere is asked where it is nearest
NEAREST: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def run_readiness() -> None:
    """Says that it is ready. CommandFailed: it is not, or does not answer."""
    settings = load_settings()
    status = _status(settings)
    if status != 200:
        raise CommandFailed(f"Not ready: the server at {_place(settings)} answers /readyz with {status}.")
    result("Ready.")


def _status(settings: Settings) -> int:
    host = NEAREST.get(settings.host, settings.host)
    with closing(HTTPConnection(host, settings.port, timeout=SECONDS)) as connection:
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status
        except (OSError, HTTPException) as error:
            raise CommandFailed(f"No answer from a server at {_place(settings)}: {error}.") from error


def _place(settings: Settings) -> str:
    return f"{settings.host} port {settings.port}"
