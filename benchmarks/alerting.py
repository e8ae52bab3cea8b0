"""Alerts: how soon one reaches every subscriber of one process, and what connecting and dropping leaves behind."""

import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter, sleep
from typing import Any, Final

import orjson
from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from benchmarks.comparing import Comparison, Contender, Sample
from benchmarks.serving import Served, serve_module
from benchmarks.stage import ROOT, Stage
from graphql_api.core.ids import global_id
from graphql_api.http.tokens import create_token
from jobs.deliveries.alerting import tell
from jobs.queue.adding import Queue
from jobs.queue.bus import Bus
from models import Alert, AlertKind, AlertPreference, MailTiming, Role, School, Subject, SubjectKind, User
from resolvers.alerts.alerts import NewAlert

SUBSCRIBERS: Final = 2_000
CYCLES: Final = 10_000
WARM_UP: Final = 1_000
AT_ONCE: Final = 20
REST_SECONDS: Final = 3
PATIENCE: Final = 180
PLAIN: Final = "subscription ($after: ID) { alerts(after: $after) { id number kind title createdAt } }"
NAMED: Final = "subscription ($after: ID) { alerts(after: $after) { id number kind title body createdAt } }"
GET_CENSUS: Final = b"GET /census HTTP/1.1\r\nHost: bench\r\n\r\n"


def comparisons(stage: Stage) -> Sequence[Comparison]:
    """The push, and the coming and going."""
    return [_push(stage), _churn(stage)]


@dataclass
class _Scene:
    """A server, a process of clients, and the accounts of two thousand principals."""

    stage: Stage
    database: str
    served: Served
    clients: "subprocess.Popen[bytes]"
    accounts: list[int]
    school: int
    told: int = 0

    def order(self, **order: Any) -> Any:
        """What the clients answer to an order."""
        assert self.clients.stdin is not None
        assert self.clients.stdout is not None
        self.clients.stdin.write(orjson.dumps(order) + b"\n")
        self.clients.stdin.flush()
        line = self.clients.stdout.readline()
        if not line:
            raise RuntimeError("the clients failed")
        return orjson.loads(line)

    def tokens(self) -> list[str]:
        return [create_token(self.stage.settings, account, datetime.now(UTC)) for account in self.accounts]

    def census(self) -> dict[str, int]:
        """What the server holds right now."""
        found: dict[str, int] = self.served.ask(GET_CENSUS)
        return found

    def settled(self, listeners: int) -> dict[str, int]:
        """What it holds once so many listeners wait for news."""
        until = perf_counter() + PATIENCE
        while (census := self.census())["listeners"] != listeners or census["waiting"] != listeners:
            if perf_counter() > until:
                raise RuntimeError(f"the server has not come to rest: {census}")
            sleep(0.05)
        return census

    def left(self) -> dict[str, int]:
        """What it holds a while after the last listener has gone."""
        self.settled(0)
        sleep(REST_SECONDS)
        return self.census()

    async def tell(self) -> tuple[float, float]:
        """One alert for everybody; when the transaction began, and when it and the wake were through."""
        self.told += 1
        database, bus = self.stage.application(self.database), Bus(self.stage.addresses.redis_url)
        data = {"subject": self.school}
        news = [NewAlert(one, AlertKind.EXPORT_READY, f"bench:{self.told}", data) for one in self.accounts]
        try:
            async with database.write() as session:
                await session.execute(select(1))
                begun = perf_counter()
                assert len(await tell(Queue(None), bus, session, news, datetime.now(UTC))) == len(self.accounts)
            return begun, perf_counter()
        finally:
            await bus.close()
            await database.close()

    def close(self) -> None:
        """Ends both processes."""
        assert self.clients.stdin is not None
        self.clients.stdin.close()
        self.clients.wait()
        self.served.stop()


