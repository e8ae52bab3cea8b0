"""`rollcall serve` and `rollcall worker`: the two kinds of process of an installation."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Final

from graphql_api.cli.core import interruption
from graphql_api.cli.core.composition import application, run_on, servers, settings_of_command
from graphql_api.cli.core.console import say
from graphql_api.cli.core.failing import CommandFailed
from graphql_api.cli.running.event_loop import serving_loop
from graphql_api.http.server import serve
from graphql_api.http.wire import Bounds
from graphql_api.observing.statements import observe_statements
from graphql_api.observing.traces import traced
from jobs.work.task import WorkContext
from jobs.worker import run_worker
from models.files.local import try_out
from models.settings import Settings, signing_secret

GRACE_BESIDE: Final = timedelta(seconds=3)
OnReady = Callable[[str, int], None]


async def serve_api(work: WorkContext, on_ready: OnReady) -> None:
    """Serves until somebody wants it to stop; requests under way may end."""
    stop, settings = asyncio.Event(), work.settings
    seconds = settings.request_seconds
    bounds = Bounds(settings.connections, header_seconds=seconds, body_seconds=seconds)
    with interruption.instead(stop.set), traced(work) as (watched, spans):
        await serve(
            application(watched, spans),
            settings.host,
            settings.port,
            on_ready,
            stop=stop,
            bounds=bounds,
            proxies=settings.proxies,
        )


def run_server() -> None:
    """`rollcall serve`."""

    def ready(_host: str, _port: int) -> None:
        say(f"Rollcall answers on {settings.url}; Ctrl-C stops it.")

    settings = _settings_to_stay_with()
    with servers(settings, told=True) as ground:
        run_on(ground, lambda work: serve_api(work, ready), for_requests=True, loop_factory=serving_loop)


def run_worker_process(*, until_eof: bool) -> None:
    """`rollcall worker`; with `until_eof` it also stops when its standard input ends, as the end of its parent does."""
    with servers(_settings_to_stay_with(), told=not until_eof) as ground:

        async def work_off(work: WorkContext) -> None:
            stop = asyncio.Event()
            observe_statements(work.database.engine, work.settings.slow_seconds)
            if until_eof:  # somebody waits for us to end
                work = replace(work, pace=replace(work.pace, grace=GRACE_BESIDE))
            with (
                interruption.instead(stop.set),
                _stopped_at_eof(stop) if until_eof else nullcontext(),
                traced(work) as (work, _),
            ):
                await run_worker(work, ground.addresses.redis_url, stop=stop)

        run_on(ground, work_off, works=True)


def _settings_to_stay_with() -> Settings:
    """The settings of a process that stays. CommandFailed: there is no place for its key and files.

    Else every sign-in would fail, and every file; so it is found before anybody comes.
    """
    settings = settings_of_command(lasting=True)
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        try_out(settings.data)
        signing_secret(settings)
    except OSError as error:
        raise CommandFailed(
            f"The data directory {settings.data} cannot be used ({error.strerror}), and the key that signs tokens and"
            " files are kept there. Set ROLLCALL_DATA to one that can be written."
        ) from error
    return settings


@contextmanager
def _stopped_at_eof(stop: asyncio.Event) -> Iterator[None]:
    loop, source = asyncio.get_running_loop(), sys.stdin.fileno()

    def readable() -> None:
        if not os.read(source, 4096):
            loop.remove_reader(source)
            stop.set()

    loop.add_reader(source, readable)
    try:
        yield
    finally:
        loop.remove_reader(source)
