"""A file behind its link: parts of it, what is known of it already, what must never be sent; from both file stores."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import httpx
import pytest
from sqlalchemy import update
from starlette.applications import Starlette
from werkzeug.http import parse_options_header

from graphql_api.core.context import utc_now
from graphql_api.core.ids import global_id
from graphql_api.exports.downloads import AWAY, DAMAGED, GONE, STALE, download_url
from models import Export, Role, User, WorkState
from models.database import Database
from models.files import CHUNK, StoreError, new_key
from models.settings import Settings
from resolvers.access.viewers import SYSTEM
from resolvers.reports.generation import generate
from tests.support.archive import MARCH
from tests.support.college import BUILDER, COLLEGE
from tests.support.factories import begun_with, subject_ids
from tests.support.house import House, open_house
from tests.support.rendering_here import RenderingHere

if TYPE_CHECKING:
    from tests.support.s3 import Storage

CONTENT = bytes(range(256)) * (3 * CHUNK // 256) + b"and a little more"
SIZE = len(CONTENT)
ETAG = f'"{hashlib.sha256(CONTENT).hexdigest()}"'
NAME = 'Übersicht "Colour" 2026/03.csv'
ASK = """mutation ($report: ID!) {
    exportRequest(input: {report: $report, format: CSV}) { export { id } userErrors { message } } }"""
LOOK = "query ($id: ID!) { export(id: $id) { state error byteSize sha256 downloadUrl } }"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was published, and the link to it."""

    house: House
    export: Export
    url: str

    async def ask(self, method: str = "GET", **headers: str) -> httpx.Response:
        """What is answered to that request; `if_range` is If-Range."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.house.app)) as client:
            return await client.request(method, self.url, headers=sent)

    async def is_refused(self, status: int, message: str) -> None:
        """However it is asked for, the answer is that error, and not a byte of the file."""
        asked: tuple[dict[str, str], ...] = ({}, {"range": "bytes=0-9"}, {"if_none_match": ETAG})
        for headers in asked:
            answer = await self.ask(**headers)
            assert (answer.status_code, [error["message"] for error in answer.json()["errors"]]) == (status, [message])
            assert "etag" not in answer.headers
        head = await self.ask("HEAD")
        assert (head.status_code, "etag" in head.headers) == (status, False)


@pytest.fixture(params=["local", "s3"])
async def house(
    request: pytest.FixtureRequest, settings: Settings, database_url: str, database: Database, tmp_path: Path
) -> AsyncIterator[House]:
    """The college, with its files in a folder and in a bucket."""
    async with database.write() as session:
        await begun_with(session, COLLEGE, tmp_path / "college")
    files = request.getfixturevalue("bucket") if request.param == "s3" else None
    async with open_house(replace(settings, files=files), database_url, RenderingHere()) as opened:
        yield opened


async def report_of_colour(house: House) -> int:
    async with house.database.read() as session:
        subject_id = (await subject_ids(session))["COURSE", "COL"]
    made = await house.database.in_snapshot(
        lambda session: generate(session, SYSTEM, [subject_id], MARCH, now=utc_now())
    )
    return made[0].report_id


@pytest.fixture
async def kept(house: House) -> Kept:
    """A file of the report of a course, for who may read all that is in it."""
    report_id, key, user_id = await report_of_colour(house), new_key(), (await house.viewer(BUILDER)).user_id
    async with house.work.files.draft() as draft:
        draft.write_bytes(CONTENT)
        await house.work.files.publish(draft, key)
    now = utc_now()
    export = Export(
        report_id=report_id,
        report_ids=[report_id],
        format="CSV",
        state=WorkState.SUCCEEDED,
        file_name=NAME,
        media_type="text/csv",
        file_key=key,
        byte_size=SIZE,
        sha256=ETAG.strip('"'),
        requested_by=user_id,
        requested_at=now,
        finished_at=now,
        expires_at=now + timedelta(days=7),
    )
    async with house.database.write() as session:
        session.add(export)
    url = download_url(house.services.settings, export, user_id, now)
    assert url is not None
    return Kept(house, export, url)


def known(answer: httpx.Response, *names: str) -> dict[str, str]:
    return {name: answer.headers[name] for name in names if name in answer.headers}


async def test_the_whole_file_comes_with_all_that_is_known_of_it(kept: Kept) -> None:
    answer = await kept.ask()
    assert (answer.status_code, answer.content) == (200, CONTENT)
    named = known(answer, "content-type", "content-length", "etag", "accept-ranges", "cache-control", "content-range")
    assert named == {
        "content-type": "text/csv; charset=utf-8",
        "content-length": str(SIZE),
        "etag": ETAG,
        "accept-ranges": "bytes",
        "cache-control": "private, no-store",
    }
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_any_name_is_in_the_link_and_in_the_answer(kept: Kept) -> None:
    saved = 'Übersicht "Colour" 2026_03.csv'
    assert unquote(urlsplit(kept.url).path) == f"/exports/{kept.export.id}/{saved}"
    disposition = (await kept.ask()).headers["content-disposition"]
    assert disposition == (
        'attachment; filename="Ubersicht _Colour_ 2026_03.csv";'
        " filename*=UTF-8''%C3%9Cbersicht%20%22Colour%22%202026_03.csv"
    )
    assert parse_options_header(disposition) == ("attachment", {"filename": saved})


PARTS = {
    "bytes=0-0": (0, 1),
    "bytes=10-19": (10, 20),
    f"bytes={CHUNK - 1}-{2 * CHUNK}": (CHUNK - 1, 2 * CHUNK + 1),
    f"bytes={SIZE - 5}-": (SIZE - 5, SIZE),
    "bytes=-5": (SIZE - 5, SIZE),
    f"bytes={SIZE - 1}-{SIZE + 100}": (SIZE - 1, SIZE),
}


async def test_a_part_is_what_it_says(kept: Kept) -> None:
    disposition = (await kept.ask()).headers["content-disposition"]
    for asked, (first, end) in PARTS.items():
        answer = await kept.ask(range=asked)
        assert (answer.status_code, answer.content) == (206, CONTENT[first:end])
        assert known(answer, "content-range", "content-length", "etag", "content-disposition") == {
            "content-range": f"bytes {first}-{end - 1}/{SIZE}",
            "content-length": str(end - first),
            "etag": ETAG,
            "content-disposition": disposition,
        }


async def test_a_part_behind_the_end_is_refused_with_the_size(kept: Kept) -> None:
    answer = await kept.ask(range=f"bytes={SIZE}-")
    message = f"The file has {SIZE} bytes; there are none where you ask for some."
    error = {"message": message, "extensions": {"code": "BAD_USER_INPUT"}}
    assert (answer.status_code, answer.json()) == (416, {"errors": [error]})
    assert answer.headers["content-range"] == f"bytes */{SIZE}"


async def test_what_is_no_single_part_of_this_file_is_all_of_it(kept: Kept) -> None:
    for asked in ("bytes=0-1,5-6", "rows=0-1", "bytes=9-1"):
        answer = await kept.ask(range=asked)
        assert (answer.status_code, answer.content, "content-range" in answer.headers) == (200, CONTENT, False)
    answer = await kept.ask(range="bytes=0-1", if_range='"another"')
    assert (answer.status_code, answer.content) == (200, CONTENT)


async def test_a_download_that_broke_off_goes_on(kept: Kept) -> None:
    begin = CONTENT[: CHUNK + 7]
    rest = await kept.ask(range=f"bytes={len(begin)}-", if_range=ETAG)
    assert (rest.status_code, hashlib.sha256(begin + rest.content).hexdigest()) == (206, kept.export.sha256)


async def test_head_says_all_and_sends_nothing(kept: Kept) -> None:
    whole = all_but_its_id(await kept.ask())
    for headers in ({}, {"range": "bytes=0-9"}):
        head = await kept.ask("HEAD", **headers)
        assert (head.status_code, head.content, all_but_its_id(head)) == (200, b"", whole)


def all_but_its_id(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "x-request-id"}


async def test_who_has_the_file_gets_none(kept: Kept) -> None:
    for method in ("GET", "HEAD"):
        for headers in ({}, {"range": "bytes=0-9"}):
            answer = await kept.ask(method, if_none_match=f'"a", W/{ETAG}', **headers)
            assert (answer.status_code, answer.content) == (304, b"")
            assert known(answer, "etag", "cache-control", "content-length", "content-disposition") == {
                "etag": ETAG,
                "cache-control": "private, no-store",
            }
    assert (await kept.ask(if_none_match='"another"')).content == CONTENT


async def test_no_other_method_is_answered(kept: Kept) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer = await kept.ask(method)
        assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (405, {"GET", "HEAD"})


async def change_user(kept: Kept, **values: Any) -> None:
    ties = dict.fromkeys(("school_id", "department_id", "programme_id", "trainer_id", "trainee_id"))
    async with kept.house.database.write() as session:
        await session.execute(update(User).where(User.email == BUILDER).values({**ties, **values}))


async def change_row(kept: Kept, **values: Any) -> None:
    async with kept.house.database.write() as session:
        await session.execute(update(Export).values(values))


async def test_without_rights_not_even_a_part_is_sent(kept: Kept) -> None:
    assert (await kept.ask(range="bytes=0-9")).content == CONTENT[:10]
    async with kept.house.database.read() as session:
        cyd = (await subject_ids(session))["TRAINER", "cyd"]
    await change_user(kept, role=Role.TRAINER, trainer_id=cyd)
    await kept.is_refused(404, GONE)


async def test_of_an_expired_file_not_even_a_part_is_sent(kept: Kept) -> None:
    await change_row(kept, expires_at=utc_now() - timedelta(seconds=1))
    await kept.is_refused(404, GONE)


async def test_nothing_is_sent_unless_the_export_has_ended_well(kept: Kept) -> None:
    for state in set(WorkState) - {WorkState.SUCCEEDED}:
        await change_row(kept, state=state)
        await kept.is_refused(404, GONE)


async def test_a_stale_link_gets_not_even_a_part(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    later = utc_now() + timedelta(minutes=11)
    monkeypatch.setattr("graphql_api.exports.downloads.utc_now", lambda: later)
    await kept.is_refused(403, STALE)


async def test_a_file_that_is_not_there_is_gone(kept: Kept) -> None:
    await kept.house.work.files.delete(kept.export.file_key or "")
    await kept.is_refused(404, GONE)


async def test_a_file_of_another_size_is_not_given_out(kept: Kept) -> None:
    await change_row(kept, byte_size=SIZE + 1)
    await kept.is_refused(404, DAMAGED)


@pytest.mark.parametrize("house", ["s3"], indirect=True)
async def test_a_storage_that_is_away_is_said(kept: Kept, storage: "Storage") -> None:
    with storage.failing("HEAD", kept.export.file_key or "", "403 Forbidden"):
        await kept.is_refused(503, AWAY)
        assert (await kept.ask()).headers["retry-after"] == "60"
    assert (await kept.ask()).content == CONTENT


@pytest.mark.parametrize("house", ["s3"], indirect=True)
async def test_a_storage_that_goes_away_breaks_the_answer_off(kept: Kept, storage: "Storage") -> None:
    with storage.failing("GET", kept.export.file_key or "", "403 Forbidden"), pytest.raises(StoreError):
        await kept.ask()


@pytest.fixture
def app(kept: Kept) -> Starlette:
    """What `address` serves."""
    return kept.house.app


async def test_a_real_connection_gets_the_same(kept: Kept, address: str) -> None:
    url = kept.url.replace("127.0.0.1:8000", address)
    # one connection: an answer with too much or too little would spoil it
    async with httpx.AsyncClient(timeout=None) as client:
        for method, headers, status, content in (
            ("HEAD", {}, 200, b""),
            ("GET", {"range": "bytes=5-8"}, 206, CONTENT[5:9]),
            ("GET", {"if-none-match": ETAG}, 304, b""),
            ("HEAD", {"if-none-match": ETAG}, 304, b""),
            ("GET", {"range": f"bytes={SIZE}-"}, 416, None),
            ("GET", {}, 200, CONTENT),
        ):
            answer = await client.request(method, url, headers=headers)
            assert (answer.status_code, content is None or answer.content == content) == (status, True)


async def test_half_a_file_is_never_taken_for_a_whole_one(
    kept: Kept, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, half = kept.house.work.files, new_key()
    async with files.draft() as draft:
        draft.write_bytes(CONTENT[: SIZE // 2])
        await files.publish(draft, half)
    await change_row(kept, file_key=half)
    await kept.is_refused(404, DAMAGED)

    async def as_written(_: str) -> int:
        return SIZE  # and it lost its second half only then

    monkeypatch.setattr(files, "size", as_written)
    async with httpx.AsyncClient(timeout=None) as client:
        with pytest.raises(httpx.RemoteProtocolError, match="closed"):
            await client.get(kept.url.replace("127.0.0.1:8000", address))


async def test_an_export_is_made_kept_and_fetched_in_parts(house: House) -> None:
    report = global_id("CourseReport", await report_of_colour(house))
    asked = (await house.ask(BUILDER, ASK, report=report)).whole["exportRequest"]
    assert (asked["userErrors"], await house.work_off()) == ([], 1)
    ready = (await house.ask(BUILDER, LOOK, id=asked["export"]["id"])).whole["export"]
    assert (ready["state"], ready["error"]) == ("SUCCEEDED", None)
    parts = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(house.app)) as client:
        for first in range(0, ready["byteSize"], 1_000):
            answer = await client.get(ready["downloadUrl"], headers={"range": f"bytes={first}-{first + 999}"})
            assert answer.status_code == 206
            parts.append(answer.content)
    assert len(parts) > 1
    assert hashlib.sha256(b"".join(parts)).hexdigest() == ready["sha256"]
