"""Colleges made up for some days, read back."""

from collections.abc import Callable
from datetime import date

import pytest

from resolvers.demo import write_demo_bundle
from tests.support.made_up import MARCH, SCALE, Bundle, read


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[date], Bundle]:
    kept: dict[date, Bundle] = {}

    def write(today: date) -> Bundle:
        if today not in kept:
            folder = tmp_path_factory.mktemp("demo")
            write_demo_bundle(folder, scale=SCALE, today=today)
            kept[today] = read(folder, today)
        return kept[today]

    return write


@pytest.fixture(scope="module")
def march(written: Callable[[date], Bundle]) -> Bundle:
    return written(MARCH)
