"""POST /graphql: what it takes, what it refuses and how, and the other addresses."""

import re
from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest

from graphql_api.core.context import Services
from graphql_api.http.endpoint import SSE
from jobs.queue.bus import Bus
from jobs.queue.presence import say_gone, say_present
from models.database import Database
from tests.graphql_api.conftest import app_on, client_of
from tests.support.tiny_schema import Stage

GRAPHQL_JSON = "application/graphql-response+json"
QUERY = '{"query": "{ hello }"}'
Bearer = dict[str, str]


def the_error(response: httpx.Response) -> tuple[int, str, str]:
    """Status, code and message of an answer that is one error and nothing else."""
    (error,) = response.json()["errors"]
    assert set(response.json()) == {"errors"}
    return response.status_code, error["extensions"]["code"], error["message"]


async def ask(client: httpx.AsyncClient, bearer: Bearer, query: str, **rest: Any) -> httpx.Response:
    return await client.post("/graphql", json={"query": query, **rest}, headers=bearer)


async def test_a_query_is_answered(client: httpx.AsyncClient, bearer: Bearer) -> None:
    response = await ask(client, bearer, "{ hello me }")
    assert (response.status_code, response.json()) == (200, {"data": {"hello": "hello", "me": "ada@example.org"}})
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert re.fullmatch("[0-9a-f]{32}", response.headers["x-request-id"])


async def test_variables_and_operation_names_are_used(client: httpx.AsyncClient, bearer: Bearer) -> None:
    query = "query A($n: Int!) { echo(n: $n) } query B { hello }"
    assert (await ask(client, bearer, query, variables={"n": 7}, operationName="A")).json() == {"data": {"echo": 7}}
    assert (await ask(client, bearer, query, operationName="B")).json() == {"data": {"hello": "hello"}}


async def test_each_operation_has_a_context_of_its_own(client: httpx.AsyncClient, bearer: Bearer, stage: Stage) -> None:
    await ask(client, bearer, "{ me again: me }")
    await ask(client, bearer, "{ me }")
    first, again, second = stage.contexts
    assert first is again
    assert first is not second
    assert first.request_id != second.request_id


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", "The body is not JSON: "),
        ("{", "The body is not JSON: "),
        ("NaN", "The body is not JSON: "),
        (b'{"query": "\xff"}', "The body is not JSON: "),
        ('{"query": "\\ud800"}', "The body is not JSON: "),
        ("[" * 2_000 + "]" * 2_000, "The body is not JSON: "),
        ('{"query": "{ hello }", "variables": {"a": ' + "[" * 1_500 + "]" * 1_500 + "}}", "The body is not JSON: "),
        ("null", "The body must be a JSON object such as "),
        ("5", "The body must be a JSON object such as "),
        ('"x"', "The body must be a JSON object such as "),
        ("[]", "Send one operation per request"),
        (f"[{QUERY}]", "Send one operation per request"),
        ("{}", '"query" must be text'),
        ('{"query": null}', '"query" must be text'),
        ('{"query": 5}', '"query" must be text'),
        ('{"query": " "}', '"query" must be text'),
        ('{"query": "{ hello }", "variables": []}', '"variables" must be an object'),
        ('{"query": "{ hello }", "variables": "{}"}', '"variables" must be an object'),
        ('{"query": "{ hello }", "extensions": 1}', '"extensions" must be an object'),
        ('{"query": "{ hello }", "operationName": {}}', '"operationName" must be text'),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", GRAPHQL_JSON])
async def test_an_odd_body_is_refused_in_a_sentence(
    client: httpx.AsyncClient, bearer: Bearer, body: str | bytes, sentence: str, accept: str
) -> None:
    headers = {**bearer, "Content-Type": "application/json", "Accept": accept}
    response = await client.post("/graphql", content=body, headers=headers)
    status, code, message = the_error(response)
    assert (status, code, message[: len(sentence)]) == (400, "BAD_USER_INPUT", sentence)
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql"],
)
async def test_only_json_is_read(client: httpx.AsyncClient, bearer: Bearer, content_type: str | None) -> None:
    headers = {**bearer, **({"Content-Type": content_type} if content_type else {})}
    response = await client.post("/graphql", content=QUERY.encode(), headers=headers)
    assert the_error(response)[:2] == (415, "BAD_USER_INPUT")


