"""`rollcall doctor`: looks at everything, even after the first thing that is wrong, and says what to do."""

from graphql_api.cli.core.console import result, result_table
from graphql_api.cli.upkeep.checkups import Finding, of_files, of_installation, of_servers
from graphql_api.http.logging import configure_logging
from models.embedded import ServerStartError, running_servers
from models.settings import Settings, SettingsError, load_settings


def run_doctor() -> int:
    """Prints the findings; 1 if any of them keeps Rollcall from working."""
    configure_logging("error")
    try:
        settings = load_settings()
    except SettingsError as error:
        findings = [Finding("settings", False, str(error))]
    else:
        findings = [*of_installation(settings), of_files(settings), *_servers(settings)]
    result_table(("", "what", "found"), [(_sign(finding), finding.what, finding.found) for finding in findings])
    advice = [finding for finding in findings if finding.advice]
    for finding in advice:
        result(f"{finding.what}: {finding.advice}")
    wrong = sum(finding.fine is False for finding in findings)
    result("All is well." if not wrong else f"{wrong} {'thing is' if wrong == 1 else 'things are'} wrong.")
    return int(wrong > 0)


def _servers(settings: Settings) -> list[Finding]:
    try:
        with running_servers(settings) as addresses:
            return list(of_servers(settings, addresses))
    except ServerStartError as error:
        return [Finding("servers", False, str(error))]


def _sign(finding: Finding) -> str:
    return {True: "ok", False: "WRONG", None: "note"}[finding.fine]
