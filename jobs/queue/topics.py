"""What the bus carries: ids, so that every listener reads the row under its own rights."""

from collections.abc import Sequence
from typing import Final

from jobs.queue.bus import Bus

REPORTS: Final = "reports"
ALERTS: Final = "alerts"
CANCELLED: Final = "cancelled"


def run_topic(run_id: int) -> str:
    """The topic of one run's progress."""
    return f"run:{run_id}"


def export_topic(export_id: int) -> str:
    """The topic of one export's progress."""
    return f"export:{export_id}"


async def publish_reports(bus: Bus, report_ids: Sequence[int]) -> None:
    """Wakes who waits for new reports."""
    if report_ids:
        await bus.publish(REPORTS, {"ids": list(report_ids)})


async def publish_run(bus: Bus, run_id: int) -> None:
    """Wakes who watches a run."""
    await bus.publish(run_topic(run_id), {"id": run_id})


async def publish_export(bus: Bus, export_id: int) -> None:
    """Wakes who watches an export."""
    await bus.publish(export_topic(export_id), {"id": export_id})


async def publish_alerts(bus: Bus, account_ids: Sequence[int]) -> None:
    """Wakes who listens for alerts of these accounts."""
    await bus.publish(ALERTS, {"accounts": list(account_ids)})


async def publish_cancelled(bus: Bus, job_id: int) -> None:
    """Wakes the worker that runs this job."""
    await bus.publish(CANCELLED, {"job": job_id})