async def test_only_utf_8_is_read(client: httpx.AsyncClient, bearer: Bearer) -> None:
    for charset, status in (("utf-8", 200), ('"UTF-8"', 200), ("utf-16", 415), ("latin-1", 415)):
        headers = {**bearer, "Content-Type": f"application/json; charset={charset}"}
        assert (await client.post("/graphql", content=QUERY, headers=headers)).status_code == status


async def test_a_body_of_64_kb_is_the_largest(client: httpx.AsyncClient, bearer: Bearer) -> None:
    def padded(size: int) -> bytes:
        return QUERY.encode().ljust(size)

    async def chunks(size: int) -> Any:
        yield padded(size)

    headers = {**bearer, "Content-Type": "application/json"}
    assert (await client.post("/graphql", content=padded(65_536), headers=headers)).status_code == 200
    for content in (padded(65_537), chunks(65_537)):
        response = await client.post("/graphql", content=content, headers=headers)
        assert the_error(response) == (413, "BAD_USER_INPUT", "The body may have at most 65,536 bytes.")


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "PATCH"])
async def test_only_get_and_post_are_answered(client: httpx.AsyncClient, bearer: Bearer, method: str) -> None:
    response = await client.request(method, "/graphql?query={hello}", headers=bearer)
    assert the_error(response) == (405, "BAD_USER_INPUT", "This address answers GET, HEAD, POST only.")
    assert response.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    ("accept", "answered_as"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        (GRAPHQL_JSON, GRAPHQL_JSON),
        (f"{GRAPHQL_JSON}, application/json;q=0.9", GRAPHQL_JSON),
        (f"{GRAPHQL_JSON};q=0.1, application/json", "application/json"),
        ("text/html, */*;q=0.8", "application/json"),
        (f"text/html, {GRAPHQL_JSON};q=0.5, */*;q=0.1", GRAPHQL_JSON),
    ],
)
async def test_the_answer_comes_in_the_type_that_is_accepted(
    client: httpx.AsyncClient, bearer: Bearer, accept: str | None, answered_as: str
) -> None:
    request = client.build_request("POST", "/graphql", json={"query": "{ hello }"}, headers=bearer)
    del request.headers["accept"]
    if accept is not None:
        request.headers["accept"] = accept
    response = await client.send(request)
    assert (response.status_code, response.headers["content-type"]) == (200, f"{answered_as}; charset=utf-8")


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "image/png, text/*", "application/json;q=x"])
async def test_other_types_are_not_spoken(client: httpx.AsyncClient, bearer: Bearer, accept: str) -> None:
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers={**bearer, "Accept": accept})
    assert the_error(response)[:2] == (406, "BAD_USER_INPUT")


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ({"query": "{ hello"}, "Syntax Error: Expected Name, found <EOF>."),
        ({"query": "{ nothing }"}, "Cannot query field 'nothing' on type 'Query'."),
        ({"query": "query ($n: Int!) { echo(n: $n) }"}, None),
        ({"query": "query ($n: Int!) { echo(n: $n) }", "variables": {"n": "x"}}, None),
        ({"query": '{ echo(n: "x") }'}, 'Int cannot represent non-integer value: "x"'),
        ({"query": "query A { hello } query B { hello }"}, None),
    ],
)
async def test_a_request_that_cannot_run_is_400_or_200_by_type(
    client: httpx.AsyncClient, bearer: Bearer, operation: dict[str, Any], message: str | None
) -> None:
    for accept, status in ((GRAPHQL_JSON, 400), ("application/json", 200)):
        response = await client.post("/graphql", json=operation, headers={**bearer, "Accept": accept})
        found = the_error(response)
        assert found[:2] == (status, "BAD_USER_INPUT")
        assert message is None or found[2] == message


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (
            {"query": "query A { hello }", "operationName": "B"},
            'The document has no operation named "B".',
        ),
        ({"query": "fragment F on Query { hello }"}, "The document has no operation."),
        (
            {"query": "subscription { news }"},
            "Subscriptions are answered over WebSocket (graphql-transport-ws),"
            " or over HTTP with Accept: text/event-stream.",
        ),
    ],
)
async def test_an_operation_that_is_not_there_is_refused(
    client: httpx.AsyncClient, bearer: Bearer, operation: dict[str, Any], message: str
) -> None:
    response = await client.post("/graphql", json=operation, headers=bearer)
    assert the_error(response) == (400, "BAD_USER_INPUT", message)


