"""Mail to addresses without an account, and the files that go along."""

from dataclasses import replace

from sqlalchemy import delete, select, update

from jobs.deliveries.mail_content import GONE
from models import Export, ScheduleSlot, User
from tests.support.content import ARTS, BOARD, files_of, slot_message, text_of
from tests.support.factories import subject_ids
from tests.support.mailbox import Mailbox
from tests.support.office import PRINCIPAL, URL, Office
from tests.support.school import K


async def test_an_address_gets_words_without_links_and_nothing_of_trainers(office: Office, box: Mailbox) -> None:
    slot_id = await office.slot(PRINCIPAL)
    reports = [office.reports[K.CLASS_GROUP, "G"], office.reports[K.TRAINER, "t"]]
    await slot_message(office, slot_id, {"reports": reports, "exports": []}, address=BOARD)
    await office.work_off()
    (mail,) = box.mails
    assert (mail["To"], mail["Reply-To"]) == (BOARD, PRINCIPAL)
    assert mail["List-Unsubscribe"] == "<mailto:principal@school.example?subject=Unsubscribe>"
    lines = text_of(mail)
    assert lines[0] == "1 report is ready."
    assert any(line.startswith("  Attendance: ") for line in lines)
    assert "Tara" not in " ".join(lines)
    assert URL not in " ".join(lines)
    assert " ".join(lines[-2:]) == (
        "Principal has Rollcall send this by the schedule “Monday's reports”. Reply to this mail to be taken off it."
    )


async def test_an_address_outside_the_approved_domains_gets_nothing(office: Office, box: Mailbox) -> None:
    slot_id = await office.slot(PRINCIPAL)
    content = {"reports": [office.reports[K.CLASS_GROUP, "G"]]}
    delivery_id = await slot_message(office, slot_id, content, address="chair@elsewhere.example")
    await office.work_off()
    why = "Mail to elsewhere.example is not approved (any more): see ROLLCALL_MAIL_DOMAINS."
    assert await office.state(delivery_id) == ("FAILED", 1, why)
    assert box.mails == []


async def test_an_address_gets_no_more_than_the_owner_may_see_by_then(office: Office, box: Mailbox) -> None:
    slot_id = await office.slot(ARTS)
    content = {"reports": [office.reports[K.CLASS_GROUP, "G"]]}
    delivery_id = await slot_message(office, slot_id, content, address=BOARD)
    async with office.work.database.write() as session:
        await session.execute(update(User).where(User.email == ARTS).values(department_id=None))
    await office.work_off()
    assert await office.state(delivery_id) == ("FAILED", 1, GONE)
    assert box.mails == []


async def test_an_owner_who_was_demoted_writes_to_no_address(office: Office, box: Mailbox) -> None:
    slot_id = await office.slot(ARTS)
    content = {"reports": [office.reports[K.CLASS_GROUP, "G"]]}
    delivery_id = await slot_message(office, slot_id, content, address=BOARD)
    async with office.work.database.write() as session:
        ids = await subject_ids(session)
        demoted = {"role": "TRAINER", "department_id": None, "trainer_id": ids[K.TRAINER, "t"]}
        await session.execute(update(User).where(User.email == ARTS).values(demoted))
    await office.work_off()
    why = "The account that owns the schedule may no longer write to addresses."
    assert await office.state(delivery_id) == ("FAILED", 1, why)
    assert box.mails == []


async def test_an_address_that_has_become_an_account_gets_nothing_of_the_owners(office: Office, box: Mailbox) -> None:
    slot_id = await office.slot(PRINCIPAL)
    content = {"reports": [office.reports[K.CLASS_GROUP, "G"]]}
    delivery_id = await slot_message(office, slot_id, content, address=BOARD)
    async with office.work.database.write() as session:
        await session.execute(update(User).where(User.email == "ann@school.example").values(email=BOARD))
    await office.work_off()
    why = "The address belongs to an account now, which is told of what it may see itself."
    assert await office.state(delivery_id) == ("FAILED", 1, why)
    assert box.mails == []


