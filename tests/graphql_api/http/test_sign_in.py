"""Signing in by password, tokens that are good and tokens that are not, and what ends a sign-in."""

import base64
import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import orjson
import pytest
from argon2 import PasswordHasher
from sqlalchemy import delete, select, update

from graphql_api.http.attempts import AttemptLimiter
from graphql_api.http.sign_in import issue_token
from graphql_api.http.tokens import _key, create_token, read_token
from models import Role, User
from models.database import Database
from models.settings import Settings
from resolvers.access.sign_in import AccountError, set_password
from tests.graphql_api.conftest import AddUser, bearer_of
from tests.graphql_api.http.test_http import the_error

NOW = datetime(2026, 3, 2, 9, 0, 0, 250_000, tzinfo=UTC)
PASSWORD = "correct horse ²"
WRONG = "The e-mail address or the password is wrong."


async def sign_in(client: httpx.AsyncClient, username: str, password: str) -> httpx.Response:
    return await client.post("/auth/token", data={"username": username, "password": password})


async def give_password(database: Database, password: str = PASSWORD, email: str = "ada@example.org") -> None:
    async with database.write() as session:
        await set_password(session, email, password, datetime.now(UTC))


async def whoami(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post(
        "/graphql", json={"query": "{ me }"}, headers={"Authorization": f"Bearer {token}"} if token else {}
    )


async def test_a_password_is_traded_for_a_token(client: httpx.AsyncClient, database: Database, ada: int) -> None:
    await give_password(database)
    response = await sign_in(client, " Ada@Example.org", PASSWORD)
    answer = response.json()
    assert response.status_code == 200
    assert set(answer) == {"access_token", "token_type", "expires_in"}
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 12 * 3600)
    assert response.headers["cache-control"] == "no-store"
    assert (await whoami(client, answer["access_token"])).json() == {"data": {"me": "ada@example.org"}}


async def test_the_same_letters_typed_otherwise_are_the_same_password(
    client: httpx.AsyncClient, database: Database, ada: int
) -> None:
    await give_password(database, "pässword-éé")
    assert (await sign_in(client, "ada@example.org", "pa\u0308ssword-e\u0301e\u0301")).status_code == 200


async def test_a_refusal_does_not_say_which_was_wrong(
    client: httpx.AsyncClient, database: Database, ada: int, add_user: AddUser
) -> None:
    await give_password(database)
    await add_user("bare@example.org")  # has no password
    answers = [
        await sign_in(client, username, password)
        for username, password in (
            ("ada@example.org", "not her password"),
            ("nobody@example.org", PASSWORD),
            ("bare@example.org", PASSWORD),
            ("a\0da@example.org", PASSWORD),
            ("ada@example.org", "x" * 1_001),
        )
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.json()["error_description"] for answer in answers} == {WRONG}
    assert {answer.headers["www-authenticate"] for answer in answers} == {'Bearer realm="rollcall"'}


async def test_a_service_account_signs_in_too(client: httpx.AsyncClient, database: Database, add_user: AddUser) -> None:
    await add_user("robot@example.org", Role.SERVICE)
    await give_password(database, email="robot@example.org")
    assert (await sign_in(client, "robot@example.org", PASSWORD)).status_code == 200


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", '{"username": "a", "password": "b"}', 415),
        ("multipart/form-data; boundary=x", "--x--", 415),
        ("application/x-www-form-urlencoded", "", 400),
        ("application/x-www-form-urlencoded", "username=ada", 400),
        ("application/x-www-form-urlencoded", "username=&password=x", 400),
        ("application/x-www-form-urlencoded", "username=a&username=b&password=x", 400),
        ("application/x-www-form-urlencoded", "username=%ff&password=x", 400),
        ("application/x-www-form-urlencoded", b"username=\xff&password=x", 400),
        ("application/x-www-form-urlencoded", "&".join(f"a{n}=1" for n in range(30)), 400),
        ("application/x-www-form-urlencoded", "username=a&password=" + "x" * 9_000, 413),
    ],
)
async def test_an_odd_form_is_refused(
    client: httpx.AsyncClient, content_type: str, body: str | bytes, status: int
) -> None:
    response = await client.post("/auth/token", content=body, headers={"Content-Type": content_type})
    assert the_error_of_sign_in(response) == (status, "BAD_USER_INPUT")


def the_error_of_sign_in(response: httpx.Response) -> tuple[int, str]:
    (error,) = response.json()["errors"]
    assert response.json()["error_description"] == error["message"]
    return response.status_code, error["extensions"]["code"]


async def test_guessing_is_held_back(client: httpx.AsyncClient, database: Database, ada: int) -> None:
    await give_password(database)
    for _ in range(5):
        assert (await sign_in(client, "ada@example.org", "a wrong guess")).status_code == 401
    for password in ("a wrong guess", PASSWORD):
        response = await sign_in(client, "ADA@example.org", password)
        assert the_error_of_sign_in(response) == (429, "RATE_LIMITED")
        assert 0 < int(response.headers["retry-after"]) <= 60
    assert (await sign_in(client, "other@example.org", "a wrong guess")).status_code == 401


