"""The seven kinds of subject: their fields, and what look-ups and filters make of what they are given."""

from base64 import urlsafe_b64decode
from typing import Any

import pytest

from graphql_api.core.ids import global_id, subject_global_id
from models import SubjectKind
from resolvers.subjects.hierarchy import CHILDREN
from tests.graphql_api.subjects.test_scope import ids
from tests.support.asking import Ask
from tests.support.college import ADMIN, PRINCIPAL


async def test_fields_of_every_kind(ask: Ask) -> None:
    answer = await ask(
        ADMIN,
        """{
            school(sourceId: "A") { __typename name kind sourceId timeZone locale
                terms { name sourceId startsOn endsOn } policy { presentWeight excusedCounts lateAfterMinutes } }
            other: school(sourceId: "B") { timeZone locale terms { name } }
            department(sourceId: "ART") { __typename name kind sourceId }
            programme(sourceId: "PNT") { __typename name kind sourceId }
            classGroup(sourceId: "P1") { __typename name kind sourceId }
            course(sourceId: "COL") { __typename name kind sourceId code }
            other_course: course(sourceId: "CAN") { code }
            trainer(sourceId: "ada") { __typename name kind sourceId email }
            trainee(sourceId: "pam") { __typename name kind sourceId email }
        }""",
    )
    assert answer.whole == {
        "school": {
            "__typename": "School",
            "name": "Ashby College",
            "kind": "SCHOOL",
            "sourceId": "A",
            "timeZone": "Europe/London",
            "locale": "en-GB",
            "terms": [
                {"name": "Autumn", "sourceId": "A-AUT", "startsOn": "2025-09-01", "endsOn": "2025-12-19"},
                {"name": "Spring", "sourceId": "A-SPR", "startsOn": "2026-01-05", "endsOn": "2026-03-27"},
            ],
            "policy": {"presentWeight": "1", "excusedCounts": True, "lateAfterMinutes": None},
        },
        "other": {"timeZone": "America/New_York", "locale": None, "terms": []},
        "department": {"__typename": "Department", "name": "Arts", "kind": "DEPARTMENT", "sourceId": "ART"},
        "programme": {"__typename": "Programme", "name": "Painting", "kind": "PROGRAMME", "sourceId": "PNT"},
        "classGroup": {"__typename": "ClassGroup", "name": "Painters One", "kind": "CLASS_GROUP", "sourceId": "P1"},
        "course": {"__typename": "Course", "name": "Colour", "kind": "COURSE", "sourceId": "COL", "code": "C-1"},
        "other_course": {"code": None},
        "trainer": {
            "__typename": "Trainer",
            "name": "Ada Ash",
            "kind": "TRAINER",
            "sourceId": "ada",
            "email": "ada@ashby.example",
        },
        "trainee": {
            "__typename": "Trainee",
            "name": "Pam Pine",
            "kind": "TRAINEE",
            "sourceId": "pam",
            "email": "pam@ashby.example",
        },
    }


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"search": "PINE"}, ["pam"]),
        ({"search": "sp"}, ["sol"]),
        ({"search": " quo "}, ["quo"]),
        ({"search": "%"}, []),
        ({"search": ""}, ["pam", "quo", "rex", "sol", "tess", "ulf", "yan"]),
        ({"sourceIds": ["rex", "nobody", "pam"]}, ["pam", "rex"]),
        ({"sourceIds": []}, []),
        ({"ids": []}, []),
        ({"search": "e", "sourceIds": ["rex", "sol", "pam"]}, ["pam", "rex", "sol"]),
    ],
)
async def test_filters(ask: Ask, given: dict[str, Any], found: list[str]) -> None:
    query = "query ($filter: SubjectFilter) { trainees(filter: $filter) { totalCount nodes { sourceId } } }"
    trainees = (await ask(ADMIN, query, filter=given)).whole["trainees"]
    assert [node["sourceId"] for node in trainees["nodes"]] == found
    assert trainees["totalCount"] == len(found)


async def test_filter_by_ids_and_within(ask: Ask) -> None:
    everything = await ids(ask)
    query = "query ($filter: SubjectFilter) { trainees(filter: $filter) { totalCount nodes { sourceId } } }"
    chosen = [everything[SubjectKind.TRAINEE, source_id] for source_id in ("tess", "pam")]
    for given, found in (
        ({"ids": chosen}, ["pam", "tess"]),
        ({"within": everything[SubjectKind.CLASS_GROUP, "P1"]}, ["pam", "quo", "tess"]),
        ({"within": everything[SubjectKind.TRAINEE, "pam"]}, ["pam"]),
        ({"within": everything[SubjectKind.SCHOOL, "B"]}, ["yan"]),
        ({"within": everything[SubjectKind.CLASS_GROUP, "P1"], "ids": chosen[1:]}, ["pam"]),
    ):
        trainees = (await ask(ADMIN, query, filter=given)).whole["trainees"]
        assert ([node["sourceId"] for node in trainees["nodes"]], trainees["totalCount"]) == (found, len(found))


