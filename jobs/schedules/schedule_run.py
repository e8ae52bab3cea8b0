"""The task behind a slot of a schedule: a state machine that takes its next step whenever it is woken.

First it asks for a run and is woken when that has ended. Then it looks at the condition, asks for the files of every
recipient, and is woken as each of them ends. When all have, it tells the recipients. Each step is one transaction that
holds the slot, and does nothing where it has been done: any number of jobs may wake the same slot.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from exporters import all_formats
from jobs.alerts.ended import SCHEDULE_RUN
from jobs.deliveries.alerting import tell
from jobs.exports.export_long import kind_of
from jobs.exports.options import options_from_stored
from jobs.queue.adding import UNATTENDED, WAITED_FOR
from jobs.runs.generate import KIND as REPORTS_GENERATE
from jobs.schedules.slot_telling import Recipients, recipients_of, tell_recipients
from jobs.work.task import Task, Work
from models import AlertKind, Run, Schedule, ScheduleSlot, ScheduleState, SlotState, SubjectKind, WorkState
from resolvers.access.viewers import Viewer, viewer_by_id
from resolvers.alerts.alerts import NewAlert
from resolvers.alerts.idle import Idle, idle_alert
from resolvers.core.problems import Refusal
from resolvers.reports.run_reports import reports_of_run
from resolvers.reports.runs import RunRequest, period_from_stored, request_run
from resolvers.schedules.drafts import condition_of, may_own
from resolvers.schedules.slot_exports import files_at_work, files_of_slot, files_wanted, request_files
from resolvers.schedules.slot_reports import SlotFindings, findings_of, subjects_to_report

NOTHING: Final = "There was nothing to report: no sessions held and no results."
_OPEN: Final = (SlotState.QUEUED, SlotState.RUNNING)


@dataclass(frozen=True, slots=True)
class Step:
    """What one step works with; the slot is locked."""

    work: Work
    session: AsyncSession
    slot: ScheduleSlot
    schedule: Schedule
    now: datetime

    @property
    def priority(self) -> int:
        """Run by hand, somebody waits for it."""
        return WAITED_FOR if self.slot.by_hand else UNATTENDED


async def run(work: Work, *, slot_id: int) -> None:
    """Takes the next step of the slot, if it is time for one."""
    async with work.fenced() as session:
        step = await _open(work, session, slot_id)
        if step is not None:
            await _take(step)


async def failed(work: Work, session: AsyncSession, reason: str, *, slot_id: int) -> None:
    """The slot ends FAILED with the reason."""
    step = await _open(work, session, slot_id)
    if step is not None:
        await _fail(step, reason)


async def _open(work: Work, session: AsyncSession, slot_id: int) -> Step | None:
    found = await session.execute(
        select(ScheduleSlot, Schedule)
        .join(Schedule, Schedule.id == ScheduleSlot.schedule_id)
        .where(ScheduleSlot.id == slot_id)
        .with_for_update(of=ScheduleSlot)
    )
    row = found.one_or_none()
    if row is None or row[0].state not in _OPEN:
        return None
    return Step(work, session, row[0], row[1], datetime.now(UTC))


async def _take(step: Step) -> None:
    owner = await viewer_by_id(step.session, step.schedule.owner_id)
    if owner is None or not may_own(owner):
        await _fail(step, "The account the schedule belongs to may no longer read reports.")
        return
    run = await step.session.scalar(select(Run).where(Run.id == step.slot.run_id))
    if run is None:
        await _begin(step, owner)
    elif run.state == WorkState.SUCCEEDED:
        await _after_run(step, owner, run)
    elif run.state == WorkState.CANCELLED:
        await _fail(step, "The run was cancelled.")
    elif run.state == WorkState.FAILED:
        await _fail(step, run.error or "The run failed.")


async def _begin(step: Step, owner: Viewer) -> None:
    session, slot, schedule = step.session, step.slot, step.schedule
    if schedule.state == ScheduleState.DELETED:
        _end(step, SlotState.SKIPPED, "The schedule was deleted before this slot was begun.")
        return
    kind, period = SubjectKind(schedule.kind), period_from_stored(schedule.period)
    try:
        chosen = await subjects_to_report(session, owner, schedule)
        if not chosen.subject_ids:
            await _fail(step, f"There is no {kind} of it left whose reports the owner may read.")
            return
        asked = RunRequest(kind, period, subject_ids=chosen.subject_ids)
        asked_run = await request_run(session, owner, asked, now=step.now, period_as_of=slot.slot_at)
    except Refusal as refusal:
        sentence = f"{refusal.message[:1].upper()}{refusal.message[1:]}."
        if refusal.field == ("period", "named"):  # between two terms there is nothing to report on: nobody's fault
            _end(step, SlotState.SKIPPED, sentence)
        else:
            await _fail(step, sentence)
        return
    slot.run_id, slot.state = asked_run.id, SlotState.RUNNING
    _note(slot, chosen.left_out)
    await step.work.queue.enqueue(session, REPORTS_GENERATE, {"run_id": asked_run.id}, priority=step.priority)


async def _after_run(step: Step, owner: Viewer, run: Run) -> None:
    session, slot, schedule = step.session, step.slot, step.schedule
    if await files_at_work(session, slot.id):
        return
    files = await files_of_slot(session, slot.id)
    condition = condition_of(schedule)
    findings = await findings_of(session, await reports_of_run(session, owner, run), condition)
    if not findings.reports:
        await _fail(step, run.error or "There is no report the owner may read any more.")
        return
    if not files.wanted and (why := _nothing_to_tell(schedule, findings)):
        _end(step, SlotState.SKIPPED, why)
        return
    recipients = await recipients_of(session, owner, schedule, findings.reports, step.work.settings.mail_domains)
    if not files.wanted and await _asked_for_files(step, owner, recipients):
        return
    if not findings.with_data:
        _note(slot, f"{NOTHING} The recipients were told so; files of nothing are not made.")
    if recipients.nobody:
        await _tell_owner(step, Idle.NOBODY_TO_TELL)
    notes = await tell_recipients(step.work, session, owner, slot, recipients, files, step.now)
    _note(slot, run.error)
    _end(step, SlotState.SUCCEEDED, *notes)


def _nothing_to_tell(schedule: Schedule, findings: SlotFindings) -> str | None:
    condition = condition_of(schedule)
    if schedule.only_with_data and not findings.with_data:
        return NOTHING
    if condition is not None and not findings.met:
        return f"In no report {condition.metric} was {condition.side.lower()} {condition.value:g}."
    return None


async def _asked_for_files(step: Step, owner: Viewer, recipients: Recipients) -> bool:
    """Asks for the files of all recipients; False when there are none to make."""
    options = options_from_stored(step.schedule.options)
    known = {
        name: options.heeded_by(all_formats()[name]).stored() for name in step.schedule.formats if name in all_formats()
    }
    if len(known) < len(step.schedule.formats):
        gone = ", ".join(name for name in step.schedule.formats if name not in known)
        _note(step.slot, f"There are no files of a format that no longer exists: {gone}.")
    passed_on_by = owner.user_id if recipients.passed_on else None
    wanted = files_wanted(recipients.of_files(owner), known, passed_on_by=passed_on_by)
    counts = await request_files(step.session, step.slot.id, wanted, now=step.now, days=step.work.settings.export_days)
    for kind in sorted({kind_of(count) for count in counts.values()}):
        arguments = [{"export_id": export_id} for export_id, count in counts.items() if kind_of(count) == kind]
        await step.work.queue.enqueue_many(step.session, kind, arguments, priority=step.priority)
    return bool(counts)


async def _fail(step: Step, reason: str) -> None:
    _end(step, SlotState.FAILED, reason)
    data = {"slot": step.slot.id, "schedule": step.schedule.id}
    if step.slot.run_id is not None:
        data["run"] = step.slot.run_id
    news = NewAlert(step.schedule.owner_id, AlertKind.RUN_FAILED, f"slot:{step.slot.id}", data)
    await tell(step.work.queue, step.work.bus, step.session, [news], step.now)


async def _tell_owner(step: Step, reason: Idle) -> None:
    """A schedule that does nothing says so, once for each reason."""
    news = idle_alert(step.schedule, reason)
    if news is not None:
        await tell(step.work.queue, step.work.bus, step.session, [news], step.now)


def _end(step: Step, state: SlotState, *notes: str) -> None:
    step.slot.state, step.slot.finished_at = state, step.now
    for note in notes:
        _note(step.slot, note)


def _note(slot: ScheduleSlot, sentence: str | None) -> None:
    if sentence:
        slot.note = f"{slot.note} {sentence}" if slot.note else sentence


TASK: Final = Task(kind=SCHEDULE_RUN, run=run, failed=failed)
