"""Telling the recipients of a slot: alerts to accounts, messages to addresses and webhooks; each what it may see."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from jobs.deliveries.alerting import tell
from jobs.deliveries.delivering import enqueue_deliveries
from jobs.work.task import Work
from models import AlertKind, Channel, Schedule, ScheduleSlot, SubjectKind
from resolvers.access.viewers import Viewer
from resolvers.alerts.alerts import NewAlert
from resolvers.alerts.words import MAX_NAMED
from resolvers.core.wording import counted
from resolvers.deliveries.deliveries import PlannedDelivery
from resolvers.deliveries.recipients import Addressed, addressed, recipient_from_stored
from resolvers.exports.selection import MAX_REPORTS
from resolvers.schedules.slot_exports import MAX_FILES, SlotFiles
from resolvers.schedules.slot_reports import SlotReport, readable_by


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who is told of a slot, and which reports each account may read; `by_owner` are those the owner may.

    `empty` are the reports without a session held and without a result. Whoever would get no others is told that there
    was nothing to report, and gets no files of nothing.
    """

    addressed: Addressed
    by_account: Mapping[int, tuple[int, ...]]
    by_owner: tuple[int, ...]
    for_addresses: tuple[int, ...]
    empty: frozenset[int] = frozenset()

    @property
    def nobody(self) -> bool:
        """Whether nobody is told."""
        addresses = self.addressed.addresses and self.for_addresses
        return not (any(self.by_account.values()) or addresses or self.addressed.webhooks)

    def nothing_in(self, report_ids: Sequence[int]) -> bool:
        """Whether there is nothing to report in any of them."""
        return self.empty.issuperset(report_ids)

    def of_files(self, owner: Viewer) -> dict[int, tuple[int, ...]]:
        """The accounts in whose names files are made, and of which reports. An address gets those of the owner."""
        wanted = {account_id: ids for account_id, ids in self.by_account.items() if not self.nothing_in(ids)}
        if self.passed_on and not self.nothing_in(self.by_owner):
            wanted[owner.user_id] = self.by_owner
        return wanted

    @property
    def passed_on(self) -> bool:
        """Whether files made in the owner's name go to somebody without an account."""
        return bool(self.addressed.webhooks or (self.addressed.addresses and self.for_addresses))


async def recipients_of(
    session: AsyncSession,
    owner: Viewer,
    schedule: Schedule,
    reports: Sequence[SlotReport],
    domains: Collection[str],
) -> Recipients:
    """Who is told of these reports, as things are now."""
    found = await addressed(session, owner, [recipient_from_stored(one) for one in schedule.recipients], domains)
    by_account = await readable_by(session, [*found.accounts, owner], reports)
    by_owner = by_account[owner.user_id]
    return Recipients(
        addressed=found,
        by_account={account.user_id: by_account[account.user_id] for account in found.accounts},
        by_owner=by_owner,
        # the figures of trainers are guarded: they go to accounts only
        for_addresses=() if schedule.kind == SubjectKind.TRAINER else by_owner,
        empty=frozenset(report.id for report in reports if not report.with_data),
    )


async def tell_recipients(
    work: Work,
    session: AsyncSession,
    owner: Viewer,
    slot: ScheduleSlot,
    recipients: Recipients,
    files: SlotFiles,
    now: datetime,
) -> list[str]:
    """Tells all recipients in the transaction in which the slot ends; returns sentences on who or what was left out."""
    telling = _Telling(slot, owner, files, recipients)
    news = [telling.alert(account_id, ids) for account_id, ids in recipients.by_account.items() if ids]
    addresses = recipients.addressed.addresses if recipients.for_addresses else ()
    planned = [telling.mail(address, recipients.for_addresses) for address in addresses]
    planned += [telling.call(webhook_id, recipients.by_owner) for webhook_id in recipients.addressed.webhooks]
    await tell(work.queue, work.bus, session, news, now)
    await enqueue_deliveries(work.queue, session, planned, now)
    return [*recipients.addressed.left_out, *_left_out(recipients, files, len(addresses))]


