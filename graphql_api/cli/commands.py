"""What can be typed: every command with its arguments. The work is in the module that each one names."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from graphql_api.cli.interruption import Interrupted

rollcall = typer.Typer(
    help="Attendance and assessment reports for training institutions.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@rollcall.command()
def demo() -> None:
    """The whole product with demo data; prints a sign-in per role. Ctrl-C stops everything."""
    with suppress(Interrupted):  # being stopped is how it ends well
        from graphql_api.cli.demo import run_demo

        run_demo()


@rollcall.command()
def serve() -> None:
    """The web server: the API and the pages, at ROLLCALL_HOST and ROLLCALL_PORT."""
    with suppress(Interrupted):  # being stopped is how it ends well
        from graphql_api.cli.serving import run_server

        run_server()


@rollcall.command()
def worker(
    until_eof: Annotated[bool, typer.Option(hidden=True, help="Stop when the standard input ends.")] = False,
) -> None:
    """A worker: makes reports and files that were asked for."""
    with suppress(Interrupted):  # being stopped is how it ends well
        from graphql_api.cli.serving import run_worker_process

        run_worker_process(until_eof=until_eof)


@rollcall.command()
def migrate() -> None:
    """Brings the database to the schema of this version."""
    from graphql_api.cli.migrating import run_migration

    run_migration()


@rollcall.command("import")
def import_(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A folder or .zip file of CSV files.")],
) -> None:
    """Imports a source bundle: all of it or nothing."""
    from graphql_api.cli.importing import run_import

    run_import(path)


@rollcall.command()
def generate(
    kind: Annotated[
        str,
        typer.Argument(metavar="KIND", help="SCHOOL, DEPARTMENT, PROGRAMME, CLASS_GROUP, COURSE, TRAINER or TRAINEE."),
    ],
    period: Annotated[
        str,
        typer.Option(
            metavar="P",
            help="2026-03-01..2026-03-31, 2026-03, 2026-W11, term:ID, or a name such as THIS_TERM or LAST_MONTH.",
        ),
    ],
    subject: Annotated[str | None, typer.Option(metavar="ID", help="The institution's own id of one subject.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All subjects of the kind.")] = False,
) -> None:
    """Generates reports and prints their ids, one a line."""
    from graphql_api.cli.generating import run_generation

    run_generation(kind, subject, period, everything=everything)


@rollcall.command()
def export(
    report_id: Annotated[str, typer.Argument(metavar="REPORT_ID", help="As `rollcall generate` or GraphQL says it.")],
    format_name: Annotated[str, typer.Option("--format", metavar="F", help="PDF, XLSX, CSV or JSON.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="- is the standard output.")],
) -> None:
    """Writes a stored report to a file."""
    from graphql_api.cli.exporting import run_export

    run_export(report_id, format_name, output)


@rollcall.command()
def query(
    graphql: Annotated[str, typer.Argument(metavar="GRAPHQL", help="A query or mutation, as '{ viewer { name } }'.")],
    email: Annotated[str, typer.Option("--as", metavar="EMAIL", help="The account to run it as.")],
    variables: Annotated[str | None, typer.Option(metavar="JSON", help="Its variables, as a JSON object.")] = None,
) -> int:
    """Runs one GraphQL operation in process and prints the JSON answer."""
    from graphql_api.cli.querying import run_query

    return run_query(graphql, email, variables)


@rollcall.command()
def token(email: Annotated[str, typer.Argument(metavar="EMAIL", help="The account.")]) -> None:
    """Prints an access token for an account."""
    from graphql_api.cli.accounts import print_token

    print_token(email)


@rollcall.command("set-password")
def set_password(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The account.")],
    stdin: Annotated[bool, typer.Option("--stdin", help="Read it from the standard input, without asking.")] = False,
) -> None:
    """Gives an account a password and ends its sign-ins."""
    from graphql_api.cli.accounts import change_password

    change_password(email, from_stdin=stdin)


@rollcall.command()
def schema(
    check: Annotated[bool, typer.Option("--check", help="Only compare with the file; 1 if it is stale.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there instead of printing it.")
    ] = None,
) -> int:
    """Prints the GraphQL schema."""
    from graphql_api.cli.sdl import run_schema

    return run_schema(output, check=check)


@rollcall.command()
def doctor() -> int:
    """Looks whether everything Rollcall needs is there, and says what to do."""
    from graphql_api.cli.doctor import run_doctor

    return run_doctor()


@rollcall.command()
def verify() -> int:
    """Counts everything kept anew and compares; 1 if anything differs."""
    from graphql_api.cli.verifying import run_verification

    return run_verification()
