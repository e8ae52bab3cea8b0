"""Only what is older than the setting goes, of that only what nothing needs, and nothing that refers to it breaks."""

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

import jobs.forgetting
from jobs.forgetting import FORGOTTEN, forget
from jobs.work.task import WorkContext
from models import (
    Alert,
    AlertRule,
    BaseReport,
    Delivery,
    DeliveryAttempt,
    Export,
    RuleOccurrence,
    Run,
    Schedule,
    ScheduleSlot,
    SlotState,
    SubjectKind,
    User,
    WorkState,
)
from models.base import Base
from models.database import Database
from resolvers.access.viewers import SYSTEM, viewer_by_id
from resolvers.alerts.alerts import count_alerts
from resolvers.exports.exports import request_export
from resolvers.reports.generation import generate
from tests.support.school import MARCH, Ids

NOW = datetime(2026, 3, 18, 11, tzinfo=UTC)
DAYS = 400
# by as little as a second
OLD = NOW - timedelta(days=DAYS, seconds=1)
RECENT = NOW - timedelta(days=DAYS)
LONG_AGO = OLD - timedelta(days=900)
ENDED = (WorkState.SUCCEEDED, WorkState.FAILED, WorkState.CANCELLED)
UNENDED = (WorkState.QUEUED, WorkState.RUNNING)


class Past:
    """Rows of work, each under a name of its own."""

    def __init__(self, database: Database, ids: Ids) -> None:
        self.database = database
        self.ids = ids
        self.names: dict[tuple[type[Base], int], str] = {}
        self.count = 0

    async def add(self, name: str, row: Any) -> int:
        async with self.database.write() as session:
            session.add(row)
            await session.flush()
            id_: int = row.id
            self.names[type(row), id_] = name
            return id_

    async def account(self) -> int:
        async with self.database.read() as session:
            found: int | None = await session.scalar(select(func.min(User.id)))
        assert found is not None
        return found

    async def alert(self, name: str, created: datetime, **values: Any) -> int:
        self.count += 1
        row = {"data": {}, "occurrence": name, "in_app": True, "read_at": created} | values
        account = await self.account()
        return await self.add(
            name, Alert(account_id=account, number=self.count, kind="RUN_FAILED", created_at=created, **row)
        )

    async def delivery(self, name: str, finished: datetime | None, **values: Any) -> int:
        row = {"key": name, "channel": "EMAIL", "content": {}, "created_at": LONG_AGO} | values
        row.setdefault("state", WorkState.QUEUED if finished is None else WorkState.SUCCEEDED)
        id_ = await self.add(name, Delivery(finished_at=finished, **row))
        async with self.database.write() as session:
            session.add(DeliveryAttempt(delivery_id=id_, number=1, attempted_at=LONG_AGO, milliseconds=1))
        return id_

    async def schedule(self) -> int:
        row = {"name": "s", "kind": "COURSE", "period": {}, "recurrence": {}, "recipients": []}
        school = self.ids[SubjectKind.SCHOOL, "S"]
        async with self.database.write() as session:
            made = Schedule(
                school_id=school, owner_id=await self.account(), created_at=LONG_AGO, updated_at=LONG_AGO, **row
            )
            session.add(made)
            await session.flush()
            return made.id

    async def slot(self, name: str, schedule: int, finished: datetime | None, **values: Any) -> int:
        self.count += 1
        slot_at = LONG_AGO + timedelta(hours=self.count)
        state = SlotState.RUNNING if finished is None else SlotState.SUCCEEDED
        row = ScheduleSlot(
            schedule_id=schedule, slot_at=slot_at, created_at=LONG_AGO, state=state, finished_at=finished, **values
        )
        return await self.add(name, row)

    async def run(self, name: str, finished: datetime | None, **values: Any) -> int:
        row = {"kind": "COURSE", "period": {}, "subjects": [], "total": 0, "requested_at": LONG_AGO} | values
        row.setdefault("state", WorkState.RUNNING if finished is None else WorkState.SUCCEEDED)
        return await self.add(name, Run(finished_at=finished, period_as_of=LONG_AGO, **row))

    async def rule(self) -> int:
        row = {
            "name": "r",
            "kind": "LOW_ATTENDANCE",
            "period": {},
            "limits": {},
            "recipients": [],
            "check_time": "07:00",
        }
        school = self.ids[SubjectKind.SCHOOL, "S"]
        async with self.database.write() as session:
            made = AlertRule(school_id=school, within=school, owner_id=await self.account(), created_at=LONG_AGO, **row)
            session.add(made)
            await session.flush()
            return made.id

    async def occurrence(self, name: str, rule: int, ended: datetime | None, key: str = "") -> int:
        school = self.ids[SubjectKind.SCHOOL, "S"]
        return await self.add(
            name, RuleOccurrence(rule_id=rule, subject_id=school, key=key, began_at=LONG_AGO, ended_at=ended)
        )

    async def export(self, slot: int, state: WorkState) -> int:
        course = self.ids[SubjectKind.COURSE, "C"]
        (made,) = await self.database.in_snapshot(lambda session: generate(session, SYSTEM, [course], MARCH, now=NOW))
        account = await self.account()
        async with self.database.write() as session:
            viewer = await viewer_by_id(session, account)
            assert viewer is not None
            export = await request_export(session, viewer, made.report_id, "CSV", now=NOW, days=7)
            export.slot_id, export.state = slot, state
            await session.flush()
            return export.id

    async def gone(self) -> set[str]:
        """The names of the rows that are not there any more."""
        there: set[tuple[type[Base], int]] = set()
        async with self.database.read() as session:
            for table, id_ in {(rows.table, rows.id) for rows in FORGOTTEN.values()}:
                there |= {(table, found) for found in await session.scalars(select(id_))}
        return {name for key, name in self.names.items() if key not in there}


