"""The school with reports, and a worker that makes files of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from jobs.work.registry import tasks
from jobs.work.task import WorkContext
from models.database import Database
from tests.support.exporting import Key, reported_school
from tests.support.rendering_here import RenderingHere


@pytest.fixture
async def reports(database: Database, tmp_path: Path) -> dict[Key, int]:
    """The reports of the school by kind and institution's id."""
    return await reported_school(database, tmp_path / "school")


@pytest.fixture
def work(context: WorkContext) -> WorkContext:
    """A worker that knows every task, and renders in its own process."""
    return replace(context, tasks=tasks(), renderer=RenderingHere())
