"""How much one operation may ask for."""

from contextlib import suppress
from time import perf_counter

import httpx
import pytest
from graphql import get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st

from graphql_api import schema
from graphql_api.core.errors import BadUserInputError, TooComplexError
from graphql_api.operations.limits import Load, check_load
from tests.graphql_api.http.test_http import Bearer, ask, the_error
from tests.support.tiny_schema import build_schema

SCHEMA = build_schema()


def load(query: str, variables: dict[str, object] | None = None, operation_name: str | None = None) -> Load:
    return check_load(SCHEMA._schema, parse(query), variables, operation_name)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ hello }", Load(1, 0, 0, 1)),
        ("{ a: hello b: hello @skip(if: true) }", Load(1, 2, 1, 2)),
        # 1 connection, and for each of n nodes: the node and its name
        ("{ people(first: 5) { nodes { name } } }", Load(3, 0, 0, 1 + 5 * 2)),
        ("{ people { nodes { name } } }", Load(3, 0, 0, 1 + 20 * 2)),
        ("query ($n: Int) { people(first: $n) { nodes { name } } }", Load(3, 0, 0, 1 + 20 * 2)),
        ("query ($n: Int = 7) { people(first: $n) { nodes { name } } }", Load(3, 0, 0, 1 + 7 * 2)),
        # out of range: the field says so itself
        ("{ people(first: 1000000) { nodes { name } } }", Load(3, 0, 0, 1 + 500 * 2)),
        (
            "{ people(first: 10) { nodes { friends(first: 3) { nodes { name } } } } }",
            Load(5, 0, 0, 1 + 10 * (1 + 1 + 3 * 2)),
        ),
        (
            "{ people(first: 4) { ...P } }"
            " fragment P on PersonConnection { nodes { x: name ... on Person { email } } }",
            Load(3, 1, 0, 1 + 4 * 3),
        ),
    ],
)
def test_the_load_is_what_the_answer_could_hold(query: str, expected: Load) -> None:
    assert load(query) == expected


def test_variables_count_with_their_values() -> None:
    query = "query ($n: Int = 7) { people(first: $n) { nodes { name } } }"
    assert load(query, {"n": 300}).cost == 601
    for odd in ("x", None, True, -5, 2.5, [1]):
        load(query, {"n": odd})


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ schedules(first: 2) { nodes { subjects { name } } } }", 1 + 2 * (1 + 500 * 2)),
        ("{ schedules(first: 2) { nodes { recipients { name } } } }", 1 + 2 * (1 + 50 * 2)),
        ("{ alertRules(first: 2) { nodes { recipients { name } } } }", 1 + 2 * (1 + 50 * 2)),
        ("{ deliveries(first: 2) { nodes { log { status } } } }", 1 + 2 * (1 + 50 * 2)),
        ('mutation { alertMarkRead(input: {ids: ["x"]}) { alerts { number } } }', 1 + 500 * 2),
        ("{ webhooks { name } }", 20 * 2),
    ],
)
def test_long_lists_count_with_all_they_can_hold(query: str, cost: int) -> None:
    whole = schema.build_schema()
    assert check_load(whole._schema, parse(query), None, None).cost == cost


def test_only_the_named_operation_counts() -> None:
    query = "query Small { hello } query Large { people(first: 500) { nodes { name } } }"
    assert load(query, operation_name="Small").cost == 1
    assert load(query).cost == 1001


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (
            "{ " + "people { nodes { friends { nodes { name } } } } " + "}",
            None,
        ),
        (
            "{ people(first: 500) { nodes { friends(first: 500) { nodes { name } } } } }",
            "The answer could hold 501,001 values; 50,000 is the most."
            " Ask for fewer items with `first`, or for fewer fields.",
        ),
        ("{ " + " ".join(f"a{n}: hello" for n in range(51)) + " }", "This operation uses 51 aliases; 50 is the most."),
        (
            "{ hello " + "@skip(if: false) " * 51 + "}",
            "This operation uses 51 directives; 50 is the most.",
        ),
        (
            "{ " + "hello { " * 15 + "hello" + " }" * 15 + " }",
            "This operation nests fields more than 15 levels deep, the most Rollcall reads.",
        ),
        ("{ " + "hello { " * 14 + "hello" + " }" * 14 + " }", None),
        (
            "{ ...A } fragment A on Query { " + "hello { " * 8 + "...B" + " }" * 8 + " }"
            " fragment B on Query { " + "hello { " * 8 + "hello" + " }" * 8 + " }",
            "This operation nests fields more than 15 levels deep, the most Rollcall reads.",
        ),
        ("{ a: __schema { types { name } } }", "Fields of the introspection are answered without aliases only."),
        ("{ __schema { a: types { name } } }", "Fields of the introspection are answered without aliases only."),
        ('{ a: __type(name: "Query") { name } b: __type(name: "Person") { name } }', None),
    ],
)
def test_too_much_is_refused_with_the_numbers(query: str, sentence: str | None) -> None:
    if sentence is None:
        load(query)
        return
    with pytest.raises(TooComplexError) as refusal:
        load(query)
    assert refusal.value.message == sentence


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("{ ...Nothing }", 'Unknown fragment "Nothing".'),
        ("{ ...A } fragment A on Query { hello ...A }", 'Cannot spread fragment "A" within itself.'),
        (
            "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
            'Cannot spread fragment "A" within itself.',
        ),
    ],
)
def test_unknown_and_circular_fragments_are_refused_first(query: str, sentence: str) -> None:
    with pytest.raises(BadUserInputError) as refusal:
        load(query)
    assert refusal.value.message == sentence


