"""A college to back up."""

from pathlib import Path

import pytest

from models.settings import Settings, load_settings
from tests.support.houses import college

__all__ = ["college"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"ROLLCALL_DATA": str(tmp_path / "data"), "ROLLCALL_SECRET": "s" * 40})
