"""E-mail addresses in files: only for who may read them, also when a file goes on to others or is fetched later."""

import zipfile
from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import select

from jobs.deliveries.mail_content import draft_of
from jobs.exports import export
from jobs.runs import generate
from jobs.schedules import schedule_run
from jobs.work.running import run_due
from jobs.work.task import WorkContext, by_kind
from models import Delivery, Export, Role, Schedule, WorkState
from resolvers.access.viewers import Viewer
from resolvers.deliveries.recipients import Recipient, RecipientType
from resolvers.exports.exports import fetchable
from tests.support.rendering_here import RenderingHere
from tests.support.schedules import DOMAINS, account_ids, draft_for, fall_due, make_schedule, only_slot, user
from tests.support.school import Ids, K

ANN = b"ann@school.example"
PARTNER = Recipient(RecipientType.EMAIL, address="head@partner.example")


@pytest.fixture
def work(context: WorkContext) -> WorkContext:
    """A worker that knows the whole way but that of sending."""
    tasks = by_kind(schedule_run.TASK, generate.TASK, export.TASK)
    return replace(
        context, tasks=tasks, settings=replace(context.settings, mail_domains=DOMAINS), renderer=RenderingHere()
    )


async def files(work: WorkContext, ids: Ids, *to: Recipient, format_name: str = "CSV") -> Sequence[Export]:
    """The files of a schedule of the group's report to these recipients, in the order of their askers."""
    draft = draft_for(ids, *to, kind=K.CLASS_GROUP, formats=(format_name,), attach=True)
    group = (ids[K.CLASS_GROUP, "G"],)
    await make_schedule(work.database, replace(draft, school_id=None, subject_ids=group))
    assert await fall_due(work) == 1
    await run_due(work)
    assert await only_slot(work.database) == ("SUCCEEDED", None)
    async with work.database.read() as session:
        return (await session.scalars(select(Export).order_by(Export.requested_by))).all()


def content(work: WorkContext, made: Export) -> bytes:
    """All that is in a file."""
    (path,) = (work.settings.data / "files").rglob(str(made.file_key))
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("format_name", ["CSV", "JSON"])
async def test_each_account_gets_the_addresses_it_may_read(work: WorkContext, ids: Ids, format_name: str) -> None:
    people = await account_ids(work.database)
    made = await files(work, ids, user(people["principal"]), user(people["tara"]), format_name=format_name)
    found = {one.requested_by: (one.contacts, ANN in content(work, one)) for one in made}
    assert found == {
        people["principal"]: ([ids[K.TRAINEE, "ann"]], True),
        people["tara"]: ([], False),
    }


@pytest.mark.parametrize("format_name", ["CSV", "JSON"])
async def test_a_file_that_goes_to_others_has_none(work: WorkContext, ids: Ids, format_name: str) -> None:
    people = await account_ids(work.database)
    made = await files(work, ids, user(people["principal"]), user(people["arts"]), PARTNER, format_name=format_name)
    found = {one.requested_by: ANN in content(work, one) for one in made}
    assert found == {people["principal"]: False, people["arts"]: True}
    (sent,) = (one for one in made if one.requested_by == people["principal"])
    assert (sent.contacts, b"ann" in content(work, sent)) == ([], True)


@pytest.mark.parametrize("planned", [True, False])
async def test_a_file_made_before_an_address_was_a_recipient_does_not_go_to_it(
    work: WorkContext, ids: Ids, planned: bool
) -> None:
    people = await account_ids(work.database)
    draft = draft_for(ids, user(people["principal"]), kind=K.CLASS_GROUP, formats=("CSV",), attach=True)
    group = (ids[K.CLASS_GROUP, "G"],)
    await make_schedule(work.database, replace(draft, school_id=None, subject_ids=group))
    assert await fall_due(work) == 1
    await run_due(replace(work, tasks=by_kind(schedule_run.TASK, generate.TASK)))
    async with work.database.write() as session:  # while the file is being made
        schedule = (await session.scalars(select(Schedule))).one()
        schedule.recipients = [*schedule.recipients, PARTNER.stored()]
    await run_due(work)
    async with work.database.write() as session:
        (made,) = await session.scalars(select(Export))
        delivery = (await session.scalars(select(Delivery).where(Delivery.address == PARTNER.address))).one()
        assert (ANN in content(work, made), made.state) == (True, WorkState.SUCCEEDED)
        assert (delivery.content["exports"], delivery.content["links"]) == ([], 1)
        if not planned:  # by a version of before
            delivery.content = {**delivery.content, "exports": [made.id]}
            await session.flush()
        assert (await draft_of(session, delivery, work.settings)).files == ()


async def test_who_may_no_longer_read_an_address_in_it_cannot_fetch_it(work: WorkContext, ids: Ids) -> None:
    people = await account_ids(work.database)
    (made,) = await files(work, ids, user(people["principal"]))

    def viewer(role: Role, **ties: int) -> Viewer:
        return replace(Viewer(people["principal"], None, "", role), **ties)  # type: ignore[arg-type]

    now = viewer(Role.PRINCIPAL, school_id=ids[K.SCHOOL, "S"])
    # who teaches everybody sees every name in it, of the group's own course too
    later = viewer(Role.TRAINER, trainer_id=ids[K.TRAINER, "t"])
    async with work.database.write() as session:
        assert await fetchable(session, now, [made]) == [made]
        row = (await session.scalars(select(Export).where(Export.id == made.id))).one()
        row.names = [ids[K.TRAINEE, "ann"], ids[K.TRAINEE, "bob"], ids[K.CLASS_GROUP, "G"]]
        await session.flush()
        assert await fetchable(session, later, [row]) == []
        row.contacts = []
        await session.flush()
        assert await fetchable(session, later, [row]) == [row]
