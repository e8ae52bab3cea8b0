"""A bundle that may be changed, and a database for it."""

from pathlib import Path

import pytest

from models.database import Database
from tests.support.bundle_case import Case


@pytest.fixture
def case(database: Database, tmp_path: Path) -> Case:
    return Case(database, tmp_path)
