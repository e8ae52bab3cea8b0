"""The task behind an export of very many reports: the same work in a lane of its own, where it keeps nobody waiting."""

from typing import Final

from jobs.exports import export
from jobs.work.task import Task, Work

KIND: Final = "export.make_long"
LONG: Final = 200
"""An export of more reports than this is a long one: whoever waits for a single report is not to wait for it too."""


def kind_of(report_count: int) -> str:
    """The kind of job that makes an export of so many reports."""
    return KIND if report_count > LONG else export.KIND


async def run(work: Work, *, export_id: int) -> None:
    """As jobs/exports/export.py; everything else goes before it."""
    await export.run(work, export_id=export_id, gives_way=True)


# one at a time, so that of the two children that render one is free for short files
TASK: Final = Task(kind=KIND, run=run, failed=export.failed, seconds=4 * 3600.0, at_most=1)
