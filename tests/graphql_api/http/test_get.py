"""GET /graphql: queries and subscriptions by their address, nothing that changes anything; and hashes of queries."""

from typing import Any

import httpx
import orjson
import pytest

from graphql_api.operations.masking import SUBSCRIBE_ELSEWHERE
from tests.graphql_api.http.test_http import GRAPHQL_JSON, Bearer, the_error
from tests.support.tiny_schema import Stage

EVENTS = "text/event-stream"
BY_POST = "GET is for queries and subscriptions; send a mutation by POST."
HASH = {
    "persistedQuery": {"version": 1, "sha256Hash": "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38"}
}


async def get(client: httpx.AsyncClient, bearer: Bearer, accept: str = GRAPHQL_JSON, **parts: Any) -> httpx.Response:
    query = {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in parts.items()}
    return await client.get("/graphql", params=query, headers={**bearer, "Accept": accept})


@pytest.mark.parametrize("accept", ["application/json", GRAPHQL_JSON])
async def test_a_query_is_answered_and_kept_by_nobody(client: httpx.AsyncClient, bearer: Bearer, accept: str) -> None:
    query = "query A($n: Int!) { echo(n: $n) me } query B { hello }"
    response = await get(client, bearer, accept, query=query, variables={"n": 7}, operationName="A", extensions={})
    assert (response.status_code, response.json()) == (200, {"data": {"echo": 7, "me": "ada@example.org"}})
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"


async def test_what_is_empty_is_left_out(client: httpx.AsyncClient, bearer: Bearer) -> None:
    response = await get(client, bearer, query="{ hello }", variables="", operationName="", extensions="", other="x")
    assert (response.status_code, response.json()) == (200, {"data": {"hello": "hello"}})


@pytest.mark.parametrize("accept", ["application/json", GRAPHQL_JSON, EVENTS, f"{EVENTS}, {GRAPHQL_JSON};q=0.5"])
@pytest.mark.parametrize(
    "query",
    ["mutation { note }", "query A { hello } mutation B { note }", "fragment F on Query { hello } mutation B { note }"],
)
async def test_a_mutation_is_405_and_does_nothing(
    client: httpx.AsyncClient, bearer: Bearer, stage: Stage, accept: str, query: str
) -> None:
    response = await get(client, bearer, accept, query=query, **({"operationName": "B"} if "B" in query else {}))
    assert the_error(response) == (405, "BAD_USER_INPUT", BY_POST)
    assert (response.headers["allow"], response.headers["cache-control"]) == ("POST", "no-store")
    assert stage.notes == []
    assert (await client.post("/graphql", json={"query": "mutation { note }"}, headers=bearer)).json() == {
        "data": {"note": 1}
    }


async def test_a_subscription_comes_as_events(client: httpx.AsyncClient, bearer: Bearer) -> None:
    response = await get(client, bearer, EVENTS, query="subscription { people { name } }")
    assert response.headers["content-type"] == EVENTS
    assert response.text == (
        'event: next\ndata: {"data":{"people":{"name":"Person 0"}}}\n\n'
        'event: next\ndata: {"data":{"people":{"name":"Person 1"}}}\n\n'
        "event: complete\ndata: \n\n"
    )
    plain = await get(client, bearer, query="subscription { people { name } }")
    assert the_error(plain) == (
        400,
        "BAD_USER_INPUT",
        SUBSCRIBE_ELSEWHERE,
    )


async def test_a_document_that_is_none_is_an_event(client: httpx.AsyncClient, bearer: Bearer) -> None:
    response = await get(client, bearer, EVENTS, query="{ hello")
    event = response.text.splitlines()[1].removeprefix("data: ")
    assert orjson.loads(event)["errors"][0]["message"] == "Syntax Error: Expected Name, found <EOF>."


async def test_head_is_get_without_the_answer(client: httpx.AsyncClient, bearer: Bearer, stage: Stage) -> None:
    parts = {"query": "{ hello }"}
    response = await client.head("/graphql", params=parts, headers=bearer)
    assert (response.status_code, response.headers["content-length"]) == (200, "26")
    for query, status in (("mutation { note }", 405), ("subscription { news }", 400)):
        refused = await client.head("/graphql", params={"query": query}, headers={**bearer, "Accept": EVENTS})
        assert refused.status_code == status
    assert stage.notes == []


@pytest.mark.parametrize("authorization", [None, "Basic YWRhOnB3", "Bearer nonsense"])
async def test_without_a_token_nothing_is_asked(
    client: httpx.AsyncClient, ada: int, stage: Stage, authorization: str | None
) -> None:
    """What another site can have a browser send: a link, a picture, a form of method GET."""
    response = await get(client, {"Authorization": authorization} if authorization else {}, query="{ me }")
    assert the_error(response)[:2] == (401, "UNAUTHENTICATED")
    assert response.headers["cache-control"] == "no-store"
    assert stage.contexts == []


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("", '"query" must be text'),
        ("?query=", '"query" must be text'),
        ("?query=%20", '"query" must be text'),
        ("?query={hello}&query={me}", 'Give "query" once.'),
        ("?query={hello}&variables={}&variables={}", 'Give "variables" once.'),
        ("?query={hello}&variables={", '"variables" is not JSON: '),
        ("?query={hello}&variables=[]", '"variables" must be an object'),
        ("?query={hello}&variables=%22x%22", '"variables" must be an object'),
        ("?query={hello}&extensions=1", '"extensions" must be an object'),
        ("?query={hello}&extensions=NaN", '"extensions" is not JSON: '),
        ("?query=%FF", "Syntax Error: "),
    ],
)
async def test_an_odd_address_is_refused_in_a_sentence(
    client: httpx.AsyncClient, bearer: Bearer, address: str, sentence: str
) -> None:
    response = await client.get(f"/graphql{address}", headers={**bearer, "Accept": GRAPHQL_JSON})
    status, code, message = the_error(response)
    assert (status, code, message[: len(sentence)]) == (400, "BAD_USER_INPUT", sentence)


@pytest.mark.parametrize(("accept", "status"), [("application/json", 200), (GRAPHQL_JSON, 400)])
async def test_the_hash_of_a_query_is_answered_as_clients_know_it(
    client: httpx.AsyncClient, bearer: Bearer, accept: str, status: int
) -> None:
    by_get = await get(client, bearer, accept, operationName="A", variables={}, extensions=HASH)
    headers = {**bearer, "Accept": accept}
    by_post = [
        await client.post("/graphql", json={"extensions": HASH}, headers=headers),
        await client.post("/graphql", json={"query": None, "variables": {}, "extensions": HASH}, headers=headers),
    ]
    for response in (by_get, *by_post):
        assert the_error(response) == (status, "PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")


async def test_a_hash_beside_its_query_changes_nothing(client: httpx.AsyncClient, bearer: Bearer) -> None:
    answer = {"data": {"hello": "hello"}}
    assert (await get(client, bearer, query="{ hello }", extensions=HASH)).json() == answer
    posted = await client.post("/graphql", json={"query": "{ hello }", "extensions": HASH}, headers=bearer)
    assert posted.json() == answer


async def test_other_extensions_stand_for_no_query(client: httpx.AsyncClient, bearer: Bearer) -> None:
    response = await client.post("/graphql", json={"extensions": {"other": 1}}, headers=bearer)
    assert the_error(response)[:2] == (400, "BAD_USER_INPUT")
