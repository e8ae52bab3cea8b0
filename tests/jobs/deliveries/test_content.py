"""What a message says: read when it is sent, under the rights its receiver has then."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update

import jobs.deliveries.mail_content
from jobs.deliveries.mail_content import GONE
from models import AlertKind, Channel, Export, Run, Schedule
from resolvers.alerts.words import UNSEEN
from resolvers.core.global_ids import global_id_text
from resolvers.deliveries.deliveries import PlannedDelivery
from tests.support.content import ARTS, BOARD, slot_message, text_of
from tests.support.factories import subject_ids
from tests.support.mailbox import Mailbox
from tests.support.office import PRINCIPAL, URL, Office
from tests.support.receiver import Receiver
from tests.support.school import NOW, K

BUILDING = "building@school.example"


async def test_an_alert_names_what_its_account_may_see_when_it_is_sent(office: Office, box: Mailbox) -> None:
    report = office.reports[K.CLASS_GROUP, "H"]
    for email in (BUILDING, ARTS):
        await office.mail(email, await office.alert(email, report=report, count=1))
    await office.work_off()
    seen, unseen = (text_of(mail) for mail in box.mails)
    assert f"  {URL}/open/{global_id_text('ClassGroupReport', report)}" in seen
    assert "Bricklayers, 2026-03" in seen
    assert [mail["Subject"] for mail in box.mails] == ["A report is ready", "A report is ready"]
    assert UNSEEN in unseen
    assert not any("Bricklayers" in line or "/open/" in line for line in unseen)


async def test_an_alert_of_a_file_says_of_how_many_reports_it_is(office: Office, box: Mailbox) -> None:
    slot_id = await office.slot(ARTS)
    made = await office.export(ARTS, office.reports[K.CLASS_GROUP, "G"], slot_id, b"a,b\n")
    async with office.work.database.write() as session:
        await session.execute(update(Export).values(report_id=None, report_count=4120))
    await office.mail(ARTS, await office.alert(ARTS, AlertKind.EXPORT_READY, export=made, count=4120))
    await office.work_off()
    (mail,) = box.mails
    assert mail["Subject"] == "A file is ready"
    assert text_of(mail)[:4] == [
        "Hello Head of Arts, this is word from Rollcall.",
        "",
        "CSV file of 4,120 reports",
        f"  {URL}/open/{global_id_text('Export', made)}",
    ]


async def test_the_daily_mail_collects_the_alerts_of_its_day(office: Office, box: Mailbox) -> None:
    account_id = (await office.viewer(ARTS)).user_id
    report = office.reports[K.CLASS_GROUP, "G"]
    await office.alert(ARTS, report=report, count=1, digest="digest:1")
    await office.alert(ARTS, AlertKind.RUN_FAILED, digest="digest:1")
    await office.alert(ARTS, AlertKind.RUN_FAILED, digest="digest:2")
    await office.alert(PRINCIPAL, AlertKind.RUN_FAILED, digest="digest:1")
    await office.plan(PlannedDelivery("digest:1", Channel.EMAIL, account_id))
    await office.work_off()
    (mail,) = box.mails
    assert mail["Subject"] == "2 alerts from Rollcall"
    assert [line for line in text_of(mail) if line.endswith(("is ready", "generated"))] == [
        "A report is ready",
        "Reports could not be generated",
    ]


async def test_a_daily_mail_without_anything_is_not_sent(office: Office, box: Mailbox) -> None:
    account_id = (await office.viewer(ARTS)).user_id
    (delivery_id,) = await office.plan(PlannedDelivery("digest:1", Channel.EMAIL, account_id))
    await office.work_off()
    assert await office.state(delivery_id) == ("FAILED", 1, GONE)
    assert box.mails == []


async def test_a_long_daily_mail_is_cut_and_says_so(
    office: Office, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs.deliveries.mail_content, "MAX_ITEMS", 2)
    for _ in range(5):
        await office.alert(ARTS, AlertKind.RUN_FAILED, digest="digest:1")
    await office.plan(PlannedDelivery("digest:1", Channel.EMAIL, (await office.viewer(ARTS)).user_id))
    await office.work_off()
    (mail,) = box.mails
    assert mail["Subject"] == "5 alerts from Rollcall"
    lines = text_of(mail)
    assert lines.count("Reports could not be generated") == 2
    assert "3 more alerts are in Rollcall." in lines


async def test_an_alert_of_a_schedule_says_which_reports_as_an_address_is_told(office: Office, box: Mailbox) -> None:
    slot_id = await office.slot(PRINCIPAL, name="Weekly heads")
    reports = [office.reports[K.CLASS_GROUP, "G"], office.reports[K.CLASS_GROUP, "H"]]
    # one that the account may see no more
    await office.mail(ARTS, await office.alert(ARTS, slot=slot_id, reports=reports, count=5, links=4))
    await slot_message(office, slot_id, {"reports": reports[:1], "exports": []}, address=BOARD)
    await office.work_off()
    mail, of_address = box.mails
    assert [mail["Subject"], of_address["Subject"]] == ["Weekly heads: 2026-03", "Weekly heads: 2026-03"]
    lines = text_of(mail)
    figures = [line for line in text_of(of_address) if line.startswith("  ") and ": " in line]
    assert len(figures) == 6
    assert lines == [
        "Hello Head of Arts, 4 reports are ready. The first is shown here.",
        "",
        "Painters",
        "  Class group, 2026-03",
        *figures,
        f"  {URL}/open/{global_id_text('ClassGroupReport', reports[0])}",
        "",
        "-- ",
        "Of 4 reports there is no file; read them in Rollcall.",
        "You get this because your account has alerts of this kind sent by e-mail.",
    ]


@pytest.mark.parametrize("to_account", [True, False])
async def test_nothing_to_report_is_said_at_once(office: Office, box: Mailbox, to_account: bool) -> None:
    slot_id, report = await office.slot(PRINCIPAL, attach=True), office.reports[K.CLASS_GROUP, "G"]
    if to_account:
        await office.mail(ARTS, await office.alert(ARTS, slot=slot_id, report=report, count=1, empty=True))
    else:
        await slot_message(office, slot_id, {"reports": [report], "exports": [], "empty": True}, address=BOARD)
    await office.work_off()
    (mail,) = box.mails
    assert mail["Subject"] == "Monday's reports: 2026-03: nothing to report"
    greeting = "Hello Head of Arts, there was" if to_account else "There was"
    said = f"{greeting} nothing to report: no sessions were held, and there are no results."
    assert " ".join(text_of(mail)).startswith(said)


@pytest.mark.parametrize("count", [1, 2])
async def test_an_alert_of_a_run_says_of_what_kind_and_of_which_days(office: Office, box: Mailbox, count: int) -> None:
    report = office.reports[K.CLASS_GROUP, "G"]
    async with office.work.database.write() as session:
        run = Run(
            kind="CLASS_GROUP",
            period={},
            subjects=[],
            period_from=date(2026, 3, 1),
            period_to=date(2026, 3, 31),
            total=count,
            requested_at=NOW,
            period_as_of=NOW,
        )
        session.add(run)
        await session.flush()
        run_id = run.id
    one: dict[str, Any] = {"report": report} if count == 1 else {}
    await office.mail(ARTS, await office.alert(ARTS, run=run_id, count=count, **one))
    await office.work_off()
    (mail,) = box.mails
    subject = "Class group report: 2026-03" if count == 1 else "Class group reports: 2026-03"
    assert mail["Subject"] == subject
    assert ("  Attendance: 35.0%" in text_of(mail)) == (count == 1)


async def test_a_slot_tells_an_account_the_reports_it_may_read(office: Office, box: Mailbox) -> None:
    slot_id = await office.slot(PRINCIPAL)
    reports = [office.reports[K.CLASS_GROUP, "G"], office.reports[K.CLASS_GROUP, "H"]]
    await slot_message(office, slot_id, {"reports": reports}, account_id=(await office.viewer(ARTS)).user_id)
    await office.work_off()
    (mail,) = box.mails
    assert mail["Subject"] == "Monday's reports: 2026-03"
    lines = text_of(mail)
    assert lines[:6] == [
        "Hello Head of Arts, 1 report is ready.",
        "",
        "Painters",
        "  Class group, 2026-03",
        "  Attendance: 35.0%",
        "  Absence: 60.0%",
    ]
    assert f"  {URL}/open/{global_id_text('ClassGroupReport', reports[0])}" in lines
    assert lines[-1] == "You are among the recipients of the schedule “Monday's reports”."
    assert "Bricklayers" not in " ".join(lines)


async def test_an_account_that_may_see_nothing_gets_nothing(office: Office, box: Mailbox) -> None:
    slot_id = await office.slot(PRINCIPAL)
    viewer = await office.viewer("ann@school.example")
    delivery_id = await slot_message(
        office, slot_id, {"reports": [office.reports[K.CLASS_GROUP, "G"]]}, account_id=viewer.user_id
    )
    await office.work_off()
    assert await office.state(delivery_id) == ("FAILED", 1, GONE)
    assert box.mails == []


async def test_a_call_about_a_slot_holds_ids_and_counts_and_no_names(office: Office, receiver: Receiver) -> None:
    slot_id = await office.slot(ARTS)
    hook, secret = await office.webhook(ARTS, receiver)
    viewer = await office.viewer(ARTS)
    mine, other = office.reports[K.CLASS_GROUP, "G"], office.reports[K.CLASS_GROUP, "H"]
    planned = PlannedDelivery(
        "slot:1:webhook:1",
        Channel.WEBHOOK,
        viewer.user_id,
        webhook_id=hook,
        slot_id=slot_id,
        content={"reports": [mine, other], "exports": [5]},
    )
    await office.plan(planned)
    await office.work_off()
    body = receiver.calls[0].verified(secret)
    async with office.work.database.read() as session:
        schedule_id = await session.scalar(select(Schedule.id))
    assert schedule_id is not None
    schedule = global_id_text("Schedule", schedule_id)
    assert body["type"] == "schedule.reports_ready"
    assert body["data"] == {
        "schedule": schedule,
        "slotAt": "2026-03-31T12:00:00.000Z",
        "count": 1,
        "reports": [global_id_text("ClassGroupReport", mine)],
        "exports": [global_id_text("Export", 5)],
        "url": f"{URL}/open/{schedule}",
    }


async def test_a_call_about_an_alert_names_the_subject_by_id_if_it_may_be_seen(
    office: Office, receiver: Receiver
) -> None:
    hook, secret = await office.webhook(ARTS, receiver)
    async with office.work.database.read() as session:
        ids = await subject_ids(session)
    for group in ("G", "H"):
        alert_id = await office.alert(ARTS, AlertKind.BELOW_BAND, subject=ids[K.CLASS_GROUP, group], count=2)
        await office.call(ARTS, hook, alert_id)
    await office.work_off()
    seen, unseen = (call.verified(secret) for call in receiver.calls)
    assert seen["type"] == "alert.below_band"
    assert seen["data"]["subject"] == global_id_text("ClassGroup", ids[K.CLASS_GROUP, "G"])
    assert (seen["data"]["count"], seen["data"]["number"]) == (2, 1)
    assert "subject" not in unseen["data"]


async def test_somebody_elses_alert_is_not_told(office: Office, box: Mailbox, receiver: Receiver) -> None:
    alert_id = await office.alert(PRINCIPAL)
    hook, _ = await office.webhook(ARTS, receiver)
    mailed, called = await office.mail(ARTS, alert_id), await office.call(ARTS, hook, alert_id)
    await office.work_off()
    assert await office.state(mailed) == ("FAILED", 1, GONE)
    assert await office.state(called) == ("FAILED", 1, "The alert is gone.")
    assert (box.mails, receiver.connections) == ([], 0)
