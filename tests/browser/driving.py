"""Starts a script of this folder in Node and reads what it tells, line by line."""

import asyncio
import json
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

HERE: Final = Path(__file__).parent
SECONDS: Final = 300


def node() -> str:
    """The Node that `make` chose, else the one on PATH."""
    chosen = Path(sys.prefix, ".node")
    return str(Path(chosen.read_text().strip(), "node")) if chosen.is_file() else shutil.which("node") or "node"


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        number: int = taken.getsockname()[1]
    return number


class Script:
    """A script under way."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def told(self) -> Any:
        """The next thing it tells; the test fails with what the script wrote to stderr where it ends instead."""
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        line = await self._process.stdout.readline()
        if not line:
            pytest.fail((await self._process.stderr.read()).decode())
        return json.loads(line)


@asynccontextmanager
async def driving(name: str, **given: Any) -> AsyncIterator[Script]:
    """The script with what is given to it; it ends by itself."""
    if not (HERE / "node_modules" / ".installed").is_file():
        pytest.skip("`make test` installs the browser and the clients")
    process = await asyncio.create_subprocess_exec(
        node(),
        HERE / name,
        json.dumps(given),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    try:
        async with asyncio.timeout(SECONDS):
            yield Script(process)
            await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
