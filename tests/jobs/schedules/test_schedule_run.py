"""From a schedule to its slot, run, files, alerts and deliveries: everybody gets what they may see when it is sent."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from jobs.alerts.ended import SCHEDULE_RUN
from jobs.cancelling import cancel_run
from jobs.queue.adding import WAITED_FOR
from jobs.rendering.parent import Renderer, Rendering
from jobs.runs import generate
from jobs.schedules import schedule_run
from jobs.schedules.scheduler import wake_waiting
from jobs.work.running import run_due
from jobs.work.task import WorkContext, by_kind
from models import (
    Alert,
    BaseReport,
    Delivery,
    Export,
    Job,
    Role,
    Run,
    Schedule,
    ScheduleSlot,
    User,
)
from resolvers.access.viewers import viewer_by_email
from resolvers.alerts.words import UNSEEN, described
from resolvers.calendar.periods import PeriodName
from resolvers.deliveries.recipients import Recipient, RecipientType
from resolvers.schedules.schedules import delete_schedule
from tests.jobs.test_worker import working
from tests.support.polling import until
from tests.support.rendering_here import RenderingHere
from tests.support.schedules import (
    PRINCIPAL,
    SLOT_AT,
    account_ids,
    alerts,
    deliveries,
    draft_for,
    fall_due,
    files,
    make_schedule,
    only_slot,
    user,
)
from tests.support.school import Ids
from tests.support.slots import FAILED, PARTNER, READY, K, change, sent


async def test_each_account_is_told_of_what_it_may_see(work: WorkContext, ids: Ids, people: dict[str, int]) -> None:
    told = [user(people[name]) for name in ("principal", "arts", "building", "tara", "ann")]
    await make_schedule(work.database, draft_for(ids, *told))
    assert await sent(work) == ("SUCCEEDED", "1 account was not told: they may see none of the reports.")
    assert await alerts(work.database) == [
        ("arts", READY, {"count": 2}),
        ("building", READY, {"count": 2}),
        ("principal", READY, {"count": 3}),
        ("tara", READY, {"count": 1}),
    ]
    async with work.database.read() as session:
        run = (await session.scalars(select(Run))).one()
        days = set((await session.execute(select(BaseReport.period_from, BaseReport.period_to))).all())
    assert (run.requested_by, run.period_as_of, run.done) == (people["principal"], SLOT_AT, 3)
    assert {(str(first), str(last)) for first, last in days} == {("2026-03-01", "2026-03-31")}
    assert await deliveries(work.database) == []


async def test_recipients_are_told_in_words_what_they_may_see(
    work: WorkContext, ids: Ids, people: dict[str, int]
) -> None:
    await make_schedule(work.database, draft_for(ids, user(people["arts"])))
    await sent(work)
    async with work.database.read() as session:
        head = await viewer_by_email(session, "arts@school.example")
        ann = await viewer_by_email(session, "ann@school.example")
        alert = (await session.scalars(select(Alert))).one()
        assert head is not None
        assert ann is not None
        words = (await described(session, head, [alert]))[alert.id]
        nothing = (await described(session, ann, [alert]))[alert.id]
    assert (words.title, words.lines) == ("2 reports are ready", ("Colour, 2026-03", "Easel, 2026-03"))
    assert words.path is not None
    assert (nothing.lines, nothing.path) == ((UNSEEN,), None)


async def test_a_worker_takes_on_a_slot_that_nothing_wakes(work: WorkContext, ids: Ids, redis_url: str) -> None:
    await make_schedule(work.database, draft_for(ids, user((await account_ids(work.database))["principal"])))
    await fall_due(work)
    async with work.database.write() as session:
        await session.execute(delete(Job))
        await session.execute(update(Schedule).values(next_slot_at=None))
        await session.execute(update(ScheduleSlot).values(created_at=func.now() - timedelta(hours=2)))

    async def ended() -> bool:
        return (await only_slot(work.database))[0] == "SUCCEEDED"

    async with working(work, redis_url):
        await until(ended)


@pytest.mark.parametrize("waits_for", [Run, Export])
async def test_a_slot_that_rightly_waits_is_left_alone(
    work: WorkContext, ids: Ids, people: dict[str, int], waits_for: type[Run] | type[Export]
) -> None:
    await make_schedule(work.database, draft_for(ids, user(people["principal"]), formats=("CSV",)))
    await fall_due(work)
    known = (schedule_run.TASK,) if waits_for is Run else (schedule_run.TASK, generate.TASK)
    await run_due(replace(work, tasks=by_kind(*known)))
    async with work.database.read() as session:
        assert await session.scalar(select(waits_for.state).limit(1)) == "QUEUED"
    assert await wake_waiting(work, longer_than=timedelta(days=-1)) == 0


async def test_the_period_is_told_from_the_slot(work: WorkContext, ids: Ids, people: dict[str, int]) -> None:
    await make_schedule(
        work.database, draft_for(ids, user(people["principal"]), period=PeriodName.LAST_WEEK, subject_ids=None)
    )
    assert await fall_due(work, SLOT_AT + timedelta(days=30)) == 1  # made good a month later: the last of them
    await run_due(work)
    async with work.database.read() as session:
        days = set((await session.execute(select(BaseReport.period_from, BaseReport.period_to))).all())
    assert {(str(first), str(last)) for first, last in days} == {("2026-04-20", "2026-04-26")}


async def test_rights_are_those_of_the_slot_not_of_the_asking(
    work: WorkContext, ids: Ids, people: dict[str, int]
) -> None:
    to = (user(people["arts"]), Recipient(RecipientType.ROLE, role=Role.TRAINER, within=ids[K.SCHOOL, "S"]))
    await make_schedule(work.database, draft_for(ids, *to, kind=K.CLASS_GROUP, formats=("CSV",)))
    await change(work, people["arts"], role=Role.DEPARTMENT_HEAD, department_id=ids[K.DEPARTMENT, "X"])
    await change(work, people["ann"], role=Role.TRAINER, trainer_id=ids[K.TRAINER, "u"])
    assert await sent(work) == ("SUCCEEDED", None)
    # the head moved to Building, ann became a trainer: u met both groups, so did tara
    assert [(name, data["count"]) for name, _, data in await alerts(work.database)] == [
        ("ann", 2),
        ("arts", 1),
        ("tara", 2),
    ]
    assert await files(work.database) == Counter(ann=1, arts=1, tara=1)


async def test_an_owner_who_may_no_longer_read_is_told_that_it_failed(
    work: WorkContext, ids: Ids, people: dict[str, int]
) -> None:
    named = draft_for(ids, user(people["arts"]), school_id=None, subject_ids=(ids[K.COURSE, "C"], ids[K.COURSE, "E"]))
    await make_schedule(work.database, named, owner="arts@school.example")
    await change(work, people["arts"], role=Role.TRAINEE, trainee_id=ids[K.TRAINEE, "ann"])
    assert await sent(work) == ("FAILED", "There is no COURSE of it left whose reports the owner may read.")
    assert await alerts(work.database) == [("arts", FAILED, {})]
    async with work.database.read() as session:
        assert (await session.scalars(select(Run.id))).all() == []


async def test_an_owner_who_reads_no_reports_any_more_fails_it(
    work: WorkContext, ids: Ids, people: dict[str, int]
) -> None:
    await make_schedule(work.database, draft_for(ids, user(people["arts"])))
    await change(work, people["principal"], role=Role.SERVICE, school_id=ids[K.SCHOOL, "S"])
    assert await sent(work) == ("FAILED", "The account the schedule belongs to may no longer read reports.")
    assert await alerts(work.database) == [("principal", FAILED, {})]


async def test_subjects_no_longer_readable_are_left_out_with_a_note(
    work: WorkContext, ids: Ids, people: dict[str, int]
) -> None:
    both = draft_for(ids, user(people["arts"]), school_id=None, subject_ids=(ids[K.COURSE, "C"], ids[K.COURSE, "E"]))
    await make_schedule(work.database, both, owner="arts@school.example")
    await change(work, people["arts"], role=Role.TRAINER, trainer_id=ids[K.TRAINER, "t"])
    assert await sent(work) == ("SUCCEEDED", "1 subject is gone or no longer the owner's to read.")
    assert await alerts(work.database) == [("arts", READY, {"count": 1})]


async def test_a_run_that_is_cancelled_fails_its_slot(work: WorkContext, ids: Ids, people: dict[str, int]) -> None:
    await make_schedule(work.database, draft_for(ids, user(people["principal"])))
    await fall_due(work)
    await run_due(replace(work, tasks=by_kind(schedule_run.TASK)))
    async with work.database.write() as session:
        principal = await viewer_by_email(session, PRINCIPAL)
        run_id = await session.scalar(select(Run.id))
        assert principal is not None
        assert run_id is not None
        await cancel_run(work, session, principal, run_id)
    await run_due(work)
    assert await only_slot(work.database) == ("FAILED", "The run was cancelled.")
    assert await alerts(work.database) == [("principal", FAILED, {})]


async def test_an_address_that_has_got_an_account_gets_what_the_account_may_see(
    work: WorkContext, ids: Ids, people: dict[str, int]
) -> None:
    await make_schedule(work.database, draft_for(ids, user(people["principal"]), PARTNER))
    async with work.database.write() as session:
        await session.execute(update(User).where(User.id == people["tara"]).values(email="head@partner.example"))
    assert await sent(work) == ("SUCCEEDED", None)
    assert await alerts(work.database) == [("head", READY, {"count": 1}), ("principal", READY, {"count": 3})]
    assert await deliveries(work.database) == []


async def test_a_deleted_schedule_is_not_begun(work: WorkContext, ids: Ids, people: dict[str, int]) -> None:
    schedule_id = await make_schedule(work.database, draft_for(ids, user(people["principal"])))
    await fall_due(work)
    async with work.database.write() as session:
        principal = await viewer_by_email(session, PRINCIPAL)
        assert principal is not None
        await delete_schedule(session, principal, schedule_id, SLOT_AT)
    await run_due(work)
    assert await only_slot(work.database) == (
        "SKIPPED",
        "The schedule was deleted before this slot was begun.",
    )
    assert await alerts(work.database) == []


async def test_woken_any_number_of_times_everything_happens_once(
    work: WorkContext, ids: Ids, people: dict[str, int]
) -> None:
    await make_schedule(work.database, draft_for(ids, user(people["tara"]), PARTNER, formats=("CSV",)))
    await fall_due(work)

    async def wake_twice() -> None:
        async with work.database.write() as session:
            slot_id = await session.scalar(select(ScheduleSlot.id))
            for _ in range(2):
                await work.queue.enqueue(session, SCHEDULE_RUN, {"slot_id": slot_id}, priority=WAITED_FOR)

    class Waking(RenderingHere):
        @asynccontextmanager
        async def open(
            self, name: str, cover: object, path: Path, *, gives_way: bool = False
        ) -> AsyncIterator[Rendering]:
            await wake_twice()
            async with super().open(name, cover, path) as rendering:
                yield rendering

    waking: Renderer = Waking()
    await wake_twice()
    await run_due(replace(work, tasks=by_kind(schedule_run.TASK)))
    await wake_twice()
    await run_due(replace(work, renderer=waking))
    await wake_twice()
    await run_due(work)
    assert await only_slot(work.database) == ("SUCCEEDED", None)
    async with work.database.read() as session:
        counts = [len((await session.scalars(select(table.id))).all()) for table in (Run, Export, Alert, Delivery)]
    assert counts[:3] == [1, 2, 1]
    assert len(await deliveries(work.database)) == 1


async def test_a_slot_whose_work_fails_for_good_says_why(work: WorkContext, ids: Ids, people: dict[str, int]) -> None:
    await make_schedule(work.database, draft_for(ids, user(people["principal"])))
    async with work.database.write() as session:
        await session.execute(update(Schedule).values(recipients=[{"type": "PIGEON"}]))
    await fall_due(work)
    impatient = replace(schedule_run.TASK, delays=())
    await run_due(replace(work, tasks=by_kind(impatient, generate.TASK)))
    state, note = await only_slot(work.database)
    assert state == "FAILED"
    assert note is not None
    assert note.startswith("Something unexpected went wrong 1 time")
    assert await alerts(work.database) == [("principal", FAILED, {})]