async def test_server_sent_events_carry_a_subscription(client: httpx.AsyncClient, bearer: Bearer) -> None:
    response = await client.post(
        "/graphql",
        json={"query": "subscription { people { name } }"},
        headers={**bearer, "Accept": "text/event-stream"},
    )
    assert response.headers["content-type"] == "text/event-stream"
    assert response.text == (
        'event: next\ndata: {"data":{"people":{"name":"Person 0"}}}\n\n'
        'event: next\ndata: {"data":{"people":{"name":"Person 1"}}}\n\n'
        "event: complete\ndata: \n\n"
    )


def test_the_lines_of_events_end_in_lf() -> None:
    assert SSE.heartbeat_message(str) == ": ping\n\n"
    assert SSE.encode_complete() == "event: complete\ndata: \n\n"


async def test_server_sent_events_mask_errors(client: httpx.AsyncClient, bearer: Bearer) -> None:
    response = await client.post(
        "/graphql", json={"query": "subscription { breaks }"}, headers={**bearer, "Accept": "text/event-stream"}
    )
    events = [orjson.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: {")]
    assert events[0] == {"data": {"breaks": "once"}}
    assert events[1]["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "secret" not in response.text


async def test_an_operation_has_a_deadline(services: Services, bearer: Bearer) -> None:
    hurried = replace(services, settings=replace(services.settings, statement_seconds=0))
    async with client_of(app_on(hurried)) as client:
        response = await ask(client, bearer, "{ slow }")
    status, code, message = the_error(response)
    assert (status, code) == (503, "UNAVAILABLE")
    assert message == "This took too long and was stopped. Ask for less at once, or try again later."
    assert response.headers["retry-after"] == "5"


async def test_a_request_id_that_is_given_is_kept(client: httpx.AsyncClient) -> None:
    response = await client.get("/healthz", headers={"X-Request-ID": "trace-12345"})
    assert response.headers["x-request-id"] == "trace-12345"
    for odd in ("short", "x" * 65, "a b c d e f g", "evil\tinjected-line"):
        assert (await client.get("/healthz", headers={"X-Request-ID": odd})).headers["x-request-id"] != odd


async def test_health(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    response = await client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"database": "ok", "redis": "ok", "worker": "unknown"})


async def test_a_missing_worker_is_said_and_costs_no_readiness(services: Services, redis_url: str) -> None:
    bus = Bus(redis_url)
    async with client_of(app_on(replace(services, bus=bus))) as client:
        without = await client.get("/readyz")
        await say_present(bus.redis, "a worker")
        beside = await client.get("/readyz")
        await say_gone(bus.redis, "a worker")
        after = await client.get("/readyz")
    await bus.close()
    assert [(each.status_code, each.json()["worker"]) for each in (without, beside, after)] == [
        (200, "away"),
        (200, "ok"),
        (200, "away"),
    ]


async def test_without_redis_nobody_knows_of_workers(services: Services) -> None:
    bus = Bus("redis://127.0.0.1:1/0")
    async with client_of(app_on(replace(services, bus=bus))) as client:
        response = await client.get("/readyz")
    await bus.close()
    assert (response.status_code, response.json()) == (200, {"database": "ok", "redis": "away", "worker": "unknown"})


async def test_without_the_database_it_is_not_ready_and_says_so(services: Services, bearer: Bearer) -> None:
    nowhere = Database("postgresql://rollcall@127.0.0.1:1/rollcall")
    async with client_of(app_on(replace(services, database=nowhere))) as client:
        ready = await client.get("/readyz")
        asked = await ask(client, bearer, "{ hello }")
        alive = await client.get("/healthz")
    await nowhere.close()
    assert (ready.status_code, ready.json()["database"]) == (503, "away")
    assert the_error(asked)[:2] == (503, "UNAVAILABLE")
    assert asked.headers["retry-after"] == "5"
    assert alive.status_code == 200


async def test_the_landing_page_says_what_this_is(client: httpx.AsyncClient) -> None:
    response = await client.get("/")
    assert response.status_code == 200
    assert 'href="/graphiql"' in response.text
    assert "http://127.0.0.1:8000/graphql" in response.text
    policy = response.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "worker-src 'self' blob:" in policy
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_an_unknown_address_is_a_sentence(client: httpx.AsyncClient) -> None:
    for path in ("/nothing", "/graphql/", "/graphiql/assets/nothing.js", "/graphiql/assets/../../index.html"):
        assert the_error(await client.get(path))[:2] == (404, "BAD_USER_INPUT")
