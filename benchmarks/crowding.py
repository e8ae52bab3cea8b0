"""What four exports at work cost the people who ask the API meanwhile."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import quantiles
from typing import Final

from benchmarks.comparing import Comparison, Contender, Sample
from benchmarks.querying import QUERY, requests, variables
from benchmarks.sample_reports import cover, report
from benchmarks.serving import Served, graphql_request, serve
from benchmarks.stage import Stage
from jobs.rendering.parent import Renderer

EXPORTS: Final = ("PDF", "XLSX", "CSV", "PDF")
ROWS: Final = 20_000
GROUPS: Final = 20


def crowded(stage: Stage) -> Comparison:
    """The 99th percentile of a query, with and without exports beside it."""
    database = stage.whole
    request = graphql_request(stage, database, QUERY, variables(GROUPS))
    served: list[Served] = []

    def server() -> Served:
        if not served:
            served.append(serve(stage, database))
            served[0].ask(request)
        return served[0]

    async def alone() -> Sample:
        one = server()
        _, latencies = await requests(one.port, request, 1)
        return Sample(quantiles(latencies, n=100)[98], 0, 1)

    async def beside() -> Sample:
        one = server()
        async with _exports():
            _, latencies = await requests(one.port, request, 1)
        return Sample(quantiles(latencies, n=100)[98], 0, 1)

    async def close() -> None:
        for each in served:
            each.stop()

    what = f"p99 of a query of {GROUPS} class groups with seven metrics each, one kept-alive connection"
    return Comparison(
        title="p99 of the API while four exports render",
        things="p99s",
        contenders=(
            Contender("beside four exports", f"{what}, while a worker's renderer makes files without end.", beside),
            Contender("alone", f"{what}.", alone),
        ),
        aims={"alone": 2.0},
        close=close,
    )


@asynccontextmanager
async def _exports() -> AsyncIterator[None]:
    """Four exports asked for at a time, as a worker makes them: some at once, the next when one has ended."""
    renderer = Renderer()
    with tempfile.TemporaryDirectory() as folder:
        tasks = [
            asyncio.create_task(_again_and_again(renderer, name, Path(folder) / f"file-{number}"))
            for number, name in enumerate(EXPORTS)
        ]
        try:
            await asyncio.sleep(1.0)  # until the children have started
            yield
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            await renderer.close()
    for one in ended:
        if isinstance(one, Exception):
            raise one


async def _again_and_again(renderer: Renderer, name: str, path: Path) -> None:
    while True:
        async with renderer.open(name, cover(), path) as rendering:
            await rendering.add([report(ROWS)])
            await rendering.close()
