"""Who sees what, at every path that leads to a subject; and that nothing else shows through anywhere."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from graphql_api.core.ids import TYPE_NAMES
from graphql_api.subjects.interface import PLURALS
from models import SubjectKind
from models.database import Database
from resolvers.access.viewers import viewer_by_email
from resolvers.metrics.measure import SubjectDays, measure
from resolvers.subjects.hierarchy import CHILDREN
from tests.support.asking import Ask
from tests.support.college import (
    ADMIN,
    BUILDER,
    CONTACTS,
    COORDINATOR,
    HEAD,
    MARCH,
    MEASURES,
    NAMES,
    NOW,
    PRINCIPAL,
    SEES,
    TRAINER,
    id_of,
)
from tests.support.factories import subject_ids

EVERYBODY = pytest.mark.parametrize("email", SEES)


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def plural(kind: SubjectKind) -> str:
    return camel(PLURALS[kind])


def assert_nothing_shows(answered: object, email: str) -> None:
    """No name of a subject that is not theirs to see is anywhere in the text of the answer."""
    text = json.dumps(answered, default=str)
    hidden = [name for (kind, source_id), name in NAMES.items() if source_id not in SEES[email][kind]]
    assert [name for name in hidden if name in text] == []


async def ids(ask: Ask) -> dict[tuple[SubjectKind, str], str]:
    """The global ids of everything there is."""
    fields = " ".join(f"{plural(kind)}(first: 500) {{ nodes {{ id sourceId }} }}" for kind in SubjectKind)
    data = (await ask(ADMIN, f"{{ {fields} }}")).whole
    return {(kind, node["sourceId"]): node["id"] for kind in SubjectKind for node in data[plural(kind)]["nodes"]}


@EVERYBODY
async def test_lists_and_their_totals(ask: Ask, email: str) -> None:
    fields = " ".join(f"{plural(kind)} {{ totalCount nodes {{ sourceId name }} }}" for kind in SubjectKind)
    data = (await ask(email, f"{{ {fields} }}")).whole
    assert {
        kind: (data[plural(kind)]["totalCount"], {node["sourceId"] for node in data[plural(kind)]["nodes"]})
        for kind in SubjectKind
    } == {kind: (len(seen), seen) for kind, seen in SEES[email].items()}
    assert_nothing_shows(data, email)


@EVERYBODY
async def test_lists_narrowed_to_what_is_hidden_are_empty(ask: Ask, email: str) -> None:
    everything = await ids(ask)
    for kind in SubjectKind:
        hidden = [(source_id, id_) for (of, source_id), id_ in everything.items() if of is kind]
        hidden = [(source_id, id_) for source_id, id_ in hidden if source_id not in SEES[email][kind]]
        for given in ({"ids": [id_ for _, id_ in hidden]}, {"sourceIds": [source_id for source_id, _ in hidden]}):
            fields = f"{plural(kind)}(filter: $filter) {{ totalCount nodes {{ name }} }}"
            query = f"query ($filter: SubjectFilter) {{ {fields} }}"
            data = (await ask(email, query, filter=given)).whole
            assert data[plural(kind)] == {"totalCount": 0, "nodes": []}


@EVERYBODY
async def test_searching_finds_only_what_is_theirs(ask: Ask, email: str) -> None:
    for (kind, source_id), name in NAMES.items():
        fields = f"{plural(kind)}(filter: {{search: $text}}) {{ totalCount nodes {{ sourceId }} }}"
        query = f"query ($text: String) {{ {fields} }}"
        found = (await ask(email, query, text=name)).whole[plural(kind)]
        seen = [{"sourceId": source_id}] if source_id in SEES[email][kind] else []
        assert found == {"totalCount": len(seen), "nodes": seen}


@EVERYBODY
async def test_look_ups_and_node(ask: Ask, email: str) -> None:
    for (kind, source_id), id_ in (await ids(ask)).items():
        field = camel(kind.lower())
        query = f"""query ($id: ID!, $sourceId: String!) {{
            byId: {field}(id: $id) {{ sourceId name }}
            bySource: {field}(sourceId: $sourceId) {{ sourceId name }}
            node(id: $id) {{ id ... on {TYPE_NAMES[kind]} {{ sourceId }} ... on Subject {{ name }} }}
        }}"""
        data = (await ask(email, query, id=id_, sourceId=source_id)).whole
        if source_id in SEES[email][kind]:
            name = NAMES[kind, source_id]
            assert data == {
                "byId": {"sourceId": source_id, "name": name},
                "bySource": {"sourceId": source_id, "name": name},
                "node": {"id": id_, "sourceId": source_id, "name": name},
            }
        else:
            assert data == {"byId": None, "bySource": None, "node": None}


def _pairs() -> Iterator[tuple[SubjectKind, SubjectKind]]:
    return ((parent, child) for parent in SubjectKind for child in CHILDREN[parent])


Kin = dict[tuple[str, SubjectKind], tuple[int, set[str]]]


async def kin(ask: Ask, email: str) -> tuple[Kin, Any]:
    """The children of everything they see: (parent, kind) → total and ids."""
    fields = " ".join(
        f"{plural(parent)} {{ nodes {{ sourceId "
        + " ".join(f"{plural(child)} {{ totalCount nodes {{ sourceId name }} }}" for child in CHILDREN[parent])
        + " } }"
        for parent in SubjectKind
    )
    data = (await ask(email, f"{{ {fields} }}")).whole
    return {
        (node["sourceId"], child): (
            node[plural(child)]["totalCount"],
            {one["sourceId"] for one in node[plural(child)]["nodes"]},
        )
        for parent, child in _pairs()
        for node in data[plural(parent)]["nodes"]
    }, data


async def test_children(ask: Ask) -> None:
    found, _ = await kin(ask, ADMIN)
    assert {
        key: children for key, (_, children) in found.items() if children and key[0] in {"A", "ART", "PNT", "P1"}
    } == {
        ("A", SubjectKind.DEPARTMENT): {"ART", "BLD"},
        ("A", SubjectKind.PROGRAMME): {"PNT", "SCU", "BRK"},
        ("A", SubjectKind.CLASS_GROUP): {"P1", "P2", "B1"},
        ("A", SubjectKind.COURSE): {"COL", "CAN", "MOR"},
        ("A", SubjectKind.TRAINER): {"ada", "bob", "cyd"},
        ("A", SubjectKind.TRAINEE): {"pam", "quo", "rex", "sol", "tess", "ulf"},
        ("ART", SubjectKind.PROGRAMME): {"PNT", "SCU"},
        ("ART", SubjectKind.CLASS_GROUP): {"P1", "P2"},
        ("ART", SubjectKind.COURSE): {"COL", "CAN"},
        ("ART", SubjectKind.TRAINER): {"ada", "bob"},
        ("ART", SubjectKind.TRAINEE): {"pam", "quo", "rex", "tess"},
        ("PNT", SubjectKind.CLASS_GROUP): {"P1", "P2"},
        ("PNT", SubjectKind.COURSE): {"COL", "CAN"},
        ("PNT", SubjectKind.TRAINER): {"ada", "bob"},
        ("PNT", SubjectKind.TRAINEE): {"pam", "quo", "rex", "tess"},
        ("P1", SubjectKind.COURSE): {"COL"},
        ("P1", SubjectKind.TRAINER): {"ada", "bob"},
        ("P1", SubjectKind.TRAINEE): {"pam", "quo", "tess"},
    }
    assert {
        key: children for key, (_, children) in found.items() if key[0] in {"BLD", "SCU", "MOR", "bob", "tess", "ulf"}
    } == {
        ("BLD", SubjectKind.PROGRAMME): {"BRK"},
        ("BLD", SubjectKind.CLASS_GROUP): {"B1"},
        ("BLD", SubjectKind.COURSE): {"MOR"},
        ("BLD", SubjectKind.TRAINER): {"bob", "cyd"},
        ("BLD", SubjectKind.TRAINEE): {"sol", "tess"},
        ("SCU", SubjectKind.CLASS_GROUP): set(),
        ("SCU", SubjectKind.COURSE): set(),
        ("SCU", SubjectKind.TRAINER): set(),
        ("SCU", SubjectKind.TRAINEE): set(),
        ("MOR", SubjectKind.CLASS_GROUP): {"B1"},
        ("MOR", SubjectKind.TRAINER): {"bob", "cyd"},
        ("MOR", SubjectKind.TRAINEE): {"sol", "tess"},
        ("bob", SubjectKind.CLASS_GROUP): {"P1", "B1"},
        ("bob", SubjectKind.COURSE): {"COL", "MOR"},
        ("bob", SubjectKind.TRAINEE): {"pam", "quo", "tess", "sol"},
        ("tess", SubjectKind.CLASS_GROUP): {"P1", "B1"},
        ("tess", SubjectKind.COURSE): {"COL", "MOR"},
        ("tess", SubjectKind.TRAINER): {"ada", "bob", "cyd"},
        ("ulf", SubjectKind.CLASS_GROUP): set(),
        ("ulf", SubjectKind.COURSE): set(),
        ("ulf", SubjectKind.TRAINER): set(),
    }


@EVERYBODY
async def test_children_are_those_there_are_less_those_they_may_not_see(ask: Ask, email: str) -> None:
    there_are, _ = await kin(ask, ADMIN)
    found, data = await kin(ask, email)
    seen = {
        (source_id, child): children & SEES[email][child]
        for (source_id, child), (_, children) in there_are.items()
        if source_id in SEES[email][id_of(source_id)[0]]
    }
    assert found == {key: (len(children), children) for key, children in seen.items()}
    assert_nothing_shows(data, email)


PARENTS = {
    SubjectKind.DEPARTMENT: {"school": {"ART": "A", "BLD": "A", "SCI": "B"}},
    SubjectKind.PROGRAMME: {
        "school": {"PNT": "A", "SCU": "A", "BRK": "A", "PHY": "B"},
        "department": {"PNT": "ART", "SCU": "ART", "BRK": "BLD", "PHY": "SCI"},
    },
    SubjectKind.CLASS_GROUP: {
        "school": {"P1": "A", "P2": "A", "B1": "A", "Z1": "B"},
        "programme": {"P1": "PNT", "P2": "PNT", "B1": "BRK", "Z1": "PHY"},
    },
    SubjectKind.COURSE: {
        "school": {"COL": "A", "CAN": "A", "MOR": "A", "OPT": "B"},
        "programme": {"COL": "PNT", "CAN": "PNT", "MOR": "BRK", "OPT": "PHY"},
    },
    SubjectKind.TRAINER: {
        "school": {"ada": "A", "bob": "A", "cyd": "A", "zed": "B"},
        "department": {"ada": "ART", "bob": "BLD", "cyd": "BLD", "zed": "SCI"},
    },
    SubjectKind.TRAINEE: {
        "school": {"pam": "A", "quo": "A", "rex": "A", "sol": "A", "tess": "A", "ulf": "A", "yan": "B"}
    },
}


@EVERYBODY
async def test_parents_they_may_not_see_are_null(ask: Ask, email: str) -> None:
    for kind, parents in PARENTS.items():
        selection = " ".join(f"{name} {{ sourceId name }}" for name in parents)
        data = (await ask(email, f"{{ {plural(kind)} {{ nodes {{ sourceId {selection} }} }} }}")).whole
        assert_nothing_shows(data, email)
        for node in data[plural(kind)]["nodes"]:
            for name, homes in parents.items():
                home, above = homes[node["sourceId"]], SubjectKind(name.upper())
                wanted = {"sourceId": home, "name": NAMES[above, home]} if home in SEES[email][above] else None
                assert node[name] == wanted, (email, node, name)


@EVERYBODY
async def test_nothing_shows_through_parents_of_children_of_parents(ask: Ask, email: str) -> None:
    query = """{ classGroups(first: 4) { nodes { name
        programme { name department { name school { name departments(first: 3) { nodes { name } } } } }
        trainees(first: 5) { nodes { name school { name trainees(first: 7) { totalCount nodes { name } } }
            courses(first: 3) { nodes { name programme { name }
                trainers(first: 3) { nodes { name department { name trainers(first: 3) { nodes { name } } } } } } } } }
    } } }"""
    assert_nothing_shows((await ask(email, query)).whole, email)


@EVERYBODY
async def test_rankings_have_only_those_they_may_see_and_measure(ask: Ask, email: str) -> None:
    for kind, seen in SEES[email].items():
        arguments = f"kind: {kind}, metric: EXPECTED, period: {MARCH}, top: 500"
        query = f"{{ ranking({arguments}) {{ subject {{ sourceId name }} }} }}"
        data = (await ask(email, query)).whole
        wanted = seen & MEASURES[email] if kind is SubjectKind.TRAINER else seen
        assert {one["subject"]["sourceId"] for one in data["ranking"]} == wanted
        assert_nothing_shows(data, email)


@EVERYBODY
async def test_what_they_may_not_see_cannot_be_compared_or_narrowed_to(ask: Ask, email: str) -> None:
    for (kind, source_id), id_ in (await ids(ask)).items():
        compared = await ask(
            email,
            f"""query ($id: ID!) {{ compare(subjects: [$id], periods: [{MARCH}], metrics: [EXPECTED]) {{
                subjects {{ subject {{ name }} cells {{ value }} }} }} }}""",
            id=id_,
        )
        within = await ask(
            email,
            f"query ($id: ID!) {{ {plural(kind)}(filter: {{within: $id}}) {{ nodes {{ sourceId }} }} }}",
            id=id_,
        )
        if source_id not in SEES[email][kind]:
            problem = ("BAD_USER_INPUT", "subjects.0: there is no such subject")
            assert (compared.data, [(one.code, one.message) for one in compared.errors]) == (None, [problem])
            problem = ("BAD_USER_INPUT", "within: there is no such subject")
            assert (within.data, [(one.code, one.message) for one in within.errors]) == (None, [problem])
            continue
        assert within.whole == {plural(kind): {"nodes": [{"sourceId": source_id}]}}
        if kind is SubjectKind.TRAINER and source_id not in MEASURES[email]:
            name = NAMES[kind, source_id]
            problem = ("FORBIDDEN", f"subjects.0: the figures of {name} are not yours to read")
            assert (compared.data, [(one.code, one.message) for one in compared.errors]) == (None, [problem])
        else:
            assert compared.whole["compare"]["subjects"][0]["subject"]["name"] == NAMES[kind, source_id]


MEASURE_RULE = "Read by ADMIN, PRINCIPAL, the head of the trainer's home department, and themselves."
CONTACT_RULE = "Read by ADMIN, PRINCIPAL, the heads and coordinators over them, and themselves."


@EVERYBODY
async def test_guarded_fields_are_null_with_one_error_for_each_coordinate(ask: Ask, email: str) -> None:
    query = f"""{{
        trainers {{ nodes {{ sourceId email metrics(period: {MARCH}) {{ sessionCount }}
            again: metrics(period: {{month: "2026-02"}}) {{ sessionCount }}
            trend(period: {MARCH}, granularity: MONTH) {{ metrics {{ sessionCount }} }}
            reports {{ nodes {{ id }} }} }} }}
        trainees {{ nodes {{ sourceId email metrics(period: {MARCH}) {{ sessionCount }} }} }}
    }}"""
    answer = await ask(email, query)
    trainers, trainees = answer.data["trainers"]["nodes"], answer.data["trainees"]["nodes"]
    held = {"ada": 2, "bob": 2, "cyd": 1, "zed": 1}
    for node in trainers:
        source_id = node["sourceId"]
        seen = source_id in MEASURES[email]
        figures = {"sessionCount": held[source_id]} if seen else None
        assert node["metrics"] == figures
        assert node["again"] == ({"sessionCount": 0} if seen else None)
        assert node["trend"] == ([{"metrics": figures}] if seen else None)
        assert node["reports"] == ({"nodes": []} if seen else None)
    for node in trainers + trainees:
        assert (node["email"] is not None) is (node["sourceId"] in CONTACTS[email])
    assert all(node["metrics"] is not None for node in trainees)
    hidden = {node["sourceId"] for node in trainers} - MEASURES[email]
    wanted = {f"Trainer.{name}": MEASURE_RULE for name in ("metrics", "trend", "reports") if hidden}
    for kind, nodes in (("Trainer", trainers), ("Trainee", trainees)):
        if {node["sourceId"] for node in nodes} - CONTACTS[email]:
            wanted[f"{kind}.email"] = CONTACT_RULE
    assert sorted((one.code, one.message) for one in answer.errors) == sorted(
        ("FORBIDDEN", f"You may not read {coordinate}. {rule}") for coordinate, rule in wanted.items()
    )


@pytest.mark.parametrize("email", [PRINCIPAL, HEAD, COORDINATOR, TRAINER, BUILDER])
async def test_figures_of_what_they_see_are_whole(ask: Ask, email: str) -> None:
    # bob of another department taught P1, and tess has moved to B1: all of it counts, whoever asks
    query = f"""{{ classGroup(sourceId: "P1") {{ metrics(period: {MARCH}) {{
        expected present late excused absent unmarked sessionCount sessionsCancelled traineeCount resultCount
        attendanceRate averageScore passRate }} }} }}"""
    assert (await ask(email, query)).whole["classGroup"]["metrics"] == {
        "expected": 6,
        "present": 2,
        "late": 1,
        "excused": 1,
        "absent": 2,
        "unmarked": 0,
        "sessionCount": 2,
        "sessionsCancelled": 1,
        "traineeCount": 3,
        "resultCount": 2,
        "attendanceRate": 0.5,
        "averageScore": 0.5625,
        "passRate": 0.5,
    }


@EVERYBODY
async def test_measure_itself_gives_nothing_away(college: Database, email: str) -> None:
    """Whoever forgets to look before measuring gets nothing, too."""
    async with college.read() as session:
        viewer = await viewer_by_email(session, email)
        assert viewer is not None
        known = await subject_ids(session)
        asked = [SubjectDays(id_, date(2026, 3, 1), date(2026, 3, 31)) for id_ in known.values()]
        measured = await measure(session, viewer, asked, ["expected"], now=NOW)
    found = {key for key, one in zip(known, measured, strict=True) if one is not None}
    assert found == {
        (kind, source_id)
        for kind, seen in SEES[email].items()
        for source_id in (seen & MEASURES[email] if kind is SubjectKind.TRAINER else seen)
    }


@EVERYBODY
async def test_only_those_who_govern_a_school_change_its_policy(ask: Ask, email: str) -> None:
    everything = await ids(ask)
    for source_id in ("A", "B"):
        answer = await ask(
            email,
            'mutation ($id: ID!) { policyUpdate(input: {school: $id, presentWeight: "2"}) {'
            " policy { presentWeight } school { name } userErrors { field message code } } }",
            id=everything[SubjectKind.SCHOOL, source_id],
        )
        seen = source_id in SEES[email][SubjectKind.SCHOOL]
        refused = (
            {"field": ["presentWeight"], "message": "it must be 0 to 1, not 2", "code": "INVALID"}
            if seen
            else {"field": ["school"], "message": "there is no such school", "code": "NOT_FOUND"}
        )
        assert answer.whole["policyUpdate"] == {"policy": None, "school": None, "userErrors": [refused]}
