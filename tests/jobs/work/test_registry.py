"""The registry of verbs."""

import pytest

from jobs.work.registry import verbs
from jobs.work.task import Verb, by_kind
from tests.support.rows import count_up


def test_every_verb_of_the_folder_is_found_under_its_kind() -> None:
    assert {kind: verb.kind for kind, verb in verbs().items()} == {kind: kind for kind in verbs()}


def test_two_verbs_of_one_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="two verbs are of the same kind"):
        by_kind(Verb("count", count_up), Verb("count", count_up))