async def test_signing_in_often_is_not_guessing(client: httpx.AsyncClient, database: Database, ada: int) -> None:
    await give_password(database)
    assert [(await sign_in(client, "ada@example.org", PASSWORD)).status_code for _ in range(7)] == [200] * 7


def test_attempts_are_counted_in_a_sliding_window() -> None:
    now = 100.0
    limiter = AttemptLimiter(2, 60, keys=2, clock=lambda: now)
    assert [limiter.allow("a"), limiter.allow("a"), limiter.allow("a")] == [None, None, 60]
    limiter.forgive("a")
    assert [limiter.allow("a"), limiter.allow("a")] == [None, 60]
    now = 159.5
    assert limiter.allow("a") == 1
    now = 160.0
    assert [limiter.allow("a"), limiter.allow("a"), limiter.allow("a")] == [None, None, 60]
    assert [limiter.allow("b"), limiter.allow("c")] == [None, None]
    assert limiter.allow("a") is None  # the oldest key makes room: memory is bounded


async def test_an_old_hash_is_replaced_by_a_newer_one(client: httpx.AsyncClient, database: Database, ada: int) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=1_024, parallelism=1).hash("correct horse")
    async with database.write() as session:
        await session.execute(update(User).values(password_hash=old))
    assert (await sign_in(client, "ada@example.org", "correct horse")).status_code == 200
    async with database.read() as session:
        newer = await session.scalar(select(User.password_hash))
    assert newer is not None
    assert newer.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await sign_in(client, "ada@example.org", "correct horse")).status_code == 200


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("nine char", "A password needs at least 10 characters; this one has 9."),
        ("x" * 1_001, "A password may have at most 1,000 characters."),
        ("ten chars \udcff", "A password must be text in UTF-8."),
    ],
)
async def test_a_password_that_will_not_do_changes_nothing(
    database: Database, ada: int, password: str, sentence: str
) -> None:
    async with database.write() as session:
        with pytest.raises(AccountError) as refusal:
            await set_password(session, "ada@example.org", password, NOW)
    assert str(refusal.value) == sentence
    async with database.read() as session:
        assert await session.scalar(select(User.password_hash)) is None


async def test_commands_need_an_account_that_exists(database: Database, settings: Settings) -> None:
    async with database.write() as session:
        with pytest.raises(AccountError, match=r"There is no account with the e-mail address 'x@y\.z'\."):
            await set_password(session, "x@y.z", PASSWORD, NOW)
        with pytest.raises(AccountError, match="There is no account"):
            await issue_token(session, settings, "x@y.z", NOW)


async def test_a_token_can_be_issued_without_a_password(
    client: httpx.AsyncClient, database: Database, settings: Settings, ada: int
) -> None:
    async with database.read() as session:
        token = await issue_token(session, settings, "ADA@example.org", datetime.now(UTC))
    assert (await whoami(client, token)).json() == {"data": {"me": "ada@example.org"}}


async def test_anonymous_gets_unauthenticated(client: httpx.AsyncClient) -> None:
    for body in ('{"query": "{ hello }"}', '{"query": "{ __schema { types { name } } }"}', "not JSON"):
        response = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
        status, code, message = the_error(response)
        assert (status, code) == (401, "UNAUTHENTICATED")
        assert message.startswith("Sign in first: ")
        assert response.headers["www-authenticate"] == 'Bearer realm="rollcall"'
    response = await client.post("/graphql", json={}, headers={"Accept": "application/graphql-response+json"})
    assert response.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    assert (await client.post("/graphql", json={}, headers={"Accept": "text/event-stream"})).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer x.y.z", "Bearer é", "x" * 5_000])
async def test_a_header_that_is_no_token_is_refused(client: httpx.AsyncClient, ada: int, header: str) -> None:
    response = await client.post(
        "/graphql",
        json={"query": "{ me }"},
        headers={b"Authorization": header.encode("utf-8")},
    )
    assert the_error(response)[:2] == (401, "UNAUTHENTICATED")


def test_a_token_is_good_until_it_expires(settings: Settings) -> None:
    token = create_token(settings, 7, NOW)
    claims = read_token(settings, token, NOW)
    assert claims is not None
    assert (claims.user_id, claims.issued_at) == (7, NOW)
    assert claims.expires_at == datetime(2026, 3, 2, 21, 0, 0, tzinfo=UTC)
    assert read_token(settings, token, claims.expires_at - timedelta(microseconds=1)) == claims
    assert read_token(settings, token, claims.expires_at) is None
    assert read_token(settings, token, NOW - timedelta(seconds=59)) == claims
    assert read_token(settings, token, NOW - timedelta(seconds=61)) is None


