"""The product from outside: a checkout whose commands are run, and its web server and worker beside one another."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import psutil

from tests.recorded.wakeful import wakeful

URL: Final = "http://rollcall.example"  # what links begin with, whichever port a recording gets
EXPORT_DAYS: Final = "365"  # files of the prepared data are still there at a later recording
START_SECONDS: Final = 120
STOP_SECONDS: Final = 60
LEAVING_SECONDS: Final = 20
COMMAND_SECONDS: Final = 300
PATIENCE: Final = 0.5
# on Linux, what the recorder started gets SIGTERM also where the recorder is killed (prctl, PR_SET_PDEATHSIG)
LEASH: Final = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 15); os.execv(sys.argv[1], sys.argv[1:])"
LEASHED: Final = (sys.executable, "-c", LEASH) if sys.platform == "linux" else ()


class CommandBrokenOffError(Exception):
    """A command was ended before it was done."""


@dataclass(frozen=True, slots=True)
class Product:
    """A checkout, the module in it that is the command `rollcall`, and the data directory it works on."""

    tree: Path
    module: str
    data: Path
    port: int
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def base(self) -> str:
        """The address of its web server."""
        return f"http://127.0.0.1:{self.port}"

    def argv(self, *arguments: str) -> list[str]:
        """The command line of a command."""
        return [sys.executable, "-m", self.module, *arguments]

    def environment(self) -> dict[str, str]:
        """Settings that a recording fixes; none of the caller's get through."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ROLLCALL_", "PYTHON", "AWS_")) and name not in {"DATABASE_URL", "REDIS_URL"}
        }
        return kept | {
            "PYTHONPATH": str(self.tree),
            "ROLLCALL_DATA": str(self.data),
            "ROLLCALL_PORT": str(self.port),
            "ROLLCALL_URL": URL,
            "ROLLCALL_EXPORT_DAYS": EXPORT_DAYS,
            "ROLLCALL_LOG": "warning",
            "ROLLCALL_DEMO_SCALE": "0.2",
            "COLUMNS": "120",
            "TZ": "UTC",
        }

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs one command to its end. Raises CommandBrokenOffError when everything is to end, or it takes too long."""
        end = time.monotonic() + COMMAND_SECONDS
        with subprocess.Popen(
            [*LEASHED, *self.argv(*arguments)],
            cwd=self.tree,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as started:
            while not self.over.is_set() and time.monotonic() < end:
                with suppress(subprocess.TimeoutExpired):
                    output, errors = started.communicate(timeout=PATIENCE)
                    return subprocess.CompletedProcess(started.args, started.returncode, output, errors)
            started.terminate()
        raise CommandBrokenOffError(" ".join(arguments))


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def stop_on_signals() -> None:
    """SIGTERM and SIGHUP end the recorder as Ctrl-C does, so that what it started is stopped."""

    def stop(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


@contextmanager
def serving(product: Product, logs: Path) -> Iterator[None]:
    """Has the web server and a worker running; they are stopped in the end, the embedded PostgreSQL too."""
    with postgres_gone_after(product), ExitStack() as stack:
        server = stack.enter_context(process(product, logs / "serve.log", "serve"))
        stack.enter_context(process(product, logs / "worker.log", "worker"))
        await_answer(product, server)
        try:
            yield
        finally:
            product.over.set()  # commands under way end before the servers they use


@contextmanager
def process(product: Product, log: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command that runs for as long as the block lasts, and writes to that log."""
    with log.open("wb") as output:
        started = subprocess.Popen(
            [*LEASHED, *product.argv(*arguments)],
            cwd=product.tree,
            env=product.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            with wakeful(started.pid):
                yield started
        finally:
            started.terminate()
            try:
                started.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(started.pid, signal.SIGKILL)
                started.wait()


def await_answer(product: Product, server: subprocess.Popen[bytes]) -> None:
    """Waits until the web server is ready."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"The server ended with {server.returncode}; see serve.log in the recording.")
        with suppress(httpx.TransportError):
            if httpx.get(f"{product.base}/readyz", timeout=10).status_code == httpx.codes.OK:
                return
        time.sleep(0.2)
    raise RuntimeError(f"The server was not ready within {START_SECONDS} seconds.")


@contextmanager
def postgres_gone_after(product: Product) -> Iterator[None]:
    """Waits until the embedded servers on the data have ended; ends them where whoever used them was killed."""
    try:
        yield
    finally:
        for pid_file in (product.data / "postgres" / "postmaster.pid", product.data / "redis" / "redis.pid"):
            with suppress(OSError, ValueError, psutil.NoSuchProcess):
                _ended(psutil.Process(int(pid_file.read_text().split("\n", 1)[0])))


def _ended(server: psutil.Process) -> None:
    try:
        server.wait(LEAVING_SECONDS)
    except psutil.TimeoutExpired:
        server.send_signal(signal.SIGINT)
        server.wait(STOP_SECONDS)
