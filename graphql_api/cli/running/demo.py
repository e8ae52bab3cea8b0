"""`rollcall demo`: servers, schema, a made-up college, the API and a worker, all in one go until Ctrl-C."""

import asyncio
import tempfile
from pathlib import Path
from typing import Final

from graphql_api.cli.core import interruption
from graphql_api.cli.core.composition import Ground, run_on, servers, settings_of_command
from graphql_api.cli.core.console import result, result_table, say, steps
from graphql_api.cli.running.beside import worker_beside
from graphql_api.cli.running.demo_data import PASSWORD, load_college, sign_ins, write_college
from graphql_api.cli.running.event_loop import serving_loop
from graphql_api.cli.running.serving import serve_api
from graphql_api.core.context import utc_now
from graphql_api.http.server import listen
from jobs.work.task import WorkContext
from models.embedded import still_running
from models.settings import Settings
from resolvers.access.accounts import RoleAccount, is_empty

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


def run_demo() -> None:
    """Runs until Ctrl-C, SIGTERM or the end of the terminal, and leaves running only what another process uses."""
    settings = settings_of_command(lasting=True)
    listen(settings.host, settings.port).close()  # an address that is taken is better known before the work
    try:
        with servers(settings, told=True) as ground:
            if run_on(ground, _nothing_there):
                _fill(ground)
            else:
                say(f"The data in {settings.data} is kept.")
            run_on(ground, _show, for_requests=True, loop_factory=serving_loop)
    except interruption.Interrupted:
        pass
    say(_farewell(settings))


def _farewell(settings: Settings) -> str:
    left = still_running(settings)
    if not left:
        return "Stopped; nothing is left running."
    run = "runs" if len(left) == 1 else "run"
    return f"Stopped; {' and '.join(left)} {run} on for another process that uses {settings.data}."


async def _nothing_there(work: WorkContext) -> bool:
    async with work.database.read() as session:
        return await is_empty(session)


def _fill(ground: Ground) -> None:
    now = utc_now()
    with tempfile.TemporaryDirectory(prefix="rollcall-demo-") as name, steps() as progress:
        folder = Path(name)
        write_college(folder, ground.settings.demo_scale, now, progress)
        run_on(ground, lambda work: load_college(work, folder, now, progress))


async def _show(work: WorkContext) -> None:
    async with work.database.read() as session:
        accounts = await sign_ins(session)
    answers = asyncio.Event()

    def ready(_host: str, _port: int) -> None:
        _welcome(work.settings, accounts)
        answers.set()

    async with worker_beside(answers):
        await serve_api(work, ready)


def _welcome(settings: Settings, accounts: list[RoleAccount]) -> None:
    result(f"\nRollcall answers on {settings.url}\n")
    if accounts:
        rows = [(account.role.value, account.email, PASSWORD) for account in accounts]
        result_table(("role", "e-mail", "password"), rows)
    else:
        result("None of its accounts has the demo's password; `rollcall set-password EMAIL` gives one.")
    result(f"\nTry {settings.url}/graphiql, signed in as one of them. Ctrl-C stops everything.\n")
    if accounts and settings.host not in LOOPBACK:
        say(f"Anybody who reaches {settings.host} can sign in: the password of these accounts is public.")
