"""What can be typed: every command with its arguments. The work is in the module that each one names."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from graphql_api.cli.core.interruption import Interrupted

rollcall = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from graphql_api.cli.core.console import result
        from graphql_api.core.version import program_version

        result(f"rollcall {program_version()}")
        raise typer.Exit


@rollcall.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Attendance and assessment reports for training institutions."""


@rollcall.command()
def demo() -> None:
    """The whole product with demo data; prints a sign-in per role. Ctrl-C stops everything."""
    with suppress(Interrupted):  # being stopped is how it ends well
        from graphql_api.cli.running.demo import run_demo

        run_demo()


@rollcall.command()
def serve() -> None:
    """The web server: the API and the pages, at ROLLCALL_HOST and ROLLCALL_PORT."""
    with suppress(Interrupted):  # being stopped is how it ends well
        from graphql_api.cli.running.serving import run_server

        run_server()


@rollcall.command()
def worker(
    until_eof: Annotated[bool, typer.Option(hidden=True, help="Stop when the standard input ends.")] = False,
) -> None:
    """A worker: makes reports and files that were asked for."""
    with suppress(Interrupted):  # being stopped is how it ends well
        from graphql_api.cli.running.serving import run_worker_process

        run_worker_process(until_eof=until_eof)


@rollcall.command()
def ready() -> None:
    """Asks the web server of this machine whether it can do its work; 1 if it cannot or does not answer."""
    from graphql_api.cli.upkeep.readiness import run_readiness

    run_readiness()


@rollcall.command()
def migrate() -> None:
    """Brings the database to the schema of this version."""
    from graphql_api.cli.upkeep.migrating import run_migration

    run_migration()


@rollcall.command("import")
def import_(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A folder or .zip file of CSV files.")],
) -> None:
    """Imports a source bundle: all of it or nothing."""
    from graphql_api.cli.data.importing import run_import

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
    from graphql_api.cli.data.generating import run_generation

    run_generation(kind, subject, period, everything=everything)


@rollcall.command()
def export(
    report_ids: Annotated[
        list[str], typer.Argument(metavar="REPORT_ID…", help="As `rollcall generate` or GraphQL says them.")
    ],
    format_name: Annotated[str, typer.Option("--format", metavar="F", help="PDF, XLSX, CSV or JSON.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="- is the standard output.")],
    separate: Annotated[bool, typer.Option("--separate", help="A file for each report, in a .zip.")] = False,
    locale: Annotated[
        str | None, typer.Option(metavar="TAG", help="Its language, such as en-GB; the school's unless given.")
    ] = None,
    paper: Annotated[str | None, typer.Option(metavar="SHEET", help="Of PDF and XLSX: A4 or LETTER.")] = None,
    table: Annotated[str | None, typer.Option(metavar="KEY", help="Of CSV: only this table, such as reports.")] = None,
    bom: Annotated[bool, typer.Option("--bom", help="Of CSV: begin with a byte order mark, for Excel.")] = False,
    separator: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="Of CSV: comma, semicolon, tab, or locale: as Excel opens it in its language."
        ),
    ] = "comma",
) -> None:
    """Writes stored reports to a file."""
    from graphql_api.cli.data.exporting import run_export

    run_export(
        report_ids,
        format_name,
        output,
        separate=separate,
        locale=locale,
        paper=paper,
        table=table,
        bom=bom,
        separator=separator,
    )


@rollcall.command()
def branding(
    school: Annotated[str, typer.Argument(metavar="ID", help="The institution's own id of the school.")],
    logo: Annotated[Path | None, typer.Option(metavar="FILE", help="A PNG or JPEG picture.")] = None,
    template: Annotated[Path | None, typer.Option(metavar="FILE", help="A page template of PDF files.")] = None,
    colour: Annotated[str | None, typer.Option(metavar="#RRGGBB", help="Of headings.")] = None,
    accent: Annotated[str | None, typer.Option(metavar="#RRGGBB", help="Of lines and marks.")] = None,
    paper: Annotated[str | None, typer.Option(metavar="SHEET", help="A4 or LETTER.")] = None,
    words: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help='Own texts by the English ones, as JSON: {"Trainee": "Learner"}.'),
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Go back to the built-in style first.")] = False,
) -> None:
    """Shows or changes how the files made for a school look."""
    from graphql_api.cli.upkeep.branding import run_branding

    run_branding(school, logo, template, colour, accent, paper, words, reset=reset)


@rollcall.command()
def query(
    graphql: Annotated[str, typer.Argument(metavar="GRAPHQL", help="A query or mutation, as '{ viewer { name } }'.")],
    email: Annotated[str, typer.Option("--as", metavar="EMAIL", help="The account to run it as.")],
    variables: Annotated[str | None, typer.Option(metavar="JSON", help="Its variables, as a JSON object.")] = None,
) -> int:
    """Runs one GraphQL operation in process and prints the JSON answer."""
    from graphql_api.cli.data.querying import run_query

    return run_query(graphql, email, variables)


@rollcall.command()
def token(email: Annotated[str, typer.Argument(metavar="EMAIL", help="The account.")]) -> None:
    """Prints an access token for an account."""
    from graphql_api.cli.upkeep.accounts import print_token

    print_token(email)


@rollcall.command("set-password")
def set_password(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The account.")],
    stdin: Annotated[bool, typer.Option("--stdin", help="Read it from the standard input, without asking.")] = False,
) -> None:
    """Gives an account a password and ends its sign-ins."""
    from graphql_api.cli.upkeep.accounts import change_password

    change_password(email, from_stdin=stdin)


@rollcall.command()
def schema(
    check: Annotated[bool, typer.Option("--check", help="Only compare with the files; 1 if one is stale.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there instead of printing it.")
    ] = None,
    query: Annotated[bool, typer.Option("--query", help="The query that a report's JSON file answers.")] = False,
    json: Annotated[bool, typer.Option("--json", help="The JSON Schema of a report's JSON file.")] = False,
) -> int:
    """Prints the GraphQL schema."""
    if query and json:
        raise typer.BadParameter("give one of them.", param_hint="--query / --json")
    from graphql_api.cli.data.sdl import run_schema

    return run_schema(output, check=check, query=query, json=json)


@rollcall.command()
def settings() -> None:
    """Prints every setting with its default and its meaning, as docs/settings.md has them."""
    from graphql_api.cli.core.console import result
    from models.settings import settings_page

    result(settings_page().rstrip("\n"))


@rollcall.command()
def doctor() -> int:
    """Looks whether everything Rollcall needs is there, and says what to do."""
    from graphql_api.cli.upkeep.doctor import run_doctor

    return run_doctor()


@rollcall.command()
def verify(
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what differs, and say what that was; imports wait meanwhile.")
    ] = False,
) -> int:
    """Counts everything kept anew and compares; 1 if anything differs and is not mended."""
    from graphql_api.cli.upkeep.verifying import run_verification

    return run_verification(repair=repair)
