"""Recipients: which accounts a role within a subject stands for, and whom nobody may address."""

from pathlib import Path

import pytest
from sqlalchemy import update

from models import Role, SubjectKind, User
from models.database import Database
from resolvers.access.accounts import account_names
from resolvers.access.viewers import Viewer, viewer_by_email
from resolvers.core.problems import ProblemCode, Refusal
from resolvers.deliveries.recipients import Recipient, RecipientType, addressed, checked_recipients
from tests.support.school import Ids, school

K = SubjectKind


@pytest.fixture
async def ids(database: Database, tmp_path: Path) -> Ids:
    async with database.write() as session:
        return await school(session, tmp_path / "school")


async def account(database: Database, name: str) -> Viewer:
    async with database.read() as session:
        viewer = await viewer_by_email(session, f"{name}@school.example")
    assert viewer is not None
    return viewer


def role(role_: Role, within: int) -> Recipient:
    return Recipient(RecipientType.ROLE, role=role_, within=within)


WITHIN: tuple[tuple[str, Role, tuple[K, str], list[str]], ...] = (
    ("principal", Role.PRINCIPAL, (K.SCHOOL, "S"), ["Principal"]),
    ("principal", Role.DEPARTMENT_HEAD, (K.SCHOOL, "S"), ["Head of Arts", "Head of Building"]),
    ("principal", Role.DEPARTMENT_HEAD, (K.DEPARTMENT, "X"), ["Head of Building"]),
    ("principal", Role.TRAINER, (K.SCHOOL, "S"), ["Tara"]),
    ("principal", Role.TRAINER, (K.CLASS_GROUP, "H"), ["Tara"]),  # she met it
    ("principal", Role.TRAINER, (K.COURSE, "F"), []),
    ("principal", Role.TRAINER, (K.TRAINER, "t"), ["Tara"]),
    ("principal", Role.TRAINEE, (K.PROGRAMME, "P"), ["Ann"]),
    ("arts", Role.TRAINEE, (K.DEPARTMENT, "D"), ["Ann"]),
    ("admin", Role.TRAINEE, (K.SCHOOL, "S"), ["Ann"]),
)


@pytest.mark.parametrize(("owner", "role_", "within", "names"), WITHIN)
async def test_a_role_within_a_subject_is_those_tied_to_it_or_below(
    ids: Ids, database: Database, owner: str, role_: Role, within: tuple[K, str], names: list[str]
) -> None:
    viewer, asked = await account(database, owner), [role(role_, ids[within])]
    async with database.read() as session:
        assert await checked_recipients(session, viewer, asked, ()) == tuple(asked)
        found = await addressed(session, viewer, asked, ())
    assert ([one.name for one in found.accounts], found.left_out) == (names, ())


IMPOSSIBLE: tuple[tuple[str, Role, tuple[K, str], str, str], ...] = (
    ("principal", Role.PRINCIPAL, (K.DEPARTMENT, "D"), "within", "a DEPARTMENT has no SCHOOL within it"),
    ("principal", Role.ADMIN, (K.SCHOOL, "S"), "role", "ADMIN cannot be addressed within a subject"),
    ("principal", Role.SERVICE, (K.SCHOOL, "S"), "role", "SERVICE cannot be addressed within a subject"),
    ("arts", Role.TRAINER, (K.DEPARTMENT, "X"), "within", "there is no such subject"),
)


@pytest.mark.parametrize(("owner", "role_", "within", "field", "message"), IMPOSSIBLE)
async def test_roles_that_cannot_be_there_are_refused(
    ids: Ids, database: Database, owner: str, role_: Role, within: tuple[K, str], field: str, message: str
) -> None:
    viewer = await account(database, owner)
    async with database.read() as session:
        with pytest.raises(Refusal) as refused:
            await checked_recipients(session, viewer, [role(role_, ids[within])], ())
    assert refused.value.field == ("recipients", "0", "role", field)
    assert message in refused.value.message


async def test_an_owner_who_was_demoted_addresses_only_themselves(ids: Ids, database: Database) -> None:
    asked = [
        role(Role.TRAINER, ids[K.DEPARTMENT, "D"]),
        Recipient(RecipientType.USER, account=(await account(database, "arts")).user_id),
        Recipient(RecipientType.EMAIL, address="a@partner.example"),
        Recipient(RecipientType.EMAIL, address="building@school.example"),
    ]
    async with database.write() as session:
        demoted = {"role": Role.TRAINEE, "department_id": None, "trainee_id": ids[K.TRAINEE, "bob"]}
        await session.execute(update(User).where(User.email == "arts@school.example").values(demoted))
    viewer = await account(database, "arts")
    async with database.read() as session:
        found = await addressed(session, viewer, asked, ("partner.example",))
    assert [one.name for one in found.accounts] == ["Head of Arts"]
    assert found.addresses == ()
    assert found.left_out == (
        "TRAINER accounts were left out: the owner may no longer address them.",
        "a@partner.example was left out: mail to partner.example is not approved.",
        "building@school.example was left out: mail to school.example is not approved.",
    )


async def test_a_head_addresses_colleagues_and_nobody_whose_subject_is_hidden(ids: Ids, database: Database) -> None:
    async with database.write() as session:
        cat = {"source_id": "c", "email": "cat@school.example", "name": "Cat", "role": Role.TRAINEE}
        session.add(User(**cat, trainee_id=ids[K.TRAINEE, "cat"]))
    head = await account(database, "arts")
    people = {name: (await account(database, name)).user_id for name in ("principal", "building", "tara", "ann", "cat")}
    async with database.read() as session:
        for name in ("principal", "building", "tara", "ann"):
            asked = (Recipient(RecipientType.USER, account=people[name]),)
            assert await checked_recipients(session, head, asked, ()) == asked
        cat_alone = [Recipient(RecipientType.USER, account=people["cat"])]
        with pytest.raises(Refusal) as refused:
            await checked_recipients(session, head, cat_alone, ())
        assert refused.value.code is ProblemCode.NOT_FOUND
        assert (await addressed(session, head, cat_alone, ())).accounts == ()
        assert await account_names(session, head, people.values()) == {
            people["principal"]: "Principal",
            people["building"]: "Head of Building",
            people["tara"]: "Tara",
            people["ann"]: "Ann",
        }


async def test_more_accounts_than_are_told_at_a_time_are_named(
    ids: Ids, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.deliveries.recipients.MAX_ACCOUNTS", 1)
    viewer = await account(database, "principal")
    async with database.read() as session:
        found = await addressed(session, viewer, [role(Role.DEPARTMENT_HEAD, ids[K.SCHOOL, "S"])], ())
    assert ([one.name for one in found.accounts], found.left_out) == (
        ["Head of Arts"],
        ("Only the first 1 accounts were told: no more are told at a time.",),
    )


async def test_service_addresses_nobody(ids: Ids, database: Database) -> None:
    viewer = await account(database, "service")
    own = [Recipient(RecipientType.USER, account=viewer.user_id)]
    async with database.read() as session:
        with pytest.raises(Refusal) as refused:
            await checked_recipients(session, viewer, own, ())
        assert (await addressed(session, viewer, own, ())).accounts == ()
    assert refused.value.code is ProblemCode.NOT_FOUND