@pytest.fixture
def past(database: Database, ids: Ids) -> Past:
    return Past(database, ids)


async def test_messages_go_that_ended_long_ago(context: WorkContext, past: Past) -> None:
    for state in ENDED:
        await past.delivery(f"old {state}", OLD, state=state)
        await past.delivery(f"recent {state}", RECENT, state=state)
    for state in UNENDED:
        await past.delivery(f"under way {state}", None, state=state)
    assert await forget(context, now=NOW) == {"deliveries": 3}
    assert await past.gone() == {"old SUCCEEDED", "old FAILED", "old CANCELLED"}
    async with past.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(DeliveryAttempt)) == 5
    assert await forget(context, now=NOW) == {}


async def test_alerts_go_that_were_read_and_that_no_message_is_about(context: WorkContext, past: Past) -> None:
    await past.alert("old", OLD)
    await past.alert("recent", RECENT)
    await past.alert("unread", OLD, read_at=None)
    await past.alert("elsewhere only", OLD, read_at=None, in_app=False)
    await past.alert("told once for ever", OLD, data={"schedule": 1, "idle": "NO_TERMS"})
    mailed = await past.alert("with a message", OLD)
    await past.delivery("recent message", RECENT, alert_id=mailed)
    told = await past.alert("whose message goes", OLD)
    await past.delivery("old message", OLD, alert_id=told)
    await past.alert("of a mail to come", OLD, digest="digest:1:2026-03-19")
    await past.delivery("digest:1:2026-03-19", None)
    await past.alert("of a mail long sent", OLD, digest="digest:1:2024-01-01")
    account = await past.account()
    async with past.database.read() as session:
        viewer = await viewer_by_id(session, account)
        assert viewer is not None
        before = await count_alerts(session, viewer, unread_only=True)
    assert await forget(context, now=NOW) == {"deliveries": 1, "alerts": 4}
    assert await past.gone() == {
        "old", "elsewhere only", "whose message goes", "old message", "of a mail long sent",
    }  # fmt: skip
    async with past.database.read() as session:
        assert await count_alerts(session, viewer, unread_only=True) == before == 1


async def test_what_a_rule_found_goes_when_it_is_long_over(context: WorkContext, past: Past) -> None:
    rule = await past.rule()
    await past.occurrence("old", rule, OLD)
    await past.occurrence("recent", rule, RECENT)
    await past.occurrence("of a session", rule, OLD, key="S-1")
    await past.occurrence("open", rule, None)
    assert await forget(context, now=NOW) == {"occurrences": 1}
    assert await past.gone() == {"old"}


async def test_slots_go_that_no_message_is_about_and_their_files_stay_listed(context: WorkContext, past: Past) -> None:
    schedule = await past.schedule()
    await past.slot("old", schedule, OLD)
    await past.slot("recent", schedule, RECENT)
    await past.slot("open", schedule, None)
    mailed = await past.slot("with a message", schedule, OLD)
    await past.delivery("recent message", RECENT, slot_id=mailed)
    made = await past.slot("with a file", schedule, OLD)
    export = await past.export(made, WorkState.SUCCEEDED)
    at_work = await past.slot("with a file at work", schedule, OLD)
    await past.export(at_work, WorkState.RUNNING)
    assert await forget(context, now=NOW) == {"slots": 2}
    assert await past.gone() == {"old", "with a file"}
    async with past.database.read() as session:
        slots = {row.id: row.slot_id for row in await session.execute(select(Export.id, Export.slot_id))}
    assert slots == {export: None, export + 1: at_work}


