"""What an e-mail says: read when it is sent, under the rights its receiver has then."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import ColumnElement, any_, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from jobs.deliveries.email import Mail, MailItem, encoded_size
from jobs.deliveries.mail_reports import About, about_reports, days_of, kind_label, subject_of
from jobs.queue.failures import PermanentFailure
from models import Alert, AlertKind, BaseReport, Delivery, Export, Run, Schedule, ScheduleSlot, SubjectKind, WorkState
from models.settings import Settings
from resolvers.access.viewers import Viewer, viewer_by_email, viewer_by_id
from resolvers.alerts.words import AlertWords, described, links_note
from resolvers.calendar.periods import Period, name_of
from resolvers.core.any_of import any_of
from resolvers.core.wording import counted, sized
from resolvers.deliveries.deliveries import REFUSED_BYTES
from resolvers.exports.exports import fetchable
from resolvers.reports.look_ups import reports_by_ids

MAX_ITEMS: Final = 30
GONE: Final = "There is nothing left of it that the receiver may see."


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail whose attachments have yet to be read from the file store."""

    mail: Mail
    files: tuple[Export, ...] = ()

    def noting(self, *notes: str) -> "Draft":
        """The same with notes before the others."""
        return replace(self, mail=replace(self.mail, notes=(*notes, *self.mail.notes)))


async def draft_of(session: AsyncSession, delivery: Delivery, settings: Settings) -> Draft:
    """The mail of a delivery. PermanentFailure: there is nobody, or nothing, to write to."""
    if delivery.address is not None:
        return await _to_address(session, delivery, delivery.address, settings)
    viewer = await viewer_by_id(session, delivery.account_id) if delivery.account_id is not None else None
    if viewer is None:
        raise PermanentFailure("The account is gone.")
    if viewer.email is None:
        raise PermanentFailure("The account has no e-mail address any more.")
    to = Mail("", viewer.name, viewer.email, "")
    if delivery.alert_id is not None:
        return await _alert(session, viewer, to, delivery, delivery.alert_id, settings)
    if delivery.slot_id is not None:
        return await _slot(session, viewer, to, delivery, delivery.slot_id, settings)
    return Draft(await _digest(session, viewer, to, delivery.key, settings))


async def _alert(
    session: AsyncSession, viewer: Viewer, to: Mail, delivery: Delivery, alert_id: int, settings: Settings
) -> Draft:
    alert = await session.scalar(select(Alert).where(Alert.id == alert_id, Alert.account_id == viewer.user_id))
    words = (await described(session, viewer, [alert])).get(alert_id) if alert else None
    if alert is None or words is None:
        raise PermanentFailure(GONE)
    told = _told(words, settings)
    mail = replace(
        to,
        subject=words.title,
        intro=f"Hello {viewer.name}, this is word from Rollcall.",
        # the title is the subject already
        items=[replace(told, title=words.lines[0], lines=words.lines[1:]) if words.lines else told],
        notes=["You get this because your account has alerts of this kind sent by e-mail."],
    )
    if alert.kind != AlertKind.REPORT_READY:
        return Draft(mail)
    slot_id = alert.data.get("slot")
    # long after, an alert may be there whose slot is not
    schedule = await _schedule(session, slot_id) if isinstance(slot_id, int) else None
    mail = await _ready(session, viewer, mail, alert, schedule, settings)
    if schedule is None or not schedule.attach:
        return Draft(mail)
    files = await _files(session, viewer, Export.slot_id == slot_id, Export.requested_by == viewer.user_id)
    return _with_files(Draft(mail), files, "they are in Rollcall", delivery, settings)


async def _ready(
    session: AsyncSession, viewer: Viewer, mail: Mail, alert: Alert, schedule: Schedule | None, settings: Settings
) -> Mail:
    """A mail that reports are ready: which ones, in the subject, and their figures where the alert names them."""
    data = alert.data
    run_id = data.get("run")
    run = None if schedule or run_id is None else await session.scalar(select(Run).where(Run.id == run_id))
    if schedule is None and run is None:
        return mail
    ids = [data["report"]] if "report" in data else data.get("reports", [])
    found = await reports_by_ids(session, viewer, ids)
    reports = [found[id_] for id_ in ids if id_ in found]
    count = data.get("count", 1) - len(ids) + len(reports)
    if schedule is not None:
        name = schedule.name
    else:
        assert run is not None
        name = f"{kind_label(run.kind)} {'report' if count == 1 else 'reports'}"
    if reports:
        links = (note for note in [links_note(data)] if note)
        mail = replace(mail, notes=[*links, *mail.notes])
        return await about_reports(
            session, viewer, About(name, count, bool(data.get("empty"))), mail, reports, settings
        )
    # none of them is named any more, or never was: then the days are those of the run
    if run is not None and not ids and run.period_from and run.period_to:
        days = Period(run.period_from, run.period_to, name_of(run.period_from, run.period_to))
        return replace(mail, subject=subject_of(name, days_of(days)))
    return mail


async def _digest(session: AsyncSession, viewer: Viewer, to: Mail, key: str, settings: Settings) -> Mail:
    alerts = (
        await session.scalars(
            select(Alert).where(Alert.account_id == viewer.user_id, Alert.digest == key).order_by(Alert.number)
        )
    ).all()
    words = await described(session, viewer, alerts)
    told = [words[alert.id] for alert in alerts if alert.id in words]
    if not told:
        raise PermanentFailure(GONE)
    notes = ["You get this because your account has alerts sent by e-mail once a day."]
    if len(told) > MAX_ITEMS:
        notes.insert(0, f"{counted(len(told) - MAX_ITEMS, 'more alert is', 'more alerts are')} in Rollcall.")
    return replace(
        to,
        subject=f"{counted(len(told), 'alert', 'alerts')} from Rollcall",
        intro=f"Hello {viewer.name}, this is what has come up since the last daily mail.",
        items=[_told(one, settings) for one in told[:MAX_ITEMS]],
        notes=notes,
    )


