"""What clients read of errors, and what the log keeps."""

import httpx
import pytest
from structlog.testing import capture_logs

from graphql_api.core.field_permission import FieldPermission
from models import Role
from models.settings import Settings
from tests.graphql_api.conftest import AddUser, bearer_of
from tests.graphql_api.http.test_http import Bearer, ask
from tests.support.tiny_schema import build_schema


async def test_an_unexpected_error_is_masked_and_logged(client: httpx.AsyncClient, bearer: Bearer, ada: int) -> None:
    with capture_logs() as logs:
        response = await ask(client, bearer, "query Sauce { hello fail }")
    request_id = response.headers["x-request-id"]
    assert response.status_code == 200
    assert response.json() == {
        "data": {"hello": "hello", "fail": None},
        "errors": [
            {
                "message": f"Something went wrong on our side. If you ask for help, quote request id {request_id}.",
                "locations": [{"line": 1, "column": 21}],
                "path": ["fail"],
                "extensions": {"code": "INTERNAL", "requestId": request_id},
            }
        ],
    }
    (line,) = [entry for entry in logs if entry["log_level"] == "error"]
    assert (line["event"], line["operation"], line["path"]) == ("operation failed", "Sauce", ["fail"])
    assert str(line["exc_info"]) == "the secret sauce"
    assert line["exc_info"].__traceback__ is not None


async def test_the_log_names_request_viewer_and_role(
    client: httpx.AsyncClient, bearer: Bearer, ada: int, capsys: pytest.CaptureFixture[str]
) -> None:
    response = await ask(client, bearer, "query Odd { refuse }")
    line = next(each for each in capsys.readouterr().out.splitlines() if "refused" in each)
    for part in (response.headers["x-request-id"], f"{ada}", "ADMIN", "Odd", "BAD_USER_INPUT"):
        assert part in line


async def test_an_expected_error_keeps_its_sentence(client: httpx.AsyncClient, bearer: Bearer) -> None:
    response = await ask(client, bearer, "{ refuse refusal }")
    assert [(error["path"], error["message"], error["extensions"]) for error in response.json()["errors"]] == [
        (["refuse"], "Give a period that begins before it ends.", {"code": "BAD_USER_INPUT"}),
        (["refusal"], "period.month: 2026-13 is no month.", {"code": "BAD_USER_INPUT"}),
    ]
    assert response.json()["data"] == {"refuse": None, "refusal": None}


async def test_a_busy_database_is_503_where_nothing_else_is_answered(client: httpx.AsyncClient, bearer: Bearer) -> None:
    alone = await ask(client, bearer, "{ busy }")
    beside = await ask(client, bearer, "{ busy hello }")
    assert (alone.status_code, alone.headers["retry-after"]) == (503, "5")
    assert (beside.status_code, beside.json()["data"]) == (200, {"busy": None, "hello": "hello"})
    for response in (alone, beside):
        (error,) = response.json()["errors"]
        assert error["extensions"] == {"code": "UNAVAILABLE"}
        assert "QueuePool" not in response.text


async def test_a_result_that_cannot_be_written_is_our_fault(client: httpx.AsyncClient, bearer: Bearer) -> None:
    (error,) = (await ask(client, bearer, "{ unwritable }")).json()["errors"]
    assert error["extensions"]["code"] == "INTERNAL"


async def test_an_argument_that_cannot_be_used_is_the_clients(client: httpx.AsyncClient, bearer: Bearer) -> None:
    query = "query ($n: Int = 1) { echo(n: $n) }"
    (error,) = (await ask(client, bearer, query, variables={"n": None})).json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_one_forbidden_error_per_field_and_operation(
    client: httpx.AsyncClient, settings: Settings, add_user: AddUser
) -> None:
    trainer = bearer_of(settings, await add_user("tom@example.org", Role.TRAINER, "Person 3"))
    response = await ask(client, trainer, "{ people(first: 400) { nodes { name email phone } } }")
    answer = response.json()
    assert response.status_code == 200
    assert [(error["path"], error["message"], error["extensions"]) for error in answer["errors"]] == [
        (
            ["people", "nodes", 0, name],
            f"You may not read Person.{name}. Requires: ADMIN, or yourself.",
            {"code": "FORBIDDEN"},
        )
        for name in ("email", "phone")
    ]
    nodes = answer["data"]["people"]["nodes"]
    assert [node for node in nodes if node["email"] or node["phone"]] == [
        {"name": "Person 3", "email": "p3@example.org", "phone": "555-0100"}
    ]
    assert len(nodes) == 400


async def test_whoever_may_read_a_field_reads_it(client: httpx.AsyncClient, bearer: Bearer) -> None:
    response = await ask(client, bearer, "{ people(first: 1) { nodes { email phone } } }")
    assert response.json() == {"data": {"people": {"nodes": [{"email": "p0@example.org", "phone": "555-0100"}]}}}


def test_a_permission_writes_its_rule_into_the_description() -> None:
    person = build_schema()._schema.type_map["Person"]
    fields = getattr(person, "fields")  # noqa: B009 (mypy knows no fields of a named type)
    assert fields["email"].description == "Where to write to.\n\nRequires: ADMIN, or yourself."
    assert fields["phone"].description == "Requires: ADMIN, or yourself."


def test_a_guarded_field_must_be_nullable() -> None:
    import strawberry

    class Never(FieldPermission):
        rule = "Requires: nobody."

    @strawberry.type
    class Query:
        secret: str = strawberry.field(extensions=[Never()])

    with pytest.raises(TypeError, match="secret has a permission, so its type must be nullable"):
        strawberry.Schema(Query)
