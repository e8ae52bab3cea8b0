"""`rollcall migrate`."""

from graphql_api.cli.core.composition import bring_up_to_date, settings_of_command
from graphql_api.cli.core.console import result
from models.embedded import running_servers


def run_migration() -> None:
    """Applies what is missing."""
    with running_servers(settings_of_command()) as addresses:
        revision = bring_up_to_date(addresses.database_url)
    result(f"The database is at schema {revision}, the newest.")
