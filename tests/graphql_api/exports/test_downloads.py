"""From exportRequest to the file: the link, and everything that must not lead to one."""

import asyncio
import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import select, update

from graphql_api.core.context import utc_now
from graphql_api.core.ids import global_id, parse_id
from graphql_api.exports.downloads import GONE, STALE, download_url
from models import Export, Role, Subject, User
from resolvers.access.viewers import SYSTEM
from resolvers.reports.generation import generate
from tests.support.archive import MARCH
from tests.support.college import ADMIN, BUILDER, HEAD, PRINCIPAL, TRAINER
from tests.support.factories import subject_ids
from tests.support.house import House

ASK = """mutation ($report: ID!, $format: ExportFormat!) {
    exportRequest(input: {report: $report, format: $format}) {
        export { id state format fileName byteSize error downloadUrl report { id } }
        userErrors { field message code } } }"""
LOOK = "query ($id: ID!) { export(id: $id) { id state error fileName byteSize sha256 downloadUrl } }"


@dataclass(frozen=True, slots=True)
class Made:
    """An export that is ready."""

    house: House
    report: str
    export: str
    url: str

    @property
    def number(self) -> int:
        return parse_id(self.export, "export")[1]

    async def answer(self, url: str | None = None) -> httpx.Response:
        return await self.house.get(url or self.url)

    async def is_refused(self, status: int, message: str, url: str | None = None) -> None:
        """The answer is that one error and not a byte of the file."""
        response = await self.answer(url)
        code = "FORBIDDEN" if status == 403 else "BAD_USER_INPUT"
        error = {"message": message, "extensions": {"code": code}}
        assert (response.status_code, response.json()) == (status, {"errors": [error]})


async def make(house: House, kind: str, source_id: str, email: str, format_name: str = "CSV") -> Made:
    """The report of a subject for March, exported by somebody."""
    async with house.database.read() as session:
        subject_id = (await subject_ids(session))[kind, source_id]
    (one,) = await house.database.in_snapshot(
        lambda session: generate(session, SYSTEM, [subject_id], MARCH, now=utc_now())
    )
    report = global_id(f"{kind.title().replace('_', '')}Report", one.report_id)
    payload = (await house.ask(email, ASK, report=report, format=format_name)).whole["exportRequest"]
    assert payload["userErrors"] == []
    export = payload["export"]
    assert export == {
        "id": export["id"],
        "state": "QUEUED",
        "format": format_name,
        "fileName": None,
        "byteSize": None,
        "error": None,
        "downloadUrl": None,
        "report": {"id": report},
    }
    await house.work_off()
    ready = (await house.ask(email, LOOK, id=export["id"])).whole["export"]
    assert (ready["state"], ready["error"]) == ("SUCCEEDED", None)
    return Made(house, report, export["id"], ready["downloadUrl"])


@pytest.fixture
async def made(college: House) -> Made:
    """The course of Bob, head of Building who taught it: other groups and their trainees may be in it."""
    return await make(college, "COURSE", "COL", BUILDER)


async def test_the_link_leads_to_the_file(made: Made) -> None:
    house = made.house
    export = (await house.ask(BUILDER, LOOK, id=made.export)).whole["export"]
    response = await made.answer()
    assert (response.status_code, len(response.content)) == (200, export["byteSize"])
    assert hashlib.sha256(response.content).hexdigest() == export["sha256"]
    assert response.content.startswith(b"PK\x03\x04")
    headers = {name: response.headers[name] for name in ("content-type", "content-length", "cache-control", "etag")}
    assert headers == {
        "content-type": "application/zip",
        "content-length": str(export["byteSize"]),
        "cache-control": "private, no-store",
        "etag": f'"{export["sha256"]}"',
    }
    disposition = "attachment; filename=\"course-Colour-2026-03.zip\"; filename*=UTF-8''course-Colour-2026-03.zip"
    assert response.headers["content-disposition"] == disposition
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_a_file_is_sent_as_it_is_kept(college: House) -> None:
    """Also one that could be compressed: its parts and lengths are those of the file."""
    made = await make(college, "COURSE", "COL", BUILDER, "JSON")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(college.app)) as client:
        response = await client.get(made.url, headers={"Accept-Encoding": "gzip, br"})
    export = (await college.ask(BUILDER, LOOK, id=made.export)).whole["export"]
    assert ("content-encoding" in response.headers, response.headers["content-type"]) == (False, "application/json")
    assert (hashlib.sha256(response.content).hexdigest(), len(response.content)) == (
        export["sha256"],
        export["byteSize"],
    )