async def _scene(stage: Stage, accounts: int) -> _Scene:
    database = stage.fresh(stage.empty)
    application = stage.application(database)
    async with application.write() as session:
        school = await session.scalar(
            insert(Subject)
            .values(kind=SubjectKind.SCHOOL, school_id=1, source_id="S", name="School", sort_key="school")
            .returning(Subject.id)
        )
        assert school == 1
        await session.execute(insert(School).values(id=school, timezone="UTC", locale=None))
        rows = [
            {"source_id": f"p{n}", "name": f"Principal {n}", "role": Role.PRINCIPAL, "school_id": school}
            for n in range(accounts)
        ]
        ids = list(await session.scalars(insert(User).returning(User.id), rows))
        wish = {"kind": AlertKind.EXPORT_READY, "in_app": True, "email": MailTiming.NEVER, "webhook": False}
        await session.execute(upsert(AlertPreference), [{"account_id": one, **wish} for one in ids])
    await application.close()
    served = serve_module(stage, database, "benchmarks.alert_server")
    clients = subprocess.Popen(  # noqa: ASYNC220  nothing else runs here
        [sys.executable, "-P", "-m", "benchmarks.alert_clients", str(served.port)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return _Scene(stage, database, served, clients, ids, school)


def _push(stage: Stage) -> Comparison:
    scenes: list[_Scene] = []

    def reaching(query: str) -> Callable[[], Awaitable[Sample]]:
        async def measure() -> Sample:
            if not scenes:
                scenes.append(await _scene(stage, SUBSCRIBERS))
            scene = scenes[0]
            scene.order(subscribe=scene.tokens(), query=query)
            scene.settled(SUBSCRIBERS)
            await scene.tell()  # the first one warms up
            scene.order(hear=1)
            scene.settled(SUBSCRIBERS)
            watch = stage.stopwatch(scene.served.process.pid)
            with watch.running():
                begun, _ = await scene.tell()
                heard = scene.order(hear=2)
            latencies = tuple(at - begun for at in heard)
            return Sample(max(latencies), watch.cpu, len(heard), latencies)

        return measure

    async def close() -> None:
        for scene in scenes:
            scene.close()

    return Comparison(
        title=f"Alerts: one to each of {SUBSCRIBERS:,} subscribers of one process",
        things="alerts",
        contenders=(
            Contender(
                "WebSocket",
                f"from the beginning of the transaction that raises {SUBSCRIBERS:,} alerts, one per account, to the"
                " moment each account's socket, in another process, has it; id, number, kind, title, createdAt.",
                reaching(PLAIN),
            ),
            Contender(
                "WebSocket, with body",
                "the same with `body`, whose names are looked up under each account's own rights: a statement each.",
                reaching(NAMED),
            ),
        ),
        close=close,
    )


def _churn(stage: Stage) -> Comparison:
    left: dict[str, int] = {}
    scenes: list[_Scene] = []

    async def measure() -> Sample:
        scenes.append(await _scene(stage, 1))
        scene = scenes[0]
        for _ in range(2):
            await scene.tell()
        first = await _first_alert(scene)
        token = scene.tokens()[0]

        def cycles(count: int) -> list[float]:
            found: list[float] = scene.order(churn=count, at_once=AT_ONCE, token=token, query=PLAIN, after=first)
            return found

        cycles(WARM_UP)
        before = scene.left()
        watch = stage.stopwatch(scene.served.process.pid)
        with watch.running():
            seconds = cycles(CYCLES)
        after = scene.left()
        left.update({f"{name} before and after": f"{before[name]:,} → {after[name]:,}" for name in before})  # type: ignore[misc]
        scene.close()
        scenes.clear()
        return Sample(watch.seconds, watch.cpu, len(seconds), tuple(seconds))

    async def close() -> None:
        for scene in scenes:
            scene.close()

    return Comparison(
        title=f"Alerts: {CYCLES:,} sockets that connect and drop",
        things="cycles",
        contenders=(
            Contender(
                f"WebSocket, {AT_ONCE} at once",
                "a third drops before signing in, a third right after subscribing, a third after its first alert;"
                f" counted after {WARM_UP:,} cycles of warm-up.",
                measure,
            ),
        ),
        counts=left,
        close=close,
    )


async def _first_alert(scene: _Scene) -> str:
    application = scene.stage.application(scene.database)
    try:
        async with application.read() as session:
            number = await session.scalar(select(Alert.id).where(Alert.number == 1))
    finally:
        await application.close()
    assert number is not None
    return global_id("Alert", number)