def _told(words: AlertWords, settings: Settings) -> MailItem:
    return MailItem(words.title, words.lines, link=settings.url + words.path if words.path else None)


async def _slot(
    session: AsyncSession, viewer: Viewer, to: Mail, delivery: Delivery, slot_id: int, settings: Settings
) -> Draft:
    schedule = await _schedule(session, slot_id)
    if schedule is None:
        raise PermanentFailure(GONE)
    reports = await _reports(session, viewer, delivery)
    files = await _files(session, viewer, Export.slot_id == slot_id, Export.requested_by == viewer.user_id)
    if not reports and not files:
        raise PermanentFailure(GONE)
    about = About(schedule.name, len(reports), bool(delivery.content.get("empty")))
    mail = await about_reports(session, viewer, about, to, reports, settings)
    mail = replace(mail, notes=[f"You are among the recipients of the schedule “{schedule.name}”."])
    return _with_files(Draft(mail), files if schedule.attach else (), "they are in Rollcall", delivery, settings)


async def _to_address(session: AsyncSession, delivery: Delivery, address: str, settings: Settings) -> Draft:
    """A slot's message to somebody without an account: what the owner may see, less what is guarded."""
    domain = address.rpartition("@")[2].lower()
    if domain not in settings.mail_domains:
        raise PermanentFailure(f"Mail to {domain} is not approved (any more): see ROLLCALL_MAIL_DOMAINS.")
    if delivery.slot_id is None:
        raise PermanentFailure(GONE)
    schedule = await _schedule(session, delivery.slot_id)
    if schedule is None:
        raise PermanentFailure(GONE)
    owner = await viewer_by_id(session, schedule.owner_id)
    if owner is None:
        raise PermanentFailure("The account that owns the schedule is gone.")
    if not owner.rights.writes:
        raise PermanentFailure("The account that owns the schedule may no longer write to addresses.")
    if await viewer_by_email(session, address) is not None:
        raise PermanentFailure("The address belongs to an account now, which is told of what it may see itself.")
    reports = [report for report in await _reports(session, owner, delivery) if report.kind != SubjectKind.TRAINER]
    # only files made for this address: the owner's own may hold what is guarded
    made = any_of(Export.id, delivery.content.get("exports", ()))
    of_trainers = select(BaseReport.id).where(
        BaseReport.id == any_(Export.report_ids), BaseReport.kind == SubjectKind.TRAINER
    )
    unguarded = Export.options["guarded"].as_boolean().is_(False) & ~exists(of_trainers.correlate(Export))
    files = await _files(session, owner, Export.slot_id == delivery.slot_id, made, unguarded)
    if not reports and not files:
        raise PermanentFailure(GONE)
    about = About(schedule.name, len(reports), bool(delivery.content.get("empty")))
    mail = await about_reports(session, owner, about, Mail("", "", address, ""), reports, None)
    ending = "Reply to this mail to be taken off it." if owner.email else "They can take you off it."
    mail = replace(
        mail,
        reply_to=owner.email,
        notes=[f"{owner.name} has Rollcall send this by the schedule “{schedule.name}”. {ending}"],
    )
    draft = _with_files(Draft(mail), files, f"ask {owner.name} for them", delivery, settings)
    without_file = delivery.content.get("links", 0)
    if without_file:
        reports_have = counted(without_file, "report has", "reports have")
        return draft.noting(f"{reports_have} no file here. Ask {owner.name} for more.")
    return draft


async def _schedule(session: AsyncSession, slot_id: int) -> Schedule | None:
    found = await session.scalars(
        select(Schedule).join(ScheduleSlot, ScheduleSlot.schedule_id == Schedule.id).where(ScheduleSlot.id == slot_id)
    )
    return found.one_or_none()


async def _reports(session: AsyncSession, viewer: Viewer, delivery: Delivery) -> list[BaseReport]:
    """The reports a delivery is about that the viewer may read, in their order."""
    ids = delivery.content.get("reports", ())
    found = await reports_by_ids(session, viewer, ids)
    return [found[id_] for id_ in ids if id_ in found]


async def _files(session: AsyncSession, viewer: Viewer, *conditions: ColumnElement[bool]) -> list[Export]:
    found = await session.scalars(
        select(Export).where(Export.state == WorkState.SUCCEEDED, *conditions).order_by(Export.id)
    )
    return await fetchable(session, viewer, found.all())


def _with_files(draft: Draft, files: Sequence[Export], elsewhere: str, delivery: Delivery, settings: Settings) -> Draft:
    """The files that are attached, or a note on why they are not: sizes as they are sent."""
    if not files:
        return draft
    refused, size = delivery.content.get(REFUSED_BYTES), sum(encoded_size(file.byte_size or 0) for file in files)
    if refused is None and size <= settings.mail_megabytes * 1_000_000:
        return replace(draft, files=tuple(files))
    what = counted(len(files), "file is", "files are")
    too_much = (
        f"{sized(size)} are too much for a mail"
        if refused is None
        else f"{sized(refused)} are too much for your mail server"
    )
    return draft.noting(f"{what} not attached: {too_much}; {elsewhere}.")