async def test_runs_go_that_no_report_names_and_no_slot_waits_for(context: WorkContext, past: Past) -> None:
    for state in ENDED:
        await past.run(f"old {state}", OLD, state=state)
    await past.run("recent", RECENT)
    await past.run("under way", None)
    named = await past.run("that a report names", OLD)
    course = past.ids[SubjectKind.COURSE, "C"]
    (made,) = await past.database.in_snapshot(
        lambda session: generate(session, SYSTEM, [course], MARCH, now=NOW, run_id=named)
    )
    schedule = await past.schedule()
    awaited = await past.run("that a slot waits for", OLD)
    await past.slot("open", schedule, None, run_id=awaited)
    told = await past.run("of a slot that ended", OLD)
    slot = await past.slot("recent slot", schedule, RECENT, run_id=told)
    assert await forget(context, now=NOW) == {"runs": 4}
    assert await past.gone() == {"old SUCCEEDED", "old FAILED", "old CANCELLED", "of a slot that ended"}
    async with past.database.read() as session:
        assert await session.scalar(select(BaseReport.run_id).where(BaseReport.id == made.report_id)) == named
        assert await session.scalar(select(ScheduleSlot.run_id).where(ScheduleSlot.id == slot)) is None


@pytest.mark.parametrize(
    ("kept", "goes"),
    [
        ({"alert_days": 0}, {"deliveries": 1, "slots": 1, "runs": 1}),
        ({"delivery_days": 0}, {"alerts": 1, "occurrences": 1, "slots": 1, "runs": 1}),
        ({"run_days": 0}, {"deliveries": 1, "alerts": 1, "occurrences": 1}),
        ({"alert_days": 401, "delivery_days": 401, "run_days": 401}, {}),
    ],
)
async def test_each_setting_counts_for_its_rows_and_zero_is_for_ever(
    context: WorkContext, past: Past, kept: dict[str, int], goes: dict[str, int]
) -> None:
    await past.alert("alert", OLD)
    await past.delivery("delivery", OLD)
    await past.slot("slot", await past.schedule(), OLD)
    await past.run("run", OLD)
    await past.occurrence("occurrence", await past.rule(), OLD)
    assert await forget(replace(context, settings=replace(context.settings, **kept)), now=NOW) == goes  # type: ignore[arg-type]


async def test_without_a_clock_of_its_own_it_goes_by_the_database(context: WorkContext, past: Past) -> None:
    now = datetime.now(UTC)
    await past.alert("old", now - timedelta(days=401))
    await past.alert("recent", now - timedelta(days=399))
    assert await forget(context) == {"alerts": 1}
    assert await past.gone() == {"old"}


async def test_rows_that_another_holds_are_passed_over(context: WorkContext, past: Past) -> None:
    await past.run("held", OLD)
    await past.run("free", OLD)
    async with past.database.write() as session:
        await session.execute(select(Run).where(Run.id == min(id_ for _, id_ in past.names)).with_for_update())
        assert await forget(context, now=NOW) == {"runs": 1}
    assert await past.gone() == {"free"}
    assert await forget(context, now=NOW) == {"runs": 1}


@dataclass(frozen=True, slots=True)
class Row:
    """A read alert or an ended run (`ended` None: an unread or an unended one), and whether it is to go."""

    name: str
    is_alert: bool
    begun: datetime
    ended: datetime | None
    goes: bool


def random_past(seed: int) -> list[Row]:
    """Rows at random, in the order of their writing."""
    dice, rows = random.Random(seed), []
    for number in range(60):
        old, over, is_alert = dice.random() < 0.5, dice.random() < 0.7, dice.random() < 0.5
        away = timedelta(seconds=dice.randrange(10**6))
        moment = OLD - away if old else RECENT + away
        rows.append(Row(f"row {number}", is_alert, moment, moment if over else None, old and over))
    return rows


@pytest.mark.parametrize("at_once", [1, 7, 500])
@pytest.mark.parametrize("seed", [1, 2])
async def test_in_batches_of_any_size_the_same_rows_go(
    context: WorkContext, past: Past, monkeypatch: pytest.MonkeyPatch, at_once: int, seed: int
) -> None:
    monkeypatch.setattr(jobs.forgetting, "AT_ONCE", at_once)
    rows = sorted(random_past(seed), key=lambda row: row.begun)
    for row in rows:
        if row.is_alert:
            await past.alert(row.name, row.begun, read_at=row.ended)
        else:
            await past.run(row.name, row.ended)
    await forget(context, now=NOW)
    assert await past.gone() == {row.name for row in rows if row.goes}
