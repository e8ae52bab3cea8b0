"""Files of a slot: everybody gets their own, of what they may read, and is told of what they do not get."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from jobs.queue.failures import PermanentFailure
from jobs.rendering.parent import Rendering
from jobs.runs import generate
from jobs.schedules import schedule_run
from jobs.schedules.scheduler import wake_waiting
from jobs.schedules.slot_telling import Recipients, _left_out
from jobs.work.running import run_due
from jobs.work.task import WorkContext, by_kind
from models import (
    Export,
    Role,
    ScheduleSlot,
    User,
)
from resolvers.access.viewers import viewer_by_email
from resolvers.deliveries.recipients import Addressed, Recipient, RecipientType
from resolvers.schedules.slot_exports import SlotFiles
from tests.support.rendering_here import Meanwhile, RenderingHere
from tests.support.schedules import (
    PRINCIPAL,
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
from tests.support.slots import PARTNER, READY, K, change, sent, webhook_of


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


async def test_rights_lost_while_files_are_made_count_too(work: WorkContext, ids: Ids, people: dict[str, int]) -> None:
    await make_schedule(work.database, draft_for(ids, user(people["tara"]), PARTNER, formats=("CSV",)))
    becomes_dan = partial(change, work, people["tara"], role=Role.TRAINEE, trainee_id=ids[K.TRAINEE, "dan"])
    note = (await sent(replace(work, renderer=Meanwhile(becomes_dan))))[1]
    assert note is not None
    assert "1 account was not told: they may see none of the reports." in note
    assert await alerts(work.database) == []
    assert len(await deliveries(work.database)) == 1


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
