"""Runs the application under uvicorn until it is told to stop."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from graphql_api.http.wire import Bounds, Gate
from models.settings import Network

LARGEST_MESSAGE: Final = 65_536
STOPPING_SECONDS: Final = 3
BOUNDS: Final = Bounds()


class AddressTakenError(OSError):
    """The address cannot be listened on; the text says which and why."""


async def serve(
    app: ASGIApp,
    host: str,
    port: int,
    on_ready: Callable[[str, int], None],
    *,
    stop: asyncio.Event | None = None,
    bounds: Bounds = BOUNDS,
    proxies: Sequence[Network] = (),
) -> None:
    """Serves until SIGINT or SIGTERM, or until `stop` is set where the caller minds the signals itself.

    `on_ready` is called with the address once connections are accepted (port 0: a free one). Requests under way get
    a few seconds to finish. `bounds` are those of its connections; of `proxies` it believes whom they forward
    for. Raises AddressTakenError.
    """
    stopped = stop or asyncio.Event()
    listener = listen(host, port)
    server = _Server(app, lambda: on_ready(host, listener.getsockname()[1]), bounds, proxies)
    with listener, _signals(stopped, watch=stop is None):
        watching = asyncio.create_task(_stop_when(stopped, server))
        try:
            await server.serve([listener])
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers, and with word when it is up."""

    def __init__(self, app: ASGIApp, on_ready: Callable[[], None], bounds: Bounds, proxies: Sequence[Network]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Gate(bounds).protocol(),
                timeout_keep_alive=bounds.idle_seconds,
                ws="websockets-sansio",
                ws_max_size=LARGEST_MESSAGE,
                ws_per_message_deflate=False,
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                # by itself uvicorn believes whatever runs on this machine, and a variable that is no setting of ours
                proxy_headers=bool(proxies),
                forwarded_allow_ips=[str(proxy) for proxy in proxies],
                timeout_graceful_shutdown=STOPPING_SECONDS,
            )
        )
        self.on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts, then says so."""
        await super().startup(sockets)
        self.on_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals to whoever runs the process."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises AddressTakenError."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise AddressTakenError(f"Cannot listen on {host}: {error.strerror or error}.") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise AddressTakenError(f"Cannot listen on {host} port {port}: {error.strerror or error}.") from error
    return listener


@contextmanager
def _signals(stopped: asyncio.Event, *, watch: bool) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    caught = (signal.SIGINT, signal.SIGTERM) if watch else ()
    for number in caught:
        loop.add_signal_handler(number, stopped.set)
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)


async def _stop_when(stopped: asyncio.Event, server: uvicorn.Server) -> None:
    await stopped.wait()
    server.should_exit = True
