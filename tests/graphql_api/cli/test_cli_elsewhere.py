"""Commands load and work where Unix's own modules, its signals and uvloop are missing, as on Windows."""

import subprocess
import sys

import pytest

from tests.graphql_api.cli.conftest import HANGING_SECONDS, ROOT, Installation, environ_of_process

MODULES = ("uvloop", "fcntl", "pwd", "grp", "resource", "termios", "tty", "psutil")
NAMES = ("SIGHUP", "SIGQUIT", "SIGKILL", "SIGPROF", "ITIMER_PROF", "setitimer", "getitimer", "SIGUSR1", "SIGALRM")
BARE = f"""
import os, signal, sys
for module in {MODULES}:
    sys.modules[module] = None
for name in {NAMES}:
    delattr(signal, name)
del os.geteuid, os.nice, os.setsid
"""
EVERY_MODULE = """
import importlib, pathlib
for path in sorted(pathlib.Path("graphql_api/cli").rglob("*.py")):
    if path.stem != "__main__":
        importlib.import_module(".".join(path.with_suffix("").parts))
import graphql_api.app, jobs.worker
print("loaded")
"""
COMMAND = """
from graphql_api.cli import main
main()
"""


def run(attend: Installation, program: str, *arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-c", BARE + program, *arguments],
        cwd=ROOT,
        env=environ_of_process() | attend.environ,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=HANGING_SECONDS,
    )
    return done.returncode, done.stdout, done.stderr


def test_every_module_of_the_commands_loads(attend: Installation) -> None:
    assert run(attend, EVERY_MODULE) == (0, "loaded\n", "")


@pytest.mark.parametrize(
    ("line", "last"), [("verify", "No difference."), ("doctor", "All is well."), ("schema --check", "")]
)
def test_a_command_works(attend: Installation, line: str, last: str) -> None:
    code, out, err = run(attend, COMMAND, *line.split())
    assert (code, (out.splitlines() or [""])[-1], err) == (0, last, "")


def test_the_web_server_has_an_event_loop(attend: Installation) -> None:
    program = "from graphql_api.cli.running.event_loop import serving_loop\nprint(type(serving_loop()).__module__)"
    assert run(attend, program) == (0, "asyncio.unix_events\n", "")
