"""The people of the school, and a worker that takes a schedule all the way but the sending."""

from dataclasses import replace

import pytest

from jobs.exports import export
from jobs.runs import generate
from jobs.schedules import schedule_run
from jobs.work.task import WorkContext, by_kind
from models.database import Database
from tests.support.rendering_here import RenderingHere
from tests.support.schedules import DOMAINS, account_ids
from tests.support.school import Ids


@pytest.fixture
async def people(ids: Ids, database: Database) -> dict[str, int]:
    """The account of each person of the school."""
    return await account_ids(database)


@pytest.fixture
def work(context: WorkContext) -> WorkContext:
    """A worker that knows the tasks of the whole way but that of sending."""
    tasks = by_kind(schedule_run.TASK, generate.TASK, export.TASK)
    settings = replace(context.settings, mail_domains=DOMAINS)
    return replace(context, tasks=tasks, settings=settings, renderer=RenderingHere())
