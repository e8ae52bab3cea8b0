"""Class groups with seven metrics each, over HTTP, beside the bare SQL statement for the same figures."""

import asyncio
import sys
from collections.abc import Sequence
from time import perf_counter
from typing import Any, Final

import orjson

from benchmarks.comparing import Comparison, Contender, Measure, Sample
from benchmarks.peers.group_figures import answer
from benchmarks.serving import Served, graphql_request, serve
from benchmarks.stage import MONTH, ROOT, Stage
from benchmarks.statements import statements_of_query

SIZES: Final = (1, 50, 400)
SECONDS: Final = 2.0
MANY: Final = 4
QUERY: Final = """
query ClassGroups($first: Int!, $month: String!) {
  classGroups(first: $first) {
    nodes {
      name
      metrics(period: {month: $month}) {
        attendanceRate absenceRate lateRate sessionCount expected averageScore passRate
      }
    }
  }
}"""


def comparisons(stage: Stage) -> Sequence[Comparison]:
    """One, fifty and four hundred groups, as far as there are so many."""
    there = stage.rows("class_groups.csv")
    return [_groups(stage, size) for size in dict.fromkeys(min(size, there) for size in SIZES)]


def variables(size: int) -> dict[str, Any]:
    """The variables of QUERY for so many groups."""
    return {"first": size, "month": MONTH.name}


def _groups(stage: Stage, size: int) -> Comparison:
    database = stage.whole
    request = graphql_request(stage, database, QUERY, variables(size))
    served: list[Served] = []

    def server() -> Served:
        if not served:
            served.append(serve(stage, database))
            _same(served[0].ask(request), _bare_answer(stage, database, size), size)
        return served[0]

    async def bare() -> Sample:
        with stage.connect(database) as connection:
            answer(connection, size)
            latencies, watch, until = [], stage.stopwatch(), perf_counter() + SECONDS
            with watch.running():
                while (begun := perf_counter()) < until:
                    answer(connection, size)
                    latencies.append(perf_counter() - begun)
        return Sample(sum(latencies), watch.cpu, len(latencies), tuple(latencies))

    async def close() -> None:
        for each in served:
            each.stop()

    def over_http(connections: int) -> Measure:
        async def measure() -> Sample:
            one = server()
            watch = stage.stopwatch(one.process.pid)
            with watch.running():
                warming, latencies = await requests(one.port, request, connections)
            counted = len(latencies) / (len(latencies) + len(warming))
            # each connection was busy all the time
            return Sample(sum(latencies) / connections, watch.cpu * counted, len(latencies), tuple(latencies))

        return measure

    groups = "class group" if size == 1 else "class groups"
    return Comparison(
        title=f"Query: {size} {groups} with seven metrics each over {MONTH.name}",
        things="requests",
        contenders=(
            Contender(
                "HTTP, 1 connection",
                "POST /graphql to `rollcall serve` (one process) from another process, signed in as administrator,"
                " one request after the other over one kept-alive connection.",
                over_http(1),
            ),
            Contender(
                f"HTTP, {MANY} connections",
                f"the same over {MANY} connections at once: what one process gets through; latencies include waiting.",
                over_http(MANY),
            ),
            Contender(
                "bare SQL",
                "one prepared statement that lists the groups and works the seven figures out from the kept parts,"
                " psycopg in a loop, orjson: no HTTP, sign-in, GraphQL, scope or validation. The limit, not a peer.",
                bare,
            ),
        ),
        counts={"SQL statements per request": statements_of_query(stage, database, QUERY, variables(size))},
        close=close,
    )


async def requests(port: int, request: bytes, connections: int) -> tuple[list[float], list[float]]:
    """Has a client send the request for SECONDS over so many connections: the seconds each took, warm-up first."""
    client = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "benchmarks.client", str(port), str(SECONDS), str(connections),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    said, _ = await client.communicate(request)
    if client.returncode:
        raise RuntimeError("the client failed")
    warming, latencies = orjson.loads(said)
    return warming, latencies


def _bare_answer(stage: Stage, database: str, size: int) -> Any:
    with stage.connect(database) as connection:
        return orjson.loads(answer(connection, size))


def _same(ours: Any, bare: Any, size: int) -> None:
    """Both sides give the same figures, or the comparison says nothing."""
    nodes = ours["data"]["classGroups"]["nodes"], bare["data"]["classGroups"]["nodes"]
    assert len(nodes[0]) == len(nodes[1]) == size
    for one, other in zip(*nodes, strict=True):
        assert one["name"] == other["name"]
        for name, value in one["metrics"].items():
            expected = other["metrics"][name]
            assert value == expected or abs(value - expected) < 1e-12, (one, other)
