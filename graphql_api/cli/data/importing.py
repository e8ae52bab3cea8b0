"""`rollcall import PATH`."""

from pathlib import Path

from graphql_api.cli.core.composition import run
from graphql_api.cli.core.console import result, result_table, say, steps
from graphql_api.cli.core.failing import CommandFailed
from graphql_api.observing.imports import noted
from jobs.alerts.touched_rules import check_rules_touched
from jobs.work.task import WorkContext
from resolvers.bundle import BundleError, Imported, import_bundle


def run_import(path: Path) -> None:
    """Imports the bundle and says what that changed."""
    try:
        imported = run(lambda work: _import(work, path))
    except BundleError as error:
        count = len(error.problems) + error.more
        say(str(error))
        raise CommandFailed(
            f"Nothing was imported: {count:,} {'problem' if count == 1 else 'problems'} to mend in {path}."
        ) from None
    _report(imported)


async def _import(work: WorkContext, path: Path) -> Imported:
    with steps() as progress:
        async with noted(work.bus.redis) as noting:
            async with work.database.write() as session:
                imported = await import_bundle(
                    session, path, progress=lambda what, done, total: progress.show("Importing", what, done, total)
                )
                await check_rules_touched(work.queue, session, imported)
            noting.imported = imported
            return imported


def _report(imported: Imported) -> None:
    for warning in imported.warnings:
        say(f"warning: {warning}")
    if imported.more_warnings:
        say(f"… and {imported.more_warnings:,} more warnings")
    rows = [(name, count, imported.changed.get(name, 0)) for name, count in imported.rows.items()]
    result_table(("file", "rows", "changed"), rows, right=("rows", "changed"))
    total, changed = sum(imported.rows.values()), sum(imported.changed.values())
    warnings = len(imported.warnings) + imported.more_warnings
    result(f"{total:,} rows, {changed:,} changed; {warnings:,} {'warning' if warnings == 1 else 'warnings'}.")
