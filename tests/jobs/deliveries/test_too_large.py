"""A mail whose files are too much for the mail server goes on at once without them, and who it concerns learns it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from jobs.deliveries.mailing import NOTE
from jobs.work.task import WorkContext
from models import Alert, Channel, Delivery, ScheduleSlot, User
from resolvers.alerts.words import described
from resolvers.core.wording import sized
from resolvers.deliveries.deliveries import PlannedDelivery, replay
from tests.support.content import ARTS, BOARD, files_of, text_of
from tests.support.mailbox import Mailbox, mailbox
from tests.support.office import PRINCIPAL, Office, open_office
from tests.support.school import K

LIMIT = 40_000
SIZE_ANSWER = "552 Error: message size exceeds fixed maximum message size"


@asynccontextmanager
async def small_server() -> AsyncIterator[Mailbox]:
    """Says in EHLO how little it takes."""
    async with mailbox(data_size_limit=LIMIT) as box:
        yield box


@asynccontextmanager
async def silent_server() -> AsyncIterator[Mailbox]:
    """Says nothing beforehand, and 552 after the first message."""
    async with mailbox(data_size_limit=None) as box:
        box.data_answers = [SIZE_ANSWER]
        yield box


@asynccontextmanager
async def strict_server() -> AsyncIterator[Mailbox]:
    """Refuses the first message by its size at MAIL FROM."""
    async with mailbox() as box:
        box.sender_answers = [SIZE_ANSWER]
        yield box


Server = Callable[[], AbstractAsyncContextManager[Mailbox]]


async def reported(office: Office) -> int:
    """A slot of a schedule with attachments, with a file of 60 kB for the head of Arts."""
    slot_id = await office.slot(PRINCIPAL, attach=True)
    await office.export(ARTS, office.reports[K.CLASS_GROUP, "G"], slot_id, b"x" * 60_000)
    return slot_id


async def slot_note(office: Office, slot_id: int) -> str | None:
    async with office.work.database.read() as session:
        note: str | None = await session.scalar(select(ScheduleSlot.note).where(ScheduleSlot.id == slot_id))
    return note


async def told_owner(office: Office) -> list[tuple[str, str, tuple[str, ...]]]:
    """(occurrence, title, lines) of the alerts of the owner."""
    owner = await office.viewer(PRINCIPAL)
    async with office.work.database.read() as session:
        alerts = (await session.scalars(select(Alert).where(Alert.account_id == owner.user_id))).all()
        words = await described(session, owner, alerts)
    return [(alert.occurrence, words[alert.id].title, words[alert.id].lines) for alert in alerts]


async def content_of(office: Office, delivery_id: int) -> dict[str, Any]:
    return (await office.delivery(delivery_id)).content


@pytest.mark.parametrize("server", [small_server, silent_server, strict_server])
async def test_it_goes_on_at_once_without_its_files(context: WorkContext, tmp_path: Path, server: Server) -> None:
    async with server() as box:
        office = await open_office(context, tmp_path, box)
        slot_id = await reported(office)
        alert_id = await office.alert(ARTS, slot=slot_id, report=office.reports[K.CLASS_GROUP, "G"])
        delivery_id = await office.mail(ARTS, alert_id)
        await office.work_off()
    assert await office.state(delivery_id) == ("SUCCEEDED", 2, None)
    size = (await content_of(office, delivery_id))["refusedBytes"]
    assert size > 80_000
    status = None if server is small_server else 552
    answer = (
        f"The mail is too large for the mail server: it has {size:,} bytes, and the server takes {LIMIT:,}."
        if server is small_server
        else f"The mail server takes no mail of {size:,} bytes: {SIZE_ANSWER}"
    )
    assert await office.attempts(delivery_id) == [
        (1, status, f"{answer} It goes on without its files."),
        (2, 250, None),
    ]
    mail, of_owner = box.mails
    assert (files_of(mail), files_of(of_owner)) == ({}, {})
    said = f"1 file is not attached: {sized(size)} are too much for your mail server; they are in Rollcall."
    assert said in " ".join(text_of(mail))
    assert await slot_note(office, slot_id) == NOTE
    assert await told_owner(office) == [
        (
            f"slot:{slot_id}:files",
            "Files were too large to be mailed",
            (
                "Schedule: Monday's reports",
                f"The mail server takes no mail of {sized(size)}: mail of this schedule went without its files.",
            ),
        )
    ]
    assert of_owner["Subject"] == "Files were too large to be mailed"


async def test_an_address_is_told_whom_to_ask_and_the_owner_is_told_once_a_slot(
    context: WorkContext, tmp_path: Path
) -> None:
    async with small_server() as box:
        office = await open_office(context, tmp_path, box)
        slot_id, report = await reported(office), office.reports[K.CLASS_GROUP, "G"]
        made = await office.export(PRINCIPAL, report, slot_id, b"x" * 60_000, guarded=False)
        content = {"reports": [report], "exports": [made]}
        planned = [
            PlannedDelivery(f"slot:{slot_id}:email:{n}", Channel.EMAIL, address=BOARD, slot_id=slot_id, content=content)
            for n in (1, 2)
        ]
        await office.plan(*planned)
        await office.work_off()
    size = (await content_of(office, 1))["refusedBytes"]
    to_board = [mail for mail in box.mails if mail["To"] == BOARD]
    assert [files_of(mail) for mail in to_board] == [{}, {}]
    said = f"1 file is not attached: {sized(size)} are too much for your mail server; ask Principal for them."
    assert all(said in " ".join(text_of(mail)) for mail in to_board)
    assert await slot_note(office, slot_id) == NOTE
    assert [occurrence for occurrence, _, _ in await told_owner(office)] == [f"slot:{slot_id}:files"]


async def test_a_replay_tries_it_with_its_files_again(context: WorkContext, tmp_path: Path) -> None:
    async with silent_server() as box:
        office = await open_office(context, tmp_path, box)
        slot_id = await reported(office)
        delivery_id = await office.mail(ARTS, await office.alert(ARTS, slot=slot_id))
        await office.work_off()
        arts = await office.viewer(ARTS)
        async with office.work.database.write() as session:
            await replay(session, arts, delivery_id, (await office.delivery(delivery_id)).created_at)
        assert "refusedBytes" not in await content_of(office, delivery_id)


async def test_a_mail_without_files_that_is_too_large_fails_for_good(context: WorkContext, tmp_path: Path) -> None:
    async with mailbox(data_size_limit=500) as box:
        office = await open_office(context, tmp_path, box)
        alert_id = await office.alert(ARTS, report=office.reports[K.CLASS_GROUP, "G"])
        delivery_id = await office.mail(ARTS, alert_id)
        await office.work_off()
    state, attempts, error = await office.state(delivery_id)
    assert (state, attempts) == ("FAILED", 1)
    assert error is not None
    assert error.startswith("The mail is too large for the mail server: it has ")
    assert error.endswith(" bytes, and the server takes 500.")
    assert box.mails == []
    async with office.work.database.read() as session:
        assert await session.scalar(select(Delivery.id).where(Delivery.id != delivery_id)) is None
        assert await session.scalar(select(User.id).where(User.email == ARTS)) is not None


async def test_the_files_of_a_slot_go_with_its_reports_and_not_with_other_alerts_of_it(
    office: Office, box: Mailbox
) -> None:
    slot_id = await reported(office)
    await office.mail(ARTS, await office.alert(ARTS, "RUN_FAILED", slot=slot_id))  # type: ignore[arg-type]
    await office.work_off()
    assert files_of(box.mails[0]) == {}
