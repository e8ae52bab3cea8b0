"""`rollcall query GRAPHQL --as EMAIL`: one operation in process, by the schema and the rules of the API."""

import json
from typing import Any
from uuid import uuid4

import orjson
import typer

from graphql_api.cli.core.composition import run, services_of
from graphql_api.cli.core.console import result
from graphql_api.core.context import Context, current_viewer, utc_now
from graphql_api.http.body import Operation, operation_of
from graphql_api.http.endpoint import answer_of, run_operation
from graphql_api.operations.masking import error_entry
from graphql_api.schema import build_schema
from jobs.work.task import WorkContext
from resolvers.access.sign_in import AccountError, account_by_email


def run_query(graphql: str, email: str, variables: str | None) -> int:
    """Prints the answer; 1 if it has errors."""
    operation = operation_of({"query": graphql, "variables": _object(variables)})
    answer = run(lambda work: _answer(work, operation, email), for_requests=True)
    result(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode())
    return int("errors" in answer)


def _object(variables: str | None) -> dict[str, Any] | None:
    if variables is None:
        return None
    try:
        value = json.loads(variables)
    except ValueError as error:
        raise typer.BadParameter(f"this is not JSON: {error}", param_hint="--variables") from None
    if not isinstance(value, dict):
        raise typer.BadParameter('give a JSON object, such as {"id": "…"}', param_hint="--variables")
    return value


async def _answer(work: WorkContext, operation: Operation, email: str) -> dict[str, Any]:
    services, now, request_id = services_of(work), utc_now(), uuid4().hex
    async with work.database.read() as session:
        account = await account_by_email(session, email)
    if account is None:
        raise AccountError(f"There is no account with the e-mail address {email!r}.")
    viewer = await current_viewer(services, account.user_id, None, now)
    try:
        return answer_of(await run_operation(build_schema(), operation, Context(services, viewer, now, request_id)))
    except Exception as error:  # as over HTTP: the answer is JSON also where nothing ran
        return {"errors": [error_entry(error, request_id)[1]]}