def nested_fragments(levels: int) -> str:
    """Every fragment spreads the next one twice: expanded, 2 ** levels fields."""
    fragments = [f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)]
    return "{ ...F0 } " + " ".join(fragments) + f" fragment F{levels} on Query {{ hello }}"


@pytest.mark.parametrize("levels", [10, 18, 60])
async def test_nested_fragments_are_measured_in_no_time(client: httpx.AsyncClient, bearer: Bearer, levels: int) -> None:
    document = parse(nested_fragments(levels))
    started = perf_counter()
    try:
        check_load(SCHEMA._schema, document, None, None)
    except TooComplexError:
        assert levels > 15
    else:
        assert levels < 16
    # a thousand times what it takes, a thousandth of what walking each spread would
    assert perf_counter() - started < 1
    response = await ask(client, bearer, nested_fragments(levels))
    if levels == 10:
        assert response.json() == {"data": {"hello": "hello"}}
    else:
        assert the_error(response)[1] == "TOO_COMPLEX"


async def test_a_document_has_at_most_a_thousand_tokens(client: httpx.AsyncClient, bearer: Bearer) -> None:
    fits = await ask(client, bearer, "{ hello" + "\n#" * 997 + "\n}")
    assert fits.json() == {"data": {"hello": "hello"}}
    repeated = await ask(client, bearer, "{ " + "hello " * 998 + "}")
    assert the_error(repeated)[1:] == (
        "TOO_COMPLEX",
        "This document repeats too many fields to be checked. Ask for each field once.",
    )
    over = await ask(client, bearer, "{ " + "hello " * 1_000 + "}")
    assert the_error(over) == (
        200,
        "TOO_COMPLEX",
        "This document has more than 1,000 tokens, the most Rollcall reads. Ask for less.",
    )


async def test_too_much_is_400_in_the_newer_type(client: httpx.AsyncClient, bearer: Bearer) -> None:
    headers = {**bearer, "Accept": "application/graphql-response+json"}
    query = "{ people(first: 500) { nodes { friends(first: 500) { nodes { name } } } } }"
    assert the_error(await ask(client, headers, query))[:2] == (400, "TOO_COMPLEX")


async def test_a_known_document_is_measured_again_with_its_variables(client: httpx.AsyncClient, bearer: Bearer) -> None:
    query = "query ($n: Int!) { people(first: $n) { nodes { friends(first: 200) { nodes { name } } } } }"
    assert (await ask(client, bearer, query, variables={"n": 1})).status_code == 200
    assert the_error(await ask(client, bearer, query, variables={"n": 500}))[1] == "TOO_COMPLEX"
    assert "data" in (await ask(client, bearer, query, variables={"n": 1})).json()


@pytest.mark.parametrize("depth", [7, 9])
async def test_the_introspection_of_graphiql_passes(client: httpx.AsyncClient, bearer: Bearer, depth: int) -> None:
    query = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        one_of=True,
        type_depth=depth,
    )
    response = await ask(client, bearer, query, operationName="IntrospectionQuery")
    assert set(response.json()) == {"data"}


async def test_deep_introspection_is_refused(client: httpx.AsyncClient, bearer: Bearer) -> None:
    query = "{ __schema { types " + "{ fields { type " * 6 + "{ name }" + " } }" * 6 + " } }"
    assert the_error(await ask(client, bearer, query))[1] == "BAD_USER_INPUT"


names = st.sampled_from(["hello", "people", "nodes", "friends", "name", "...A", "...B", "... on Person { name }"])
selections = st.recursive(names, lambda inner: st.builds("{} {{ {} }}".format, st.just("people"), inner), max_leaves=20)


@given(st.lists(selections, min_size=1, max_size=5), selections, selections)
def test_any_document_is_measured_or_refused(root: list[str], a: str, b: str) -> None:
    query = f"{{ {' '.join(root)} }} fragment A on Person {{ {a} }} fragment B on Query {{ {b} }}"
    with suppress(TooComplexError, BadUserInputError):
        assert load(query).cost >= 1
