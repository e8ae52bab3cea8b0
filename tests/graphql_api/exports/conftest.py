"""Rollcall on schools with and without reports."""

from functools import partial

import pytest

from models import SubjectKind
from tests.support.archive import FEBRUARY, MARCH
from tests.support.exports_of_many import generated
from tests.support.factories import subject_ids
from tests.support.house import House
from tests.support.houses import archive, college, house

__all__ = ["archive", "college", "house"]


@pytest.fixture
async def filled(college: House) -> House:
    """The college with the report of everything for March, and of the courses for February."""
    async with college.database.read() as session:
        ids = await subject_ids(session)
    courses = [id_ for (kind, _), id_ in ids.items() if kind == SubjectKind.COURSE]
    for wanted, period in ((list(ids.values()), MARCH), (courses, FEBRUARY)):
        await college.database.in_snapshot(partial(generated, wanted, period))
    return college
