"""The whole of it: stage, crew, asking and trouble at once, the count at the end."""

import asyncio
from collections.abc import Callable
from random import Random
from time import monotonic

from tests.faults.asking import Asker
from tests.faults.crew import Crew, crew_at_work
from tests.faults.due_together import make_schedule
from tests.faults.journal import taken_up
from tests.faults.ledger import Ledger, Line, lines_of, unended
from tests.faults.plan import Plan
from tests.faults.stage import Stage, opened_stage
from tests.faults.trouble import Trouble
from tests.faults.worker import Ground

LOOK_SECONDS = 0.5


def happen(plan: Plan, say: Callable[[str], None]) -> list[Line]:
    """Does it all and returns the ledger. `say` is told how it is getting on."""
    began = monotonic()
    with opened_stage() as stage:
        chance = Random(plan.seed)
        data = stage.place.data
        ground = Ground(stage.addresses.database_url, stage.addresses.redis_url, data, plan.pace)
        with crew_at_work(ground, plan.workers, chance) as crew:
            say(f"ready after {monotonic() - began:.0f} s; trouble for {plan.seconds:.0f} s")
            asker, trouble = asyncio.run(_through_it(plan, stage, crew, chance))
            say(f"over: {', '.join(f'{count} x {what}' for what, count in sorted(trouble.done.items()))}")
            waited = _until_ended(plan, stage)
            codes = crew.dismiss()
        database_url, log = stage.addresses.database_url, (data / "workers.log").read_text()
        lines = [
            *Ledger(database_url, data / "files").lines(asker.accepted, asker.unanswered, plan.schedules),
            *lines_of(taken_up(database_url, crew.kills), "killed", plan.taken_up_within),
            *lines_of(taken_up(database_url, crew.stops), "stopped", plan.taken_up_within),
            Line("times a worker found that it had lost a job", log.count('"event":"lease_lost"')),
            Line("seconds from the end of the trouble to the end of the work", f"{waited:.1f}"),
            Line("workers that did not stop when asked", sum(code != 0 for code in codes), not any(codes)),
        ]
        if not all(line.holds is not False for line in lines):
            say(_end_of(log))
        say(f"{monotonic() - began:.0f} s in all")
        return lines


async def _through_it(plan: Plan, stage: Stage, crew: Crew, chance: Random) -> tuple[Asker, Trouble]:
    await make_schedule(stage)
    asker, trouble = Asker(stage, chance), Trouble(plan, stage.place, crew, stage.addresses.database_url)
    async with asyncio.TaskGroup() as group:
        group.create_task(asker.ask_all(plan.jobs, plan.seconds))
        group.create_task(trouble.all_of_it())
    await asker.close()
    return asker, trouble


def _until_ended(plan: Plan, stage: Stage) -> float:
    async def wait() -> None:
        while unended(stage.addresses.database_url) and monotonic() - began < plan.patience:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)

    began = monotonic()
    asyncio.run(wait())
    return monotonic() - began


def _end_of(log: str, lines: int = 40) -> str:
    return "\n".join(["the end of what the workers logged:", *(line[:300] for line in log.splitlines()[-lines:])])
