"""From a schedule to its slot, run, files, alerts and deliveries: everybody gets what they may see when it is sent."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from jobs.alerts.ended import SCHEDULE_RUN
from jobs.cancelling import cancel_run
from jobs.exports import export
from jobs.queue.adding import WAITED_FOR
from jobs.queue.failures import PermanentFailure
from jobs.rendering.parent import Renderer, Rendering
from jobs.runs import generate
from jobs.schedules import schedule_run
from jobs.schedules.scheduler import wake_waiting
from jobs.schedules.slot_telling import Recipients, _left_out
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
    SubjectKind,
    User,
    Webhook,
)
from models.database import Database
from resolvers.access.viewers import viewer_by_email
from resolvers.alerts.words import UNSEEN, described
from resolvers.calendar.periods import PeriodName
from resolvers.calendar.school_days import Restraint
from resolvers.core.problems import ProblemCode, Refusal
from resolvers.deliveries.recipients import Addressed, Recipient, RecipientType
from resolvers.schedules.drafts import Condition, Side
from resolvers.schedules.schedules import delete_schedule, run_schedule_now
from resolvers.schedules.slot_exports import SlotFiles
from tests.jobs.test_worker import working
from tests.support.polling import until
from tests.support.rendering_here import Meanwhile, RenderingHere
from tests.support.schedules import (
    DOMAINS,
    MADE_AT,
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
    slots,
    user,
)
from tests.support.school import Ids

K = SubjectKind
PARTNER = Recipient(RecipientType.EMAIL, address="head@partner.example")
READY, FAILED = "REPORT_READY", "RUN_FAILED"


@pytest.fixture
async def people(ids: Ids, database: Database) -> dict[str, int]:
    """The account of each person of the school."""
    return await account_ids(database)


@pytest.fixture
def work(context: WorkContext) -> WorkContext:
    """A worker that knows the tasks of the whole way but that of sending."""
    tasks = by_kind(schedule_run.TASK, generate.TASK, export.TASK)
    settings = replace(context.settings, mail_domains=DOMAINS)
    return replace(context, tasks=tasks, settings=settings, renderer=RenderingHere())


async def change(work: WorkContext, account_id: int, **values: Any) -> None:
    """Changes an account, as an import does."""
    ties = dict.fromkeys(("school_id", "department_id", "programme_id", "trainer_id", "trainee_id"))
    async with work.database.write() as session:
        await session.execute(update(User).where(User.id == account_id).values({**ties, **values}))


async def sent(work: WorkContext) -> tuple[str, str | None]:
    """Lets the one schedule fall due and does all that follows; state and note of its slot."""
    assert await fall_due(work) == 1
    await run_due(work)
    return await only_slot(work.database)


async def webhook_of(work: WorkContext, account_id: int) -> int:
    async with work.database.write() as session:
        row = Webhook(owner_id=account_id, name="Hook", url="https://hook.example", secrets=[], created_at=MADE_AT)
        session.add(row)
        await session.flush()
        return row.id


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


async def test_a_slot_whose_files_vanish_with_their_account_is_taken_on(
    work: WorkContext, ids: Ids, people: dict[str, int]
) -> None:
    await make_schedule(work.database, draft_for(ids, user(people["principal"]), user(people["ann"]), formats=("CSV",)))
    await change(work, people["ann"], role=Role.TRAINER, trainer_id=ids[K.TRAINER, "t"])
    await fall_due(work)
    without_files = by_kind(schedule_run.TASK, generate.TASK)
    await run_due(replace(work, tasks=without_files))
    async with work.database.write() as session:
        await session.execute(delete(User).where(User.id == people["ann"]))
        await session.execute(update(Export).values(state="SUCCEEDED"))
    await run_due(work)
    assert (await only_slot(work.database))[0] == "RUNNING"
    assert await wake_waiting(work, longer_than=timedelta(days=-1)) == 1
    assert await wake_waiting(work, longer_than=timedelta(days=-1)) == 0  # there is a job for it now
    await run_due(work)
    assert await only_slot(work.database) == (
        "SUCCEEDED",
        "1 account is gone or no longer for the owner to address.",
    )
    assert await wake_waiting(work, longer_than=timedelta(days=-1)) == 0


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


async def test_everybody_gets_files_of_their_own_and_an_address_those_of_the_owner(
    work: WorkContext, ids: Ids, people: dict[str, int]
) -> None:
    hook = await webhook_of(work, people["principal"])
    to = (user(people["arts"]), user(people["tara"]), PARTNER, Recipient(RecipientType.WEBHOOK, webhook=hook))
    await make_schedule(work.database, draft_for(ids, *to, formats=("CSV", "JSON"), attach=True))
    assert await sent(work) == ("SUCCEEDED", None)
    assert await files(work.database) == Counter(principal=2, arts=2, tara=2)
    assert await alerts(work.database) == [
        ("arts", READY, {"count": 2, "files": 2, "links": 0}),
        ("tara", READY, {"count": 1, "files": 2, "links": 0}),
    ]
    async with work.database.read() as session:
        own = (await session.scalars(select(Export).where(Export.requested_by == people["principal"]))).all()
        slot_id = await session.scalar(select(ScheduleSlot.id))
    mail, call = await deliveries(work.database)
    assert (mail.key, mail.channel, mail.address, mail.account_id) == (
        f"slot:{slot_id}:email:head@partner.example",
        "EMAIL",
        "head@partner.example",
        None,
    )
    assert (call.key, call.channel, call.webhook_id) == (f"slot:{slot_id}:webhook:{hook}", "WEBHOOK", hook)
    assert mail.content["exports"] == call.content["exports"] == sorted(one.id for one in own)
    assert [one.report_ids for one in own] == [mail.content["reports"]] * 2
    assert {(one.report_id, one.report_count, one.done, one.matching) for one in own} == {(None, 3, 3, 3)}
    assert sorted(one.format for one in own) == ["CSV", "JSON"]
    assert {(one.slot_id, one.state) for one in own} == {(slot_id, "SUCCEEDED")}


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


async def test_rights_lost_while_files_are_made_count_too(work: WorkContext, ids: Ids, people: dict[str, int]) -> None:
    await make_schedule(work.database, draft_for(ids, user(people["tara"]), PARTNER, formats=("CSV",)))
    becomes_dan = partial(change, work, people["tara"], role=Role.TRAINEE, trainee_id=ids[K.TRAINEE, "dan"])
    note = (await sent(replace(work, renderer=Meanwhile(becomes_dan))))[1]
    assert note is not None
    assert "1 account was not told: they may see none of the reports." in note
    assert await alerts(work.database) == []
    assert len(await deliveries(work.database)) == 1


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


async def test_who_would_get_only_empty_reports_gets_no_file_of_them(
    work: WorkContext, ids: Ids, people: dict[str, int]
) -> None:
    async with work.database.read() as session:
        owner = await viewer_by_email(session, PRINCIPAL)
    assert owner is not None
    found = Addressed(addresses=("head@partner.example",))
    empty = frozenset({2, 3})
    some = Recipients(found, {7: (1, 2), 8: (2,), 9: ()}, (1, 2, 3), (1, 2, 3), empty)
    assert some.of_files(owner) == {7: (1, 2), owner.user_id: (1, 2, 3)}
    assert Recipients(found, {8: (2,)}, (2, 3), (2, 3), empty).of_files(owner) == {}
    told = _left_out(some, SlotFiles((), None), 1)
    assert told == [
        "1 account was not told: they may see none of the reports.",
        "1 account was told that there was nothing to report.",
    ]


async def test_between_terms_there_is_nothing_to_report(work: WorkContext, ids: Ids, people: dict[str, int]) -> None:
    await make_schedule(work.database, draft_for(ids, user(people["principal"]), period=PeriodName.TERM_TO_DATE))
    assert await sent(work) == ("SKIPPED", "There is no TERM_TO_DATE today (2026-03-31).")
    assert await alerts(work.database) == []


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


@pytest.mark.parametrize(("formats", "made", "links"), [(("CSV", "JSON"), 1, 0), (("JSON",), 0, 3)])
async def test_files_that_cannot_be_made_are_said_and_the_rest_is_sent(
    work: WorkContext, ids: Ids, people: dict[str, int], formats: tuple[str, ...], made: int, links: int
) -> None:
    class Refusing(RenderingHere):
        @asynccontextmanager
        async def open(
            self, name: str, cover: object, path: Path, *, gives_way: bool = False
        ) -> AsyncIterator[Rendering]:
            if name == "JSON":
                raise PermanentFailure("The paper is out.")
            async with super().open(name, cover, path) as rendering:
                yield rendering

    await make_schedule(work.database, draft_for(ids, user(people["principal"]), formats=formats))
    state, note = await sent(replace(work, renderer=Refusing()))
    assert (state, note) == ("SUCCEEDED", "1 file could not be made. The paper is out.")
    assert await alerts(work.database) == [("principal", READY, {"count": 3, "files": made, "links": links})]


async def test_what_fits_in_no_file_is_a_link(
    work: WorkContext, ids: Ids, people: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("resolvers.schedules.slot_exports", "jobs.schedules.slot_telling"):
        monkeypatch.setattr(f"{module}.MAX_REPORTS", 3)
    draft = draft_for(ids, user(people["principal"]), PARTNER, kind=K.TRAINEE, formats=("CSV", "JSON"))
    await make_schedule(work.database, draft)
    state, note = await sent(work)
    assert (state, note) == (
        "SUCCEEDED",
        "1 recipient has reports that are in no file: a file holds 3 at most, and a schedule makes 5,000 files at a"
        " time. Those are links.",
    )
    assert await alerts(work.database) == [("principal", READY, {"count": 4, "files": 2, "links": 1})]
    (mail,) = await deliveries(work.database)
    assert (len(mail.content["exports"]), mail.content["links"]) == (2, 1)
    async with work.database.read() as session:
        found = await session.execute(select(Export.report_count, Export.matching))
    assert [tuple(row) for row in found] == [(3, 4)] * 2


async def test_of_files_beyond_the_limit_there_are_links(
    work: WorkContext, ids: Ids, people: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.schedules.slot_exports.MAX_FILES", 1)
    to = (user(people["arts"]), user(people["tara"]))
    await make_schedule(work.database, draft_for(ids, *to, formats=("CSV",)))
    state, note = await sent(work)
    assert (state, note) == (
        "SUCCEEDED",
        "1 recipient has reports that are in no file: a file holds 10,000 at most, and a schedule makes 5,000 files"
        " at a time. Those are links.",
    )
    assert await alerts(work.database) == [
        ("arts", READY, {"count": 2, "files": 1, "links": 0}),
        ("tara", READY, {"count": 1, "files": 0, "links": 1}),
    ]


async def test_a_file_of_which_a_part_was_lost_is_not_given(
    work: WorkContext, ids: Ids, people: dict[str, int]
) -> None:
    to = (user(people["arts"]), user(people["principal"]))
    await make_schedule(work.database, draft_for(ids, *to, kind=K.CLASS_GROUP, formats=("CSV",)))
    demoted = {"role": Role.DEPARTMENT_HEAD, "department_id": ids[K.DEPARTMENT, "X"]}
    await change(work, people["arts"], role=Role.PRINCIPAL, school_id=ids[K.SCHOOL, "S"])
    await sent(replace(work, renderer=Meanwhile(partial(change, work, people["principal"], **demoted))))
    assert [data for name, _, data in await alerts(work.database) if name == "principal"] == [
        {"count": 1, "files": 0, "links": 1}
    ]


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
