"""The registry of tasks."""

import pytest

from jobs.work.registry import tasks
from jobs.work.task import Task, by_kind
from tests.support.rows import count_up


def test_every_verb_of_the_folder_is_found_under_its_kind() -> None:
    assert {kind: task.kind for kind, task in tasks().items()} == {kind: kind for kind in tasks()}


def test_two_verbs_of_one_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="two tasks are of the same kind"):
        by_kind(Task("count", count_up), Task("count", count_up))