@dataclass(frozen=True, slots=True)
class _Telling:
    slot: ScheduleSlot
    owner: Viewer
    files: SlotFiles
    recipients: Recipients

    def alert(self, account_id: int, report_ids: Sequence[int]) -> NewAlert:
        data: dict[str, object] = {"slot": self.slot.id, "schedule": self.slot.schedule_id, "count": len(report_ids)}
        if self.slot.run_id is not None:
            data["run"] = self.slot.run_id
        if len(report_ids) == 1:
            data["report"] = report_ids[0]
        else:
            data["reports"] = list(report_ids[:MAX_NAMED])
        if self.recipients.nothing_in(report_ids):
            data["empty"] = True
        elif self.files.wanted:
            data["files"] = len(self.files.of(account_id, report_ids))
            data["links"] = self.files.links(account_id, report_ids)
        return NewAlert(account_id, AlertKind.REPORT_READY, f"slot:{self.slot.id}", data)

    def mail(self, address: str, report_ids: Sequence[int]) -> PlannedDelivery:
        key = f"slot:{self.slot.id}:email:{address}"
        # when the files were asked for there may have been no address among the recipients
        content = self._content(report_ids, guarded=False)
        return PlannedDelivery(key, Channel.EMAIL, address=address, slot_id=self.slot.id, content=content)

    def call(self, webhook_id: int, report_ids: Sequence[int]) -> PlannedDelivery:
        return PlannedDelivery(
            f"slot:{self.slot.id}:webhook:{webhook_id}",
            Channel.WEBHOOK,
            account_id=self.owner.user_id,
            webhook_id=webhook_id,
            slot_id=self.slot.id,
            content=self._content(report_ids),
        )

    def _content(self, report_ids: Sequence[int], *, guarded: bool = True) -> dict[str, object]:
        """`links` is how many of the reports have no file; not `guarded`: none for somebody without an account."""
        content: dict[str, object] = {"reports": list(report_ids)}
        content["exports"] = self.files.of(self.owner.user_id, report_ids, guarded=guarded)
        if self.recipients.nothing_in(report_ids):
            content["empty"] = True
        elif self.files.wanted:
            content["links"] = self.files.links(self.owner.user_id, report_ids, guarded=guarded)
        return content


def _left_out(recipients: Recipients, files: SlotFiles, addresses: int) -> list[str]:
    notes = []
    blind = sum(not ids for ids in recipients.by_account.values())
    if blind:
        notes.append(f"{counted(blind, 'account was', 'accounts were')} not told: they may see none of the reports.")
    idle = sum(bool(ids) and recipients.nothing_in(ids) for ids in recipients.by_account.values())
    if idle and not recipients.nothing_in(recipients.by_owner):
        notes.append(f"{counted(idle, 'account was', 'accounts were')} told that there was nothing to report.")
    if recipients.addressed.addresses and not addresses:
        notes.append("Addresses were left out: the figures of trainers go to accounts only.")
    if files.lost:
        reason = f" {files.error}" if files.error else ""
        notes.append(f"{counted(files.lost, 'file', 'files')} could not be made.{reason}")
    if files.incomplete:
        what = counted(files.incomplete, "file lacks", "files lack")
        notes.append(f"{what} reports that could not be written, and says which. The first: {files.cause}")
    with_data = {account: ids for account, ids in recipients.by_account.items() if not recipients.nothing_in(ids)}
    if files.wanted and (short := files.cut_short(with_data)):
        have = counted(short, "recipient has", "recipients have")
        most = f"a file holds {MAX_REPORTS:,} at most, and a schedule makes {MAX_FILES:,} files at a time"
        notes.append(f"{have} reports that are in no file: {most}. Those are links.")
    return notes
