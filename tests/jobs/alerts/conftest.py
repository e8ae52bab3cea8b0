from pathlib import Path

import pytest

from jobs.work.task import WorkContext
from tests.support.watched import SCHOOL, Watched


@pytest.fixture
async def watched(context: WorkContext, tmp_path: Path) -> Watched:
    """The school of watched.py, without a mark."""
    school = Watched(context, tmp_path)
    await school.take(SCHOOL)
    return school