async def test_files_go_along_where_the_schedule_says_so(office: Office, box: Mailbox) -> None:
    report = office.reports[K.CLASS_GROUP, "G"]
    for attach in (True, False):
        slot_id = await office.slot(PRINCIPAL, attach=attach)
        await office.export(ARTS, report, slot_id, b"a,b\n1,2\n", "group-Painters.csv")
        await office.export(PRINCIPAL, report, slot_id, b"not yours", "other.csv")
        await office.mail(ARTS, await office.alert(ARTS, slot=slot_id, report=report))
    await office.work_off()
    assert [files_of(mail) for mail in box.mails] == [{"group-Painters.csv": "a,b\n1,2\n"}, {}]


async def test_an_alert_outlives_its_slot_and_is_mailed_without_files(office: Office, box: Mailbox) -> None:
    report = office.reports[K.CLASS_GROUP, "G"]
    slot_id = await office.slot(PRINCIPAL, attach=True)
    await office.export(ARTS, report, slot_id, b"a,b\n", "group-Painters.csv")
    delivery_id = await office.mail(ARTS, await office.alert(ARTS, slot=slot_id, report=report))
    async with office.work.database.write() as session:
        await session.execute(update(Export).values(slot_id=None))
        await session.execute(delete(ScheduleSlot))
    await office.work_off()
    assert await office.state(delivery_id) == ("SUCCEEDED", 1, None)
    assert [files_of(mail) for mail in box.mails] == [{}]


async def test_an_address_gets_the_files_made_for_it(office: Office, box: Mailbox) -> None:
    report = office.reports[K.CLASS_GROUP, "G"]
    slot_id = await office.slot(PRINCIPAL)
    made = await office.export(PRINCIPAL, report, slot_id, b"a,b\n", "made.csv", guarded=False)
    held = await office.export(PRINCIPAL, report, slot_id, b"c,d\n", "held.csv")
    of_trainer = office.reports[K.TRAINER, "t"]
    figures = await office.export(PRINCIPAL, of_trainer, slot_id, b"e,f\n", "figures.csv", guarded=False)
    await office.export(ARTS, report, slot_id, b"another's", "other.csv", guarded=False)
    content = {"reports": [report, of_trainer], "exports": [made, held, figures]}
    await slot_message(office, slot_id, content, address=BOARD)
    await office.work_off()
    assert files_of(box.mails[0]) == {"made.csv": "a,b\n"}


async def test_files_that_are_too_large_together_are_left_out_and_that_is_said(office: Office, box: Mailbox) -> None:
    office = replace(office, work=replace(office.work, settings=replace(office.work.settings, mail_megabytes=2)))
    report = office.reports[K.CLASS_GROUP, "G"]
    slot_id = await office.slot(PRINCIPAL, attach=True)
    for number in (1, 2):  # under 2 MB as files, above as they are sent
        await office.export(ARTS, report, slot_id, b"x" * 900_000, f"{number}.csv")
    await office.mail(ARTS, await office.alert(ARTS, slot=slot_id, report=report))
    await office.work_off()
    (mail,) = box.mails
    assert files_of(mail) == {}
    said = "2 files are not attached: 2.5 MB are too much for a mail; they are in Rollcall."
    assert said in " ".join(text_of(mail))


async def test_a_file_that_is_gone_is_left_out_and_that_is_said(office: Office, box: Mailbox) -> None:
    report = office.reports[K.CLASS_GROUP, "G"]
    slot_id = await office.slot(PRINCIPAL, attach=True)
    export_id = await office.export(ARTS, report, slot_id, b"a", "gone.csv")
    async with office.work.database.read() as session:
        key = await session.scalar(select(Export.file_key).where(Export.id == export_id))
    assert key is not None
    await office.work.files.delete(key)
    await office.mail(ARTS, await office.alert(ARTS, slot=slot_id, report=report))
    await office.work_off()
    (mail,) = box.mails
    assert files_of(mail) == {}
    assert "Left out, because they are not kept any more: gone.csv." in text_of(mail)
