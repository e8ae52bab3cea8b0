"""Access tokens: JWTs of a fixed form, signed with a key of their own derived from the secret."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

import jwt

from graphql_api.core.claims import Claims
from models.settings import Settings, signing_secret

ALGORITHM: Final = "HS256"
ISSUER: Final = "rollcall"
AUDIENCE: Final = "rollcall"
CLOCK_SKEW: Final = timedelta(seconds=60)
LONGEST_TOKEN: Final = 2_000
_SUBJECT: Final = re.compile("[1-9][0-9]{0,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Key:
    kid: str
    secret: bytes


@lru_cache(maxsize=8)
def _key(settings: Settings) -> _Key:
    # Not the secret itself: a signature made for a download link must never pass as one of a token.
    secret = hmac.digest(signing_secret(settings).encode(), b"rollcall access token", "sha256")
    return _Key(hashlib.sha256(secret).hexdigest()[:12], secret)


def create_token(settings: Settings, user_id: int, now: datetime) -> str:
    """A token for that account, good for `settings.token_hours`."""
    key = _key(settings)
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(user_id),
        # with fractions: a token made right after a change of password is newer than the change
        "iat": round(now.timestamp(), 6),
        "exp": int((now + timedelta(hours=settings.token_hours)).timestamp()),
    }
    return jwt.encode(claims, key.secret, algorithm=ALGORITHM, headers={"kid": key.kid})


def read_token(settings: Settings, token: str, now: datetime) -> Claims | None:
    """What the token says, or None for one that is expired, forged or not ours."""
    if len(token) > LONGEST_TOKEN:
        return None
    key = _key(settings)
    try:
        if jwt.get_unverified_header(token).get("kid") != key.kid:
            return None
        claims = jwt.decode(
            token,
            key.secret,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            audience=AUDIENCE,
            # The two times are compared below, with the clock of the operation.
            options={"require": ["iss", "aud", "sub", "iat", "exp"], "verify_exp": False, "verify_iat": False},
        )
        issued_at = datetime.fromtimestamp(claims["iat"], UTC)
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        user_id = _account(claims["sub"])
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError, OSError):
        return None
    if now >= expires_at or issued_at > now + CLOCK_SKEW:
        return None
    return Claims(user_id, issued_at, expires_at)


def _account(subject: str) -> int:
    """The id of an account, in its one spelling. ValueError: no account can have it."""
    if not _SUBJECT.fullmatch(subject) or (number := int(subject)) >= 2**31:
        raise ValueError(subject)
    return number
