"""The schools of worked_examples.py, whose figures were worked out by hand, through import and `measure`."""

from pathlib import Path

import pytest

from models.database import Database
from resolvers.metrics.measure import SubjectDays, measure
from tests.support.factories import ADMIN, imported
from tests.support.worked_examples import EXAMPLES, Example


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
async def test_figures_are_those_worked_out_by_hand(database: Database, tmp_path: Path, example: Example) -> None:
    async with database.write() as session:
        ids = await imported(session, example.bundle, tmp_path / "bundle")
    asked = [SubjectDays(ids[subject], example.first, example.last) for subject in example.figures]
    async with database.read() as session:
        measured = await measure(session, ADMIN, asked, now=example.now)
    for (subject, wanted), got in zip(example.figures.items(), measured, strict=True):
        assert got is not None
        assert {name: got.figures[name] for name in wanted} == wanted, subject
        assert {name: type(got.figures[name]) for name in wanted} == {name: type(wanted[name]) for name in wanted}
