"""The one table of roles."""

from typing import Any

import pytest

from models import Role
from resolvers.access.roles import ROLES, TIES, Reach, addressed_by_role
from resolvers.access.viewers import Viewer


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_row_and_a_viewer_reads_it(role: Role) -> None:
    ties: dict[str, Any] = dict.fromkeys(TIES, 7)
    viewer = Viewer(user_id=1, email=None, name="A", role=role, **ties)
    assert viewer.rights is ROLES[role]
    assert list(viewer.ties) == list(ROLES[role].ties)
    assert viewer.sees_everything is (role is Role.ADMIN)


def test_a_role_makes_use_of_the_ties_of_its_level_and_below() -> None:
    assert {role: rights.ties for role, rights in ROLES.items()} == {
        Role.ADMIN: (),
        Role.PRINCIPAL: ("school_id", "department_id", "programme_id", "trainer_id", "trainee_id"),
        Role.DEPARTMENT_HEAD: ("department_id", "programme_id", "trainer_id", "trainee_id"),
        Role.PROGRAMME_COORDINATOR: ("programme_id", "trainer_id", "trainee_id"),
        Role.TRAINER: ("trainer_id", "trainee_id"),
        Role.TRAINEE: ("trainee_id",),
        Role.SERVICE: (),
    }


def test_who_addresses_whom() -> None:
    assert {role for role, rights in ROLES.items() if rights.reach is Reach.NOBODY} == {Role.SERVICE}
    assert {role for role, rights in ROLES.items() if rights.governs} == {Role.ADMIN, Role.PRINCIPAL}
    assert addressed_by_role() == {
        Role.PRINCIPAL: "school_id",
        Role.DEPARTMENT_HEAD: "department_id",
        Role.PROGRAMME_COORDINATOR: "programme_id",
        Role.TRAINER: "trainer_id",
        Role.TRAINEE: "trainee_id",
    }
