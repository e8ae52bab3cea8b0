"""Who am I, what am I tied to, and which guarded fields may I read."""

import pytest

from graphql_api.schema import build_schema
from graphql_api.subjects.permissions import SubjectPermission
from tests.support.asking import Ask
from tests.support.college import (
    ADMIN,
    BUILDER,
    COORDINATOR,
    HEAD,
    OTHER_PRINCIPAL,
    PRINCIPAL,
    SERVICE,
    TRAINEE,
    TRAINER,
)

FIGURES = ["Trainer.metrics", "Trainer.trend", "Trainer.reports"]
ALL = sorted([*FIGURES, "Trainer.email", "Trainee.email"])


@pytest.mark.parametrize(
    ("email", "role", "ties", "fields"),
    [
        (ADMIN, "ADMIN", [], ALL),
        (PRINCIPAL, "PRINCIPAL", ["A"], ALL),
        (HEAD, "DEPARTMENT_HEAD", ["ART"], ALL),
        (COORDINATOR, "PROGRAMME_COORDINATOR", ["PNT"], ["Trainee.email", "Trainer.email"]),
        (TRAINER, "TRAINER", ["ada"], sorted([*FIGURES, "Trainer.email"])),
        (TRAINEE, "TRAINEE", ["pam"], ["Trainee.email"]),
        (SERVICE, "SERVICE", [], []),
        (OTHER_PRINCIPAL, "PRINCIPAL", ["B"], ALL),
        (BUILDER, "DEPARTMENT_HEAD", ["BLD", "bob"], ALL),
    ],
)
async def test_viewer(ask: Ask, email: str, role: str, ties: list[str], fields: list[str]) -> None:
    query = """{ viewer { id name email role readableFields
        subjects { sourceId metrics(period: {named: TODAY}) { late } } } }"""
    viewer = (await ask(email, query)).whole["viewer"]
    assert (viewer["email"], viewer["role"]) == (email, role)
    assert [subject["sourceId"] for subject in viewer["subjects"]] == ties
    assert all(subject["metrics"] == {"late": 0} for subject in viewer["subjects"])
    assert sorted(viewer["readableFields"]) == fields


def test_a_guarded_field_says_so() -> None:
    guarded = {
        f"{type_.name}.{name}": (field.description or "").partition("\n\n")[2]
        for type_ in build_schema()._schema.type_map.values()
        for name, field in getattr(type_, "fields", {}).items()
        if any(
            isinstance(one, SubjectPermission)
            for one in getattr((field.extensions or {}).get("strawberry-definition"), "extensions", ())
        )
    }
    measure = "Read by ADMIN, PRINCIPAL, the head of the trainer's home department, and themselves."
    contact = "Read by ADMIN, PRINCIPAL, the heads and coordinators over them, and themselves."
    assert guarded == dict.fromkeys(FIGURES, measure) | dict.fromkeys(("Trainer.email", "Trainee.email"), contact)