PROBLEMS = [
    ("{ school { name } }", "id: give either id or sourceId"),
    ('{ school(id: "x", sourceId: "A") { name } }', "id: give either id or sourceId"),
    ('{ school(id: "nonsense") { name } }', "id: 'nonsense' is not an id; take one from a field `id`"),
    ('{ node(id: "") { id } }', "id: '' is not an id; take one from a field `id`"),
    (
        f'{{ school(id: "{subject_global_id(SubjectKind.COURSE, 1)}") {{ name }} }}',
        f"id: '{subject_global_id(SubjectKind.COURSE, 1)}' is the id of a Course, not of a School",
    ),
    (f'{{ node(id: "{global_id("Term", 1)}") {{ id }} }}', "id: it is the id of a Term, which is not a node"),
    ('{ trainees(filter: {ids: ["x"]}) { totalCount } }', "filter.ids: 'x' is not an id; take one from a field `id`"),
    (
        f'{{ trainees(filter: {{within: "{global_id("Term", 1)}"}}) {{ totalCount }} }}',
        f"filter.within: '{global_id('Term', 1)}' is the id of a Term, not of a School or Department or Programme"
        " or ClassGroup or Course or Trainer or Trainee",
    ),
    ('{ trainees(filter: {search: "a\\u0000"}) { totalCount } }',
     "filter.search: a text cannot contain the character U+0000"),
    ('{ school(sourceId: "\\u0000") { name } }', "sourceId: a text cannot contain the character U+0000"),
    ("{ trainees(first: 501) { totalCount } }", "first: 501 is not a page size; it must be 0 to 500"),
    ("{ trainees(first: -1) { totalCount } }", "first: -1 is not a page size; it must be 0 to 500"),
    ("{ trainees(last: 501) { totalCount } }", "last: 501 is not a page size; it must be 0 to 500"),
    ("{ trainees(first: 1, last: 1) { totalCount } }", "last: give first or last, not both"),
    (
        '{ trainees(after: "x") { totalCount } }',
        "after: 'x' is not a cursor of this list; take one from its edges or pageInfo",
    ),
    (
        '{ trainees(last: 2, before: "WzEsMl0") { totalCount } }',
        "before: 'WzEsMl0' is not a cursor of this list; take one from its edges or pageInfo",
    ),
    ('{ school(sourceId: "A") { departments(first: 501) { totalCount } } }',
     "first: 501 is not a page size; it must be 0 to 500"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "sentence"), PROBLEMS)
async def test_what_makes_no_sense_is_answered_with_a_sentence(ask: Ask, query: str, sentence: str) -> None:
    answer = await ask(ADMIN, query)
    assert [(one.code, one.message) for one in answer.errors] == [("BAD_USER_INPUT", sentence)]


async def test_unknown_subjects_are_null(ask: Ask) -> None:
    for number in (10**9, 2**31 - 1):
        id_ = subject_global_id(SubjectKind.COURSE, number)
        data = (await ask(ADMIN, f'{{ node(id: "{id_}") {{ id }} course(id: "{id_}") {{ id }} }}')).whole
        assert data == {"node": None, "course": None}
    assert (await ask(ADMIN, '{ course(sourceId: "P1") { id } }')).whole == {"course": None}


async def test_a_kind_in_an_id_must_be_the_right_one(ask: Ask) -> None:
    """An id is not made by writing another kind before a number."""
    for (kind, _), id_ in (await ids(ask)).items():
        number = int(urlsafe_b64decode(id_ + "==").decode().split(":")[1])
        forged = {other: subject_global_id(other, number) for other in SubjectKind if other is not kind}
        fields = " ".join(f'{other}: node(id: "{forged_id}") {{ id }}' for other, forged_id in forged.items())
        assert (await ask(ADMIN, f"{{ {fields} }}")).whole == dict.fromkeys(forged)


def test_children_are_those_of_kinship() -> None:
    from graphql_api.schema import build_schema
    from graphql_api.subjects.interface import PLURALS, TYPES

    build_schema()
    for kind, type_ in TYPES.items():
        fields: Any = type_.__strawberry_definition__.fields
        names = {field.python_name for field in fields}
        assert {child for child in SubjectKind if PLURALS[child] in names} == set(CHILDREN[kind])


async def test_one_bad_argument_below_a_list_is_one_error(ask: Ask) -> None:
    answer = await ask(
        PRINCIPAL,
        '{ trainees { nodes { sourceId metrics(period: {month: "2026-13"}) { late } } } }',
    )
    assert [node["metrics"] for node in answer.data["trainees"]["nodes"]] == [None] * 6
    assert [(one.code, one.message, one.path) for one in answer.errors] == [
        (
            "BAD_USER_INPUT",
            "period.month: '2026-13' is not a month such as 2026-03",
            ("trainees", "nodes", 0, "metrics"),
        )
    ]
