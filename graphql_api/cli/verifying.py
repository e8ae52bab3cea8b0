"""`rollcall verify`."""

from graphql_api.cli.composition import run
from graphql_api.cli.console import result, result_table, waiting
from jobs.work.task import WorkContext
from resolvers.core.wording import counted
from resolvers.metrics.parts import verify_parts


def run_verification() -> int:
    """Compares what is kept with what marks, results and enrolments say; 1 if anything differs."""
    differing = run(_verify)
    result_table(("table", "rows that differ"), list(differing.items()), right=("rows that differ",))
    total = sum(differing.values())
    differ = counted(total, "row differs", "rows differ")
    result(f"{differ} from what marks, results and enrolments say." if total else "No difference.")
    return int(total > 0)


async def _verify(work: WorkContext) -> dict[str, int]:
    with waiting("Counting everything anew"):
        async with work.database.write(snapshot=True) as session:
            return await verify_parts(session)
