"""A worker that sends, on the school of tests/support/school.py with its reports for March."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from jobs.deliveries.delivering import enqueue_deliveries
from jobs.work.registry import tasks
from jobs.work.running import run_due
from jobs.work.task import WorkContext
from models import (
    Alert,
    AlertKind,
    Channel,
    Delivery,
    DeliveryAttempt,
    Export,
    Job,
    Schedule,
    ScheduleSlot,
    WorkState,
)
from models.files import new_key
from models.settings import load_settings
from resolvers.access.viewers import SYSTEM, Viewer, viewer_by_email
from resolvers.deliveries.deliveries import PlannedDelivery
from resolvers.deliveries.webhooks import create_webhook
from resolvers.reports.generation import generate
from tests.support.factories import subject_ids
from tests.support.mailbox import Mailbox
from tests.support.receiver import Receiver
from tests.support.rendering_here import RenderingHere
from tests.support.school import MARCH, NOW, school

PRINCIPAL = "principal@school.example"
URL = "https://reports.school.example"


@dataclass(frozen=True, slots=True)
class Office:
    """A worker and what it works on; `reports` are ids by kind and institution's id of the subject."""

    work: WorkContext
    reports: dict[tuple[str, str], int]

    async def viewer(self, email: str) -> Viewer:
        async with self.work.database.read() as session:
            found = await viewer_by_email(session, email)
        assert found is not None
        return found

    async def alert(self, email: str, kind: AlertKind = AlertKind.REPORT_READY, **data: Any) -> int:
        """An alert of that account, the next in number."""
        account_id = (await self.viewer(email)).user_id
        digest = data.pop("digest", None)
        async with self.work.database.write() as session:
            number = await session.scalar(select(func.count()).where(Alert.account_id == account_id)) or 0
            alert = Alert(
                account_id=account_id,
                number=number + 1,
                kind=kind,
                occurrence=f"test:{number}",
                data=data,
                digest=digest,
                created_at=NOW,
            )
            session.add(alert)
            await session.flush()
            return alert.id

    async def webhook(self, email: str, receiver: Receiver | str) -> tuple[int, str]:
        """A webhook of that account and its secret."""
        url = receiver if isinstance(receiver, str) else receiver.url
        viewer = await self.viewer(email)
        async with self.work.database.write() as session:
            hook, secret = await create_webhook(
                session, viewer, "Receiver", url, networks=self.work.settings.webhook_networks, now=NOW
            )
            return hook.id, secret

    async def slot(self, owner: str, *, attach: bool = False, name: str = "Monday's reports") -> int:
        """A slot of a schedule of that account."""
        viewer = await self.viewer(owner)
        async with self.work.database.write() as session:
            school_id = next(id_ for (kind, _), id_ in (await subject_ids(session)).items() if kind == "SCHOOL")
            schedule = Schedule(
                school_id=school_id,
                owner_id=viewer.user_id,
                name=name,
                kind="CLASS_GROUP",
                period={},
                recurrence={},
                recipients=[],
                attach=attach,
                created_at=NOW,
                updated_at=NOW,
            )
            session.add(schedule)
            await session.flush()
            slot = ScheduleSlot(schedule_id=schedule.id, slot_at=NOW, created_at=NOW)
            session.add(slot)
            await session.flush()
            return slot.id

    async def export(
        self, email: str, report: int, slot_id: int, content: bytes, name: str = "report.csv", *, guarded: bool = True
    ) -> int:
        """A file made for that account in a slot; not `guarded`: to go on to others."""
        key = new_key()
        async with self.work.files.draft() as draft:
            draft.write_bytes(content)
            await self.work.files.publish(draft, key)
        viewer = await self.viewer(email)
        async with self.work.database.write() as session:
            export = Export(
                report_id=report,
                report_ids=[report],
                format="CSV",
                options={} if guarded else {"guarded": False},
                media_type="text/csv; charset=utf-8",
                state=WorkState.SUCCEEDED,
                file_name=name,
                file_key=key,
                byte_size=len(content),
                requested_by=viewer.user_id,
                slot_id=slot_id,
                requested_at=NOW,
                expires_at=NOW,
            )
            session.add(export)
            await session.flush()
            return export.id

    async def plan(self, *planned: PlannedDelivery) -> list[int]:
        """Writes the deliveries down and queues them."""
        async with self.work.database.write() as session:
            return await enqueue_deliveries(self.work.queue, session, planned, datetime.now(UTC))

    async def mail(self, email: str, alert_id: int) -> int:
        """An e-mail about an alert of that account."""
        account_id = (await self.viewer(email)).user_id
        (planned,) = await self.plan(PlannedDelivery(f"alert:{alert_id}", Channel.EMAIL, account_id, alert_id=alert_id))
        return planned

    async def call(self, email: str, webhook_id: int, alert_id: int) -> int:
        """A call of a webhook about an alert of that account."""
        account_id = (await self.viewer(email)).user_id
        key = f"alert:{alert_id}:webhook:{webhook_id}"
        planned = PlannedDelivery(key, Channel.WEBHOOK, account_id, webhook_id=webhook_id, alert_id=alert_id)
        return (await self.plan(planned))[0]

    async def work_off(self) -> int:
        """Does all that is due."""
        return await run_due(self.work)

    async def next_attempts(self) -> int:
        """As if the next attempts were due."""
        async with self.work.database.write() as session:
            await session.execute(update(Job).where(Job.state == WorkState.QUEUED).values(due_at=func.now()))
        return await self.work_off()

    async def delivery(self, delivery_id: int) -> Delivery:
        async with self.work.database.read() as session:
            return (await session.scalars(select(Delivery).where(Delivery.id == delivery_id))).one()

    async def state(self, delivery_id: int) -> tuple[str, int, str | None]:
        """(state, attempts, error) of a delivery."""
        found = await self.delivery(delivery_id)
        return found.state, found.attempts, found.error

    async def attempts(self, delivery_id: int) -> list[tuple[int, int | None, str | None]]:
        """(number, status, error) of every attempt at a delivery."""
        async with self.work.database.read() as session:
            rows = await session.scalars(
                select(DeliveryAttempt)
                .where(DeliveryAttempt.delivery_id == delivery_id)
                .order_by(DeliveryAttempt.number)
            )
            return [(row.number, row.status, row.error) for row in rows]

    async def jobs(self) -> list[tuple[str, int, str | None]]:
        """(state, attempts, error) of every job."""
        async with self.work.database.read() as session:
            rows = await session.scalars(select(Job).order_by(Job.id))
            return [(row.state, row.attempts, row.error) for row in rows]


async def open_office(context: WorkContext, folder: Path, box: Mailbox | None) -> Office:
    """An office whose mail goes to that mailbox; None: no mail server is set."""
    async with context.database.write() as session:
        ids = await school(session, folder / "school")
    made = await context.database.in_snapshot(
        lambda session: generate(session, SYSTEM, list(ids.values()), MARCH, now=NOW)
    )
    by_subject = {one.subject_id: one.report_id for one in made}
    environ = {
        "ROLLCALL_DATA": str(folder),
        "ROLLCALL_URL": URL,
        "ROLLCALL_MAIL_FROM": "reports@school.example",
        "ROLLCALL_MAIL_DOMAINS": "board.example",
        "ROLLCALL_WEBHOOK_NETWORKS": "127.0.0.0/8",
    } | ({"ROLLCALL_SMTP_URL": f"smtp://127.0.0.1:{box.port}"} if box else {})
    work = replace(context, settings=load_settings(environ), tasks=tasks(), renderer=RenderingHere())
    return Office(work, {subject: by_subject[id_] for subject, id_ in ids.items() if id_ in by_subject})