def test_a_token_of_another_make_is_refused(settings: Settings) -> None:
    key = _key(settings)
    good = {"iss": "rollcall", "aud": "rollcall", "sub": "7", "iat": NOW.timestamp(), "exp": NOW.timestamp() + 600}

    def made(
        claims: dict[str, object], secret: bytes = key.secret, algorithm: str = "HS256", kid: str = key.kid
    ) -> str:
        return jwt.encode(claims, secret, algorithm=algorithm, headers={"kid": kid})

    assert read_token(settings, made(good), NOW) is not None
    forged = [
        made(good | {"iss": "elsewhere"}),
        made(good | {"aud": "elsewhere"}),
        made(good | {"sub": "seven"}),
        made(good | {"exp": NOW.timestamp() - 1}),
        made(good | {"exp": 1e40}),
        made(good | {"exp": "tomorrow"}),
        made(good | {"iat": NOW.timestamp() + 600}),
        made(good, kid="another"),
        made(good, secret=b"k" * 32),
        made(good, secret=(settings.secret or "").encode()),
        made(good, secret=key.secret * 2, algorithm="HS512"),
        *(made({name: value for name, value in good.items() if name != left_out}) for left_out in good),
    ]
    header = base64.urlsafe_b64encode(orjson.dumps({"alg": "none", "kid": key.kid})).rstrip(b"=").decode()
    body = made(good).split(".")[1]
    forged += [
        f"{header}.{body}.",
        f"{header}.{body}.{made(good).split('.')[2]}",
        f"{made(good)}x",
        "",
        "..",
        "a" * 3_000,
    ]
    assert [read_token(settings, token, NOW) for token in forged] == [None] * len(forged)


ODD_SUBJECTS: list[object] = [
    *(str(2**31), str(2**63), "9" * 1_000, "-7", "+7", " 7", "07", "7.0", "7e0", "1_0", "٧", "0", "", "seven"),
    *(7, 7.0, True, None, ["7"], {"7": 7}),
]
ODD_TIMES: list[object] = ["", "x", 1e300, -1e300, 10**30, 2**63, None, [], {}, math.inf, math.nan]
ODD_NAMES: list[object] = [7, 7.5, None, True, [], [7], {"rollcall": 1}]
ODD_CLAIMS = [
    *(("sub", odd) for odd in ODD_SUBJECTS),
    *((name, odd) for name in ("iat", "exp") for odd in ODD_TIMES),
    *((name, odd) for name in ("iss", "aud") for odd in ODD_NAMES),
]


def signed(settings: Settings, **claims: object) -> str:
    """A token signed by us that says anything; PyJWT itself would not write all of it."""
    key, now = _key(settings), NOW.timestamp()
    good = {"iss": "rollcall", "aud": "rollcall", "sub": "7", "iat": now, "exp": now + 600}
    return jwt.api_jws.encode(
        json.dumps(good | claims).encode(), key.secret, algorithm="HS256", headers={"kid": key.kid}
    )


def test_a_token_of_ours_with_an_odd_claim_is_no_token(settings: Settings) -> None:
    assert read_token(settings, signed(settings), NOW) is not None
    tokens = {(name, repr(odd)): read_token(settings, signed(settings, **{name: odd}), NOW) for name, odd in ODD_CLAIMS}
    assert {claim for claim, found in tokens.items() if found is not None} == set()


async def test_a_subject_nobody_can_have_is_refused(client: httpx.AsyncClient, settings: Settings, ada: int) -> None:
    for subject in (2**31 - 1, 2**31, 2**63, -ada):
        token = create_token(settings, subject, datetime.now(UTC))
        assert the_error(await whoami(client, token))[:2] == (401, "UNAUTHENTICATED")
    assert (await whoami(client, create_token(settings, ada, datetime.now(UTC)))).status_code == 200


def test_another_secret_makes_other_tokens(settings: Settings) -> None:
    other = replace(settings, secret="t" * 40)
    assert read_token(settings, create_token(other, 7, NOW), NOW) is None


async def test_a_new_password_ends_every_sign_in(
    client: httpx.AsyncClient, database: Database, settings: Settings, ada: int
) -> None:
    before = bearer_of(settings, ada)
    await give_password(database)
    after = bearer_of(settings, ada)
    refused = await client.post("/graphql", json={"query": "{ me }"}, headers=before)
    assert the_error(refused)[:2] == (401, "UNAUTHENTICATED")
    assert (await client.post("/graphql", json={"query": "{ me }"}, headers=after)).status_code == 200


async def test_a_removed_account_is_out_at_once(
    client: httpx.AsyncClient, database: Database, bearer: dict[str, str]
) -> None:
    assert (await client.post("/graphql", json={"query": "{ me }"}, headers=bearer)).status_code == 200
    async with database.write() as session:
        await session.execute(delete(User))
    refused = await client.post("/graphql", json={"query": "{ me }"}, headers=bearer)
    assert the_error(refused) == (401, "UNAUTHENTICATED", "This sign-in has ended, or was never valid. Sign in again.")