async def test_the_link_says_who_what_and_until_when(made: Made) -> None:
    parts = urlsplit(made.url)
    given = parse_qs(parts.query)
    async with made.house.database.read() as session:
        user = await session.scalar(select(User.id).where(User.email == BUILDER))
    assert (parts.scheme, parts.netloc) == ("http", "127.0.0.1:8000")
    assert parts.path == f"/exports/{made.number}/course-Colour-2026-03.zip"
    assert (given["user"], set(given)) == ([str(user)], {"user", "until", "signature"})
    left = float(given["until"][0]) - utc_now().timestamp()
    assert 0 < left <= 600


def changed(url: str, name: str, value: str) -> str:
    return re.sub(rf"{name}=[^&]*", f"{name}={value}", url)


async def test_a_link_that_was_tampered_with_is_refused(made: Made) -> None:
    async with made.house.database.read() as session:
        principal = await session.scalar(select(User.id).where(User.email == PRINCIPAL))
    path = f"/exports/{made.number}/"
    for url in (
        changed(made.url, "user", str(principal)),
        changed(made.url, "until", "99999999999"),
        changed(made.url, "signature", "0" * 64),
        changed(made.url, "signature", "é"),
        changed(made.url, "signature", ""),
        changed(made.url, "user", "nobody"),
        changed(made.url, "user", "9" * 5_000),
        changed(made.url, "until", ""),
        made.url.replace(path, f"/exports/{made.number + 1}/"),
        made.url.replace(path, f"/exports/{'9' * 5_000}/"),
        made.url.replace(path, "/exports/x/"),
        made.url.partition("?")[0],
        re.sub("&signature=.*", "", made.url),
    ):
        await made.is_refused(403, STALE, url)
    assert (await made.answer()).status_code == 200


async def export_row(made: Made) -> Export:
    async with made.house.database.read() as session:
        return (await session.scalars(select(Export).where(Export.id == made.number))).one()


