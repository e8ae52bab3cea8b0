"""When a slot tells nobody, or that there is nothing: conditions, times without data, days between terms."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from jobs.alerts.ended import SCHEDULE_RUN
from jobs.queue.adding import WAITED_FOR
from jobs.work.running import run_due
from jobs.work.task import WorkContext
from models import (
    Alert,
    Job,
    Role,
    Webhook,
)
from resolvers.access.viewers import viewer_by_email
from resolvers.alerts.words import described
from resolvers.calendar.periods import PeriodName
from resolvers.calendar.school_days import Restraint
from resolvers.core.problems import ProblemCode, Refusal
from resolvers.deliveries.recipients import Recipient, RecipientType
from resolvers.schedules.drafts import Condition, Side
from resolvers.schedules.schedules import run_schedule_now
from tests.support.schedules import (
    MADE_AT,
    PRINCIPAL,
    SLOT_AT,
    alerts,
    deliveries,
    draft_for,
    fall_due,
    files,
    make_schedule,
    slots,
    user,
)
from tests.support.school import Ids
from tests.support.slots import FAILED, PARTNER, READY, change, sent, webhook_of

CONDITIONS = (
    (Condition("attendanceRate", Side.BELOW, 0.1), None, "In no report attendanceRate was below 0.1."),
    (Condition("absent", Side.ABOVE, 4), None, "In no report absent was above 4."),
    (Condition("absent", Side.ABOVE, 3), 3, None),
    (Condition("averageScore", Side.BELOW, 0.99), 3, None),
)


@pytest.mark.parametrize(("condition", "count", "note"), CONDITIONS)
async def test_a_condition_decides_whether_anybody_is_told(
    work: WorkContext, ids: Ids, people: dict[str, int], condition: Condition, count: int | None, note: str | None
) -> None:
    draft = draft_for(ids, user(people["principal"]), condition=condition, formats=("CSV",))
    await make_schedule(work.database, draft)
    assert await sent(work) == ("SKIPPED" if count is None else "SUCCEEDED", note)
    assert [data["count"] for _, _, data in await alerts(work.database)] == ([] if count is None else [count])
    assert sum((await files(work.database)).values()) == (0 if count is None else 1)


@pytest.mark.parametrize("met", [False, True])
async def test_without_data_nobody_is_told_if_so_asked(
    work: WorkContext, ids: Ids, people: dict[str, int], met: bool
) -> None:
    period = PeriodName.THIS_MONTH if met else PeriodName.LAST_MONTH
    await make_schedule(work.database, draft_for(ids, user(people["principal"]), period=period, only_with_data=True))
    nothing = ("SKIPPED", "There was nothing to report: no sessions held and no results.")
    assert await sent(work) == (("SUCCEEDED", None) if met else nothing)
    assert len(await alerts(work.database)) == met


async def test_of_a_time_without_data_everybody_is_told_so_and_gets_no_files(
    work: WorkContext, ids: Ids, people: dict[str, int]
) -> None:
    hook = await webhook_of(work, people["principal"])
    to = (user(people["arts"]), PARTNER, Recipient(RecipientType.WEBHOOK, webhook=hook))
    await make_schedule(work.database, draft_for(ids, *to, period=PeriodName.LAST_MONTH, formats=("CSV",), attach=True))
    note = (
        "There was nothing to report: no sessions held and no results."
        " The recipients were told so; files of nothing are not made."
    )
    assert await sent(work) == ("SUCCEEDED", note)
    assert await alerts(work.database) == [("arts", READY, {"count": 2, "empty": True})]
    assert await files(work.database) == Counter()
    mail, call = await deliveries(work.database)
    assert [one.content for one in (mail, call)] == [
        {"reports": one.content["reports"], "exports": [], "empty": True} for one in (mail, call)
    ]
    async with work.database.read() as session:
        head = await viewer_by_email(session, "arts@school.example")
        alert = (await session.scalars(select(Alert))).one()
        assert head is not None
        words = (await described(session, head, [alert]))[alert.id]
    assert (words.title, words.lines) == (
        "There was nothing to report",
        ("Colour, 2026-02", "Easel, 2026-02", "No sessions were held, and there are no results."),
    )


async def test_between_terms_there_is_nothing_to_report(work: WorkContext, ids: Ids, people: dict[str, int]) -> None:
    await make_schedule(work.database, draft_for(ids, user(people["principal"]), period=PeriodName.TERM_TO_DATE))
    assert await sent(work) == ("SKIPPED", "There is no TERM_TO_DATE today (2026-03-31).")
    assert await alerts(work.database) == []


async def test_who_can_no_longer_be_addressed_is_named(work: WorkContext, ids: Ids, people: dict[str, int]) -> None:
    hook = await webhook_of(work, people["principal"])
    to = (user(people["principal"]), user(people["ann"]), PARTNER, Recipient(RecipientType.WEBHOOK, webhook=hook))
    await make_schedule(work.database, draft_for(ids, *to))
    await change(work, people["ann"], role=Role.TRAINEE)
    async with work.database.write() as session:
        await session.execute(update(Webhook).values(active=False))
    withdrawn = replace(work, settings=replace(work.settings, mail_domains=()))
    assert await sent(withdrawn) == (
        "SUCCEEDED",
        "1 account is gone or no longer for the owner to address. head@partner.example was left out: mail to"
        " partner.example is not approved. 1 webhook is switched off or deleted.",
    )
    assert await alerts(work.database) == [("principal", READY, {"count": 3})]
    assert await deliveries(work.database) == []


async def test_a_schedule_that_reaches_nobody_tells_its_owner_once(
    work: WorkContext, ids: Ids, people: dict[str, int]
) -> None:
    await make_schedule(work.database, draft_for(ids, user(people["arts"]), formats=("CSV",)))
    await change(work, people["arts"], role=Role.TRAINEE)
    for day in range(2):
        assert await fall_due(work, SLOT_AT + timedelta(days=day)) == 1
        await run_due(work)
    assert await alerts(work.database) == [("principal", FAILED, {"idle": "NOBODY_TO_TELL"})]
    async with work.database.read() as session:
        principal = await viewer_by_email(session, PRINCIPAL)
        alert = (await session.scalars(select(Alert))).one()
        assert principal is not None
        words = (await described(session, principal, [alert]))[alert.id]
    assert (words.title, words.lines) == (
        "A schedule reaches nobody",
        ("Schedule: Courses", "Nobody is left whom it may tell."),
    )
    assert await files(work.database) == Counter()


async def test_run_by_hand_it_does_not_mind_terms(work: WorkContext, ids: Ids, people: dict[str, int]) -> None:
    draft = draft_for(ids, user(people["principal"]), restraint=Restraint(only_in_terms=True))
    schedule_id = await make_schedule(work.database, draft)
    async with work.database.write() as session:
        principal = await viewer_by_email(session, PRINCIPAL)
        assert principal is not None
        slot = await run_schedule_now(session, principal, schedule_id, MADE_AT)
        again = await run_schedule_now(session, principal, schedule_id, MADE_AT)
        assert again.id == slot.id
        await work.queue.enqueue(session, SCHEDULE_RUN, {"slot_id": slot.id}, priority=WAITED_FOR)
        with pytest.raises(Refusal) as refused:
            await run_schedule_now(session, principal, schedule_id, SLOT_AT)
        assert (refused.value.code, refused.value.message) == (ProblemCode.CONFLICT, "it is being run by hand already")
    await run_due(work)
    assert await slots(work.database) == [("03-30 12:00", "SUCCEEDED", None)]
    async with work.database.read() as session:
        priorities = await session.scalars(select(Job.priority).where(Job.kind.in_(work.tasks)))
    assert set(priorities) == {WAITED_FOR}
