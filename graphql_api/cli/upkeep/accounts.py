"""`rollcall token` and `rollcall set-password`."""

import sys

import typer

from graphql_api.cli.core.composition import run
from graphql_api.cli.core.console import result, say
from graphql_api.core.context import utc_now
from graphql_api.http.sign_in import issue_token
from jobs.work.task import WorkContext
from resolvers.access.sign_in import check_password_rules, set_password


def print_token(email: str) -> None:
    """Prints a token that `Authorization: Bearer` takes."""

    async def issued(work: WorkContext) -> str:
        async with work.database.read() as session:
            return await issue_token(session, work.settings, email, utc_now())

    result(run(issued))


def change_password(email: str, *, from_stdin: bool) -> None:
    """Asks for a password twice, or reads the first line of the standard input, and stores it."""
    password = _first_line() if from_stdin else _asked(email)
    check_password_rules(password)  # before any server is started for nothing

    async def change(work: WorkContext) -> None:
        async with work.database.write() as session:
            await set_password(session, email, password, utc_now())

    run(change)
    say(f"{email} has a new password; who was signed in with that account must sign in again.")


def _first_line() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _asked(email: str) -> str:
    password: str = typer.prompt(f"New password of {email}", hide_input=True, confirmation_prompt=True, err=True)
    return password