async def test_a_link_works_for_some_minutes(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    now = utc_now()
    for minutes, status in ((9, 200), (11, 403)):
        monkeypatch.setattr("graphql_api.exports.downloads.utc_now", lambda m=minutes: now + timedelta(minutes=m))
        assert (await made.answer()).status_code == status


async def test_an_expired_export_has_neither_link_nor_file(made: Made) -> None:
    async with made.house.database.write() as session:
        await session.execute(update(Export).values(expires_at=utc_now() - timedelta(seconds=1)))
    await made.is_refused(404, GONE)
    assert (await made.house.ask(BUILDER, LOOK, id=made.export)).whole["export"]["downloadUrl"] is None


async def test_a_link_ends_with_its_export(made: Made) -> None:
    export, settings = await export_row(made), made.house.services.settings
    url = download_url(settings, export, export.requested_by, export.expires_at - timedelta(minutes=1))
    assert url is not None
    assert parse_qs(urlsplit(url).query)["until"] == [str(int(export.expires_at.timestamp()))]


async def test_without_its_file_an_export_is_gone(made: Made) -> None:
    export = await export_row(made)
    assert export.file_key is not None
    await made.house.work.files.delete(export.file_key)
    await made.is_refused(404, GONE)


async def withdraw(made: Made, email: str, **values: Any) -> None:
    ties = dict.fromkeys(("school_id", "department_id", "programme_id", "trainer_id", "trainee_id"))
    async with made.house.database.write() as session:
        await session.execute(update(User).where(User.email == email).values({**ties, **values}))


async def subject(made: Made, source_id: str) -> int | None:
    async with made.house.database.read() as session:
        return await session.scalar(select(Subject.id).where(Subject.source_id == source_id))


async def test_without_rights_a_good_link_leads_nowhere(made: Made) -> None:
    await withdraw(made, BUILDER, role=Role.SERVICE, school_id=await subject(made, "A"))
    await made.is_refused(404, GONE)


async def test_a_link_has_the_rights_of_the_account_as_it_is_now(made: Made) -> None:
    await withdraw(made, BUILDER, role=Role.TRAINER, trainer_id=await subject(made, "cyd"))
    await made.is_refused(404, GONE)


async def test_who_may_no_longer_see_a_name_in_it_has_to_ask_again(college: House) -> None:
    made = await make(college, "CLASS_GROUP", "P1", PRINCIPAL)
    bob = await subject(made, "bob")
    export = await export_row(made)
    # P1 has no session without marks: as if it had one, taught by bob
    async with college.database.write() as session:
        await session.execute(update(Export).values(names=[*export.names, bob]))
    assert (await made.answer()).status_code == 200
    await withdraw(made, PRINCIPAL, role=Role.TRAINER, trainer_id=await subject(made, "ada"))
    await made.is_refused(404, GONE)
    again = await make(college, "CLASS_GROUP", "P1", PRINCIPAL)
    assert (await again.answer()).status_code == 200


async def test_the_export_of_another_is_nobodys_business(made: Made) -> None:
    for email in (PRINCIPAL, HEAD, TRAINER):
        assert (await made.house.ask(email, LOOK, id=made.export)).whole == {"export": None}
    async with made.house.database.read() as session:
        principal = await session.scalar(select(User.id).where(User.email == PRINCIPAL))
    assert principal is not None
    # even a link that we signed ourselves
    url = download_url(made.house.services.settings, await export_row(made), principal, utc_now())
    await made.is_refused(404, GONE, url)
    admins = (await made.house.ask(ADMIN, LOOK, id=made.export)).whole["export"]
    assert (await made.answer(admins["downloadUrl"])).status_code == 200


@pytest.mark.parametrize(
    ("format_name", "media_type", "begin"),
    [
        ("PDF", "application/pdf", b"%PDF-"),
        ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
        ("JSON", "application/json", b'{"id":"'),
    ],
)
async def test_files_come_as_what_they_are(college: House, format_name: str, media_type: str, begin: bytes) -> None:
    made = await make(college, "TRAINEE", "quo", ADMIN, format_name)
    response = await made.answer()
    assert (response.status_code, response.headers["content-type"]) == (200, media_type)
    assert response.content.startswith(begin)


async def test_of_bad_input_nothing_is_exported(college: House) -> None:
    before = await college.counts()
    for given, message in (
        ("x", "'x' is not an id; take one from a field `id`"),
        (global_id("Course", 1), "it is the id of a Course, not of a report"),
        (global_id("CourseReport", 2**62), "there is no such report"),
    ):
        payload = (await college.ask(ADMIN, ASK, report=given, format="CSV")).whole["exportRequest"]
        assert payload["export"] is None
        assert [(one["field"], one["message"]) for one in payload["userErrors"]] == [(["report"], message)]
    answer = await college.ask(ADMIN, ASK, report=global_id("CourseReport", 1), format="DOCX")
    assert (answer.data, [one.code for one in answer.errors]) == (None, ["BAD_USER_INPUT"])
    assert await college.counts() == before


async def test_several_at_once_are_several_files(college: House) -> None:
    made = await make(college, "COURSE", "COL", ADMIN)
    payloads = await asyncio.gather(*(college.ask(ADMIN, ASK, report=made.report, format="JSON") for _ in range(3)))
    ids = {payload.whole["exportRequest"]["export"]["id"] for payload in payloads}
    assert (len(ids), await college.work_off()) == (3, 3)
    async with college.database.read() as session:
        keys = list(await session.scalars(select(Export.file_key)))
    assert len(set(keys)) == 4
