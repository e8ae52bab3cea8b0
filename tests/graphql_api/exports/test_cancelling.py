"""runCancel and exportCancel: for who asked and for ADMIN; for others there is nothing to cancel."""

import pytest
from sqlalchemy import select

from graphql_api.core.ids import global_id
from models import Job, WorkState
from tests.support.college import ADMIN, HEAD, PRINCIPAL, SERVICE, TRAINEE
from tests.support.house import House

GENERATE = """mutation { reportsGenerate(input: {kind: COURSE, period: {month: "2026-03"}}) { run { id } } }"""
REPORT = """mutation ($subject: ID!) {
    reportGenerate(input: {subject: $subject, period: {month: "2026-03"}}) { report { id } } }"""
EXPORT = "mutation ($report: ID!) { exportRequest(input: {report: $report, format: CSV}) { export { id } } }"
RUN_CANCEL = """mutation ($id: ID!) { runCancel(input: {id: $id}) {
    run { id state error } userErrors { field message code } } }"""
EXPORT_CANCEL = """mutation ($id: ID!) { exportCancel(input: {id: $id}) {
    export { id state error downloadUrl } userErrors { field message code } } }"""


async def a_run(college: House) -> str:
    return str((await college.ask(HEAD, GENERATE)).whole["reportsGenerate"]["run"]["id"])


async def an_export(college: House) -> str:
    course = (await college.ask(HEAD, '{ course(sourceId: "COL") { id } }')).whole["course"]["id"]
    report = (await college.ask(HEAD, REPORT, subject=course)).whole["reportGenerate"]["report"]["id"]
    return str((await college.ask(HEAD, EXPORT, report=report)).whole["exportRequest"]["export"]["id"])


async def jobs(college: House) -> list[str]:
    async with college.database.read() as session:
        return list(await session.scalars(select(Job.state)))


@pytest.mark.parametrize("email", [HEAD, ADMIN])
async def test_a_run_is_cancelled(college: House, email: str) -> None:
    id_ = await a_run(college)
    answer = (await college.ask(email, RUN_CANCEL, id=id_)).whole["runCancel"]
    assert answer == {"run": {"id": id_, "state": "CANCELLED", "error": None}, "userErrors": []}
    assert await jobs(college) == [WorkState.CANCELLED]
    assert await college.work_off() == 0
    again = (await college.ask(email, RUN_CANCEL, id=id_)).whole["runCancel"]
    refused = {"field": ["id"], "message": "it was cancelled already", "code": "CONFLICT"}
    assert again == {"run": None, "userErrors": [refused]}


@pytest.mark.parametrize("email", [HEAD, ADMIN])
async def test_an_export_is_cancelled(college: House, email: str) -> None:
    id_ = await an_export(college)
    answer = (await college.ask(email, EXPORT_CANCEL, id=id_)).whole["exportCancel"]
    cancelled = {"id": id_, "state": "CANCELLED", "error": None, "downloadUrl": None}
    assert answer == {"export": cancelled, "userErrors": []}
    assert await jobs(college) == [WorkState.CANCELLED]
    assert await college.work_off() == 0


async def test_what_is_done_is_done(college: House) -> None:
    id_ = await an_export(college)
    assert await college.work_off() == 1
    refused = {"field": ["id"], "message": "it is done already", "code": "CONFLICT"}
    answer = (await college.ask(HEAD, EXPORT_CANCEL, id=id_)).whole["exportCancel"]
    assert answer == {"export": None, "userErrors": [refused]}
    assert await jobs(college) == [WorkState.SUCCEEDED]


@pytest.mark.parametrize("email", [PRINCIPAL, TRAINEE, SERVICE])
async def test_what_somebody_else_asked_for_does_not_exist(college: House, email: str) -> None:
    run, export = await a_run(college), await an_export(college)
    refused = {"field": ["id"], "message": "there is no such run", "code": "NOT_FOUND"}
    answer = (await college.ask(email, RUN_CANCEL, id=run)).whole["runCancel"]
    assert answer == {"run": None, "userErrors": [refused]}
    refused["message"] = "there is no such export"
    answer = (await college.ask(email, EXPORT_CANCEL, id=export)).whole["exportCancel"]
    assert answer == {"export": None, "userErrors": [refused]}
    assert await jobs(college) == [WorkState.QUEUED] * 2


async def test_the_id_of_something_else_is_refused(college: House) -> None:
    id_ = global_id("Export", 1)
    (error,) = (await college.ask(HEAD, RUN_CANCEL, id=id_)).whole["runCancel"]["userErrors"]
    assert error == {"field": ["id"], "message": f"{id_!r} is the id of a Export, not of a Run", "code": "INVALID"}
