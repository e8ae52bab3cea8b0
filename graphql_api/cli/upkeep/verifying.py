"""`rollcall verify`."""

from graphql_api.cli.core.composition import run
from graphql_api.cli.core.console import result, result_table, waiting
from jobs.work.task import WorkContext
from resolvers.core.wording import counted
from resolvers.metrics.sums import verify_sums
from resolvers.metrics.sums_repairs import Mended, repair_sums


def run_verification(*, repair: bool) -> int:
    """Compares what is kept with what marks, results and enrolments say; 1 if anything differs and is not mended."""
    return _say_mended(run(_repair)) if repair else _say_differing(run(_verify))


def _say_differing(differing: dict[str, int]) -> int:
    result_table(("table", "rows that differ"), list(differing.items()), right=("rows that differ",))
    total = sum(differing.values())
    differ = counted(total, "row differs", "rows differ")
    result(f"{differ} from what marks, results and enrolments say." if total else "No difference.")
    return int(total > 0)


def _say_mended(mended: Mended) -> int:
    result_table(("table", "rows mended"), list(mended.rows.items()), right=("rows mended",))
    total, removed = sum(mended.rows.values()), mended.marks_removed
    if removed:
        marks = counted(removed, "mark", "marks")
        result(
            f"{marks} of a session or a trainee that is not there any more {'was' if removed == 1 else 'were'} removed."
        )
    differed = counted(total, "row differed", "rows differed")
    mend = "is mended" if total == 1 else "are mended"
    result(f"{differed} from what marks, results and enrolments say, and {mend}." if total else "No difference.")
    return 0


async def _verify(work: WorkContext) -> dict[str, int]:
    with waiting("Counting everything anew"):
        async with work.database.write(snapshot=True) as session:
            return await verify_sums(session)


async def _repair(work: WorkContext) -> Mended:
    with waiting("Counting everything anew, and mending what differs"):
        async with work.database.write() as session:
            return await repair_sums(session)
