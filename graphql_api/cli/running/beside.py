"""A worker beside the web server: a process of its own, so that neither waits for the other, that cannot outlive us.

It stops when its standard input ends. That is how we end it, and it happens by itself should we be killed; it then also
stops the embedded servers, being the last to use them.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
STOP_SECONDS: Final = 10.0

log = structlog.stdlib.get_logger("rollcall.cli")


@asynccontextmanager
async def worker_beside(begin: asyncio.Event) -> AsyncIterator[None]:
    """Has a worker running from `begin` on for as long as the block lasts; one that ends by itself is followed."""
    keeping = asyncio.create_task(_keep_one(begin))
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def _keep_one(begin: asyncio.Event) -> None:
    await begin.wait()
    pause = FIRST_PAUSE
    while True:
        process = await _started()
        try:
            code = await process.wait()
        finally:
            await _ended(process)
        log.warning("worker_ended", code=code, next_in=pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


async def _started() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        # -P and the path of this process: the child imports what we would, not what lies in the working directory
        sys.executable,
        "-P",
        "-m",
        "graphql_api.cli",
        "worker",
        "--until-eof",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        start_new_session=True,  # Ctrl-C is for us: we end it in our own order
    )


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
