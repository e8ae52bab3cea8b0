"""`GET /metrics`: the measures of this process and the state of the installation, in the format of Prometheus.

It is there only where ROLLCALL_METRICS_TOKEN is set, and answers whoever sends that token as a Bearer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from hmac import compare_digest
from typing import TYPE_CHECKING, Final

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graphql_api.core.context import Services
from graphql_api.core.errors import UnauthenticatedError
from graphql_api.observing.imports import LastImport, last_imports
from graphql_api.observing.stored_state import WAITING, Backlog, StoredState
from jobs.queue.presence import workers_present

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

    from graphql_api.observing.measures import Measures

log = structlog.get_logger("rollcall.health")

TOKEN_FIRST: Final = "Send the header Authorization: Bearer <the token of ROLLCALL_METRICS_TOKEN>."
READ_SECONDS: Final = 2


def measures_routes(services: Services) -> list[Route]:
    """The address, where it is wanted."""
    if services.measures is None:
        return []
    return [Route("/metrics", _answer(services, services.measures), methods=["GET"])]


def _answer(services: Services, measures: "Measures") -> Callable[[Request], Awaitable[Response]]:
    from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

    state = StoredState(services.database)
    wanted = f"Bearer {services.settings.metrics_token}".encode()

    async def answer(request: Request) -> Response:
        # in bytes: compare_digest takes texts of ASCII only
        if not compare_digest(request.headers.get("authorization", "").encode("latin-1"), wanted):
            raise UnauthenticatedError(TOKEN_FIRST)
        redis = services.bus.redis
        stored, imports, workers = await asyncio.gather(_stored(state), last_imports(redis), workers_present(redis))
        text = measures.text(_families(stored, imports, workers))
        return Response(text, headers={"Cache-Control": "no-store", "Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    return answer


async def _stored(state: StoredState) -> Sequence[Backlog] | None:
    """None: the database does not answer, which is to be seen, and no reason to say nothing else."""
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await state.rows()
    except Exception as error:
        log.warning("state not read", reason=repr(error))
        return None


def _families(
    stored: Sequence[Backlog] | None, imports: Sequence[LastImport], workers: int | None
) -> Iterator["Metric"]:
    from prometheus_client.metrics_core import GaugeMetricFamily

    up = GaugeMetricFamily("rollcall_database_up", "Whether the database answered this very question.")
    up.add_metric([], int(stored is not None))
    there = GaugeMetricFamily("rollcall_workers", "Workers that have looked for work in the last seconds.")
    if workers is not None:
        there.add_metric([], workers)
    jobs = GaugeMetricFamily(
        "rollcall_jobs", "Jobs of the installation that have not ended well.", labels=("kind", "lane", "state")
    )
    oldest = GaugeMetricFamily(
        "rollcall_jobs_oldest_waiting_seconds",
        "Since when the first of the jobs that wait has been due.",
        labels=("kind", "lane"),
    )
    deliveries = GaugeMetricFamily(
        "rollcall_deliveries", "Messages of the installation that are not delivered.", labels=("channel", "state")
    )
    for row in stored or ():
        if row.what == "job":
            assert row.lane is not None
            jobs.add_metric((row.kind, row.lane, row.state), row.count)
            if row.oldest is not None and row.state == WAITING:
                oldest.add_metric((row.kind, row.lane), row.oldest)
        else:
            deliveries.add_metric((row.kind, row.state), row.count)
    ended = GaugeMetricFamily(
        "rollcall_last_import_timestamp_seconds", "When the last import with that outcome ended.", labels=("outcome",)
    )
    took = GaugeMetricFamily(
        "rollcall_last_import_duration_seconds", "How long the last import with that outcome took.", labels=("outcome",)
    )
    rows = GaugeMetricFamily(
        "rollcall_last_import_rows", "Rows of the last import with that outcome.", labels=("outcome",)
    )
    for last in imports:
        ended.add_metric((last.outcome,), last.ended)
        took.add_metric((last.outcome,), last.seconds)
        rows.add_metric((last.outcome,), last.rows)
    yield from (up, there, jobs, oldest, deliveries, ended, took, rows)
