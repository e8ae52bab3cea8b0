"""Signing in: `POST /auth/token`, and from a request's Authorization header to the viewer of that moment."""

import asyncio
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graphql_api.core.context import SIGN_IN_AGAIN, Context, Services, current_viewer, utc_now
from graphql_api.core.errors import (
    BadUserInputError,
    ErrorCode,
    RateLimitedError,
    UnauthenticatedError,
    UserFacingError,
)
from graphql_api.http.body import media_type, read_body
from graphql_api.http.refusals import error_response
from graphql_api.http.requests import request_id_of
from graphql_api.http.shared_attempts import Limit, SharedAttempts
from graphql_api.http.tokens import create_token, read_token
from models.settings import Settings
from resolvers.access.sign_in import (
    LONGEST_PASSWORD,
    Account,
    AccountError,
    account_by_email,
    hash_password,
    needs_rehash,
    password_fits,
    replace_hash,
)
from resolvers.core.wording import counted

log = structlog.get_logger("rollcall.sign_in")

SIGN_IN_FIRST: Final = (
    "Sign in first: POST username and password to /auth/token, then send the header"
    " Authorization: Bearer <access_token>."
)
WRONG: Final = "The e-mail address or the password is wrong."
MOST_FORM_BYTES: Final = 8_192
ATTEMPTS_PER_ACCOUNT: Final = 5
ATTEMPTS_PER_ADDRESS: Final = 50
ATTEMPT_SECONDS: Final = 60
HASHERS_AT_ONCE: Final = 4


async def signed_in_context(
    services: Services, authorization: str | None, request_id: str, *, patient: bool = False
) -> Context:
    """A fresh context for whoever the header `Bearer <token>` stands for. Raises UnauthenticatedError."""
    if not authorization:
        raise UnauthenticatedError(SIGN_IN_FIRST)
    scheme, _, token = authorization.partition(" ")
    now = utc_now()
    claims = read_token(services.settings, token.strip(), now) if scheme.lower() == "bearer" else None
    if claims is None:
        raise UnauthenticatedError(SIGN_IN_AGAIN)
    viewer = await current_viewer(services, claims.user_id, claims, now, patient=patient)
    return Context(services, viewer, now, request_id, claims)


async def issue_token(session: AsyncSession, settings: Settings, email: str, now: datetime) -> str:
    """A token for the account with that address, without a password: for the command line. Raises AccountError."""
    account = await account_by_email(session, email)
    if account is None:
        raise AccountError(f"There is no account with the e-mail address {email!r}.")
    return create_token(settings, account.user_id, now)


class SignIn:
    """`POST /auth/token`: form fields username and password, answered with a bearer token."""

    def __init__(self, services: Services) -> None:
        self.services = services
        limits = (Limit("account", ATTEMPTS_PER_ACCOUNT), Limit("address", ATTEMPTS_PER_ADDRESS))
        self.attempts = SharedAttempts(services.bus.redis, ATTEMPT_SECONDS, limits)
        # each check takes a core and 19 MiB for a while
        self.hashers = asyncio.Semaphore(HASHERS_AT_ONCE)

    async def answer(self, request: Request) -> Response:
        """The token, or 400, 401, 413, 415 or 429 with a sentence, also in the words of OAuth 2."""
        try:
            return await self._token(request)
        except UserFacingError as error:
            refused = "invalid_grant" if error.code == ErrorCode.UNAUTHENTICATED else "invalid_request"
            return error_response(error, request_id_of(request), error=refused, error_description=error.message)

    async def _token(self, request: Request) -> Response:
        username, password = await _credentials(request)
        address = request.client.host if request.client else ""
        attempt = await self.attempts.allow(f"{address} {username.strip().lower()}", address)
        if isinstance(attempt, int):
            seconds = counted(attempt, "second", "seconds")
            raise RateLimitedError(f"Too many attempts. Try again in {seconds}.", retry_after=attempt)
        account = await self._account(username, password)
        if account is None:
            log.info("sign-in refused", address=address)
            raise UnauthenticatedError(WRONG)
        await attempt.forgive()
        settings = self.services.settings
        return JSONResponse(
            {
                "access_token": create_token(settings, account.user_id, utc_now()),
                "token_type": "bearer",
                "expires_in": settings.token_hours * 3600,
            },
            headers={"Cache-Control": "no-store"},
        )

    async def _account(self, username: str, password: str) -> Account | None:
        """The account both belong to. No database connection is held while the password is checked."""
        async with self.services.database.read() as session:
            account = await account_by_email(session, username)
        async with self.hashers:
            if not await asyncio.to_thread(password_fits, account, password) or account is None:
                return None
            newer = await asyncio.to_thread(hash_password, password) if needs_rehash(account) else None
        if newer:
            async with self.services.database.write() as session:
                await replace_hash(session, account, newer)
        return account


async def _credentials(request: Request) -> tuple[str, str]:
    if media_type(request.headers.get("content-type", "")) != "application/x-www-form-urlencoded":
        raise BadUserInputError("Send a form: Content-Type application/x-www-form-urlencoded.", status=415)
    body = await read_body(request, MOST_FORM_BYTES)
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise BadUserInputError("The form must be UTF-8 and have no more than twenty fields.") from None
    username, password = (fields.get(name, []) for name in ("username", "password"))
    if len(username) != 1 or len(password) != 1 or not username[0].strip() or not password[0]:
        raise BadUserInputError("Give username (the e-mail address) and password, each once.")
    if len(password[0]) > LONGEST_PASSWORD:
        raise UnauthenticatedError(WRONG)
    return username[0], password[0]
