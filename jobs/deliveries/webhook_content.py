"""What a webhook call says: ids, links and counts. Whoever wants more asks the API, under their own rights."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from jobs.queue.failures import PermanentFailure
from models import Alert, BaseReport, Delivery, ScheduleSlot, Subject, SubjectKind
from models.settings import Settings
from resolvers.access.scope import measurable, visible
from resolvers.access.viewers import Viewer, viewer_by_id
from resolvers.core.any_of import any_of
from resolvers.core.global_ids import global_id_text, open_path, report_type_name_of, type_name_of

MAX_IDS: Final = 500
# what a number in an alert's data is the key of, by its name there
_TYPES: Final = {
    "run": "Run",
    "export": "Export",
    "schedule": "Schedule",
    "rule": "AlertRule",
    "webhook": "Webhook",
}


async def body_of(session: AsyncSession, delivery: Delivery, settings: Settings) -> str:
    """{type, timestamp, data} as JSON: the same text at every attempt, as far as the owner may still see it all.

    PermanentFailure: the owner is gone.
    """
    viewer = await viewer_by_id(session, delivery.account_id) if delivery.account_id is not None else None
    if viewer is None:
        raise PermanentFailure("The account that owns the webhook is gone.")
    if delivery.alert_id is not None:
        alert = await session.scalar(
            select(Alert).where(Alert.id == delivery.alert_id, Alert.account_id == viewer.user_id)
        )
        if alert is None:
            raise PermanentFailure("The alert is gone.")
        data = _of_alert(alert)
        report_id = alert.data.get("report")
        if isinstance(report_id, int):
            for name in await _report_names(session, viewer, [report_id]):
                data["report"] = name
        subject_id = alert.data.get("subject")
        if isinstance(subject_id, int):
            kind = await session.scalar(select(Subject.kind).where(Subject.id == subject_id, visible(viewer)))
            if kind is not None:
                data["subject"] = global_id_text(type_name_of(SubjectKind(kind)), subject_id)
        return _body(
            f"alert.{alert.kind.lower()}", alert.created_at, data | {"url": _link(settings, "Alert", alert.id)}
        )
    if delivery.slot_id is not None:
        slot = (await session.scalars(select(ScheduleSlot).where(ScheduleSlot.id == delivery.slot_id))).one()
        reports = await _report_names(session, viewer, delivery.content.get("reports", ()))
        return _body(
            "schedule.reports_ready",
            delivery.created_at,
            {
                "schedule": global_id_text("Schedule", slot.schedule_id),
                "slotAt": _instant(slot.slot_at),
                "count": len(reports),
                "reports": reports[:MAX_IDS],
                "exports": [global_id_text("Export", id_) for id_ in delivery.content.get("exports", ())][:MAX_IDS],
                "url": _link(settings, "Schedule", slot.schedule_id),
            }
            | ({"empty": True} if delivery.content.get("empty") else {}),
        )
    webhook = global_id_text("Webhook", delivery.webhook_id) if delivery.webhook_id is not None else None
    return _body("webhook.test", delivery.created_at, {"webhook": webhook})


async def _report_names(session: AsyncSession, viewer: Viewer, ids: Sequence[int]) -> list[str]:
    """The global ids of those of the reports that the viewer may read, in their order."""
    rows = await session.execute(
        select(BaseReport.id, BaseReport.kind)
        .join(Subject, Subject.id == BaseReport.subject_id)
        .where(any_of(BaseReport.id, ids), measurable(viewer))
    )
    kinds = {row.id: SubjectKind(row.kind) for row in rows}
    return [global_id_text(report_type_name_of(kinds[id_]), id_) for id_ in ids if id_ in kinds]


def _of_alert(alert: Alert) -> dict[str, Any]:
    known = {name: number for name, number in alert.data.items() if isinstance(number, int)}
    data: dict[str, Any] = {"alert": global_id_text("Alert", alert.id), "number": alert.number}
    data |= {name: global_id_text(type_, known[name]) for name, type_ in _TYPES.items() if name in known}
    return data | {name: known[name] for name in ("count", "failed", "sessions", "empty") if name in known}


def _body(type_: str, at: datetime, data: dict[str, Any]) -> str:
    return orjson.dumps({"type": type_, "timestamp": _instant(at), "data": data}).decode()


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _link(settings: Settings, type_name: str, number: int) -> str:
    return settings.url + open_path(type_name, number)
