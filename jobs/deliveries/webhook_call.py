"""Calling a webhook after Standard Webhooks 1.0: signed, to a checked address, without following where it leads.

The host is resolved once; the connection goes to an address that was checked, so that a name which changes its mind
(DNS rebinding) leads nowhere else. Certificate and SNI are still those of the name.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import httpx
from standardwebhooks import Webhook as Signer

from jobs.deliveries.outcomes import Outcome
from models.settings import Network
from resolvers.core.wording import counted
from resolvers.deliveries.call_addresses import Address, host_of, number_of, port_of, why_not

CONNECT_SECONDS: Final = 5.0
WHOLE_SECONDS: Final = 15.0
READ_BYTES: Final = 4_096
MAX_ADDRESSES: Final = 4

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class NotCalled(Exception):  # noqa: N818  why there was no call is data
    """There is no address that may be called; the sentence says why."""


async def look_up(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, by the machine's own resolver, best first. OSError: there are none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


async def call_webhook(
    url: str,
    headers: dict[str, str],
    body: str,
    networks: Sequence[Network],
    *,
    resolve: Resolve = look_up,
    tls: ssl.SSLContext | None = None,
    seconds: float = WHOLE_SECONDS,
) -> Outcome:
    """Makes one call and says how it ended; only being cancelled raises. `headers` as signed_headers made them."""
    try:
        async with asyncio.timeout(seconds):
            addresses = await checked_addresses(url, networks, resolve)
            async with httpx.AsyncClient(
                verify=tls or _tls(),
                follow_redirects=False,
                trust_env=False,  # a proxy of the environment would connect to where we have not looked
                timeout=httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds)),
            ) as client:
                return await _call_first(client, url, addresses, headers, body)
    except TimeoutError:
        return Outcome(error=f"It gave no answer within {seconds:g} seconds.", silent=True)
    except NotCalled as reason:
        return Outcome(error=str(reason))
    except OSError:
        return Outcome(error="Its host name could not be looked up.", silent=True)
    except httpx.HTTPError as error:
        return Outcome(error=f"The answer broke off ({type(error).__name__}).", silent=True)


def signed_headers(secrets: Sequence[str], message_id: str, at: datetime, body: str) -> dict[str, str]:
    """The headers of one attempt, signed with each secret; the id is the message's, the time the attempt's."""
    at = at.astimezone(UTC)  # the library takes any time for UTC
    return {
        "content-type": "application/json",
        "user-agent": "Rollcall-Webhooks/1.0",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Signer(secret).sign(message_id, at, body) for secret in secrets),
    }


async def checked_addresses(url: str, networks: Sequence[Network], resolve: Resolve) -> list[Address]:
    """The addresses behind an URL, each of which may be called. NotCalled: one may not. OSError: there are none."""
    try:
        parts = urlsplit(url)
        host, port = host_of(parts), port_of(parts)
        number = number_of(host)
    except ValueError:
        raise NotCalled("It has no address that could be called.") from None
    if number is not None:
        if why := why_not(number, parts.scheme, networks):
            raise NotCalled(f"It was not called: {why}.")
        return [number]
    # a scope such as %eth0 belongs to addresses of the link, which are refused without it too
    addresses = [ip_address(found.partition("%")[0]) for found in await resolve(host, port)]
    for address in addresses:
        if why_not(address, parts.scheme, networks):
            # which one is not said: names of the inner network must not be looked up through us
            what = "a private address" if parts.scheme == "https" else "an address that only https:// may call"
            raise NotCalled(f"It was not called: its host name leads to {what}.")
    return addresses[:MAX_ADDRESSES]


async def _call_first(
    client: httpx.AsyncClient, url: str, addresses: Sequence[Address], headers: dict[str, str], body: str
) -> Outcome:
    """Calls the first of the addresses that a connection can be made to."""
    outcome = Outcome(error="Its host name leads nowhere.", silent=True)
    for address in addresses:
        try:
            return await _call(client, url, address, headers, body)
        except httpx.ConnectTimeout:
            outcome = Outcome(error="No connection could be made in time.", silent=True)
        except httpx.ConnectError as error:
            outcome = Outcome(error=f"No connection could be made: {_why(error)}.", silent=True)
    return outcome


async def _call(client: httpx.AsyncClient, url: str, address: Address, headers: dict[str, str], body: str) -> Outcome:
    named = httpx.URL(url)
    request = client.build_request(
        "POST",
        named.copy_with(host=str(address)),
        headers={"host": named.netloc.decode("ascii"), **headers},
        content=body.encode(),
        extensions={"sni_hostname": host_of(urlsplit(url))},
    )
    response = await client.send(request, stream=True)
    try:
        read = 0
        async for piece in response.aiter_raw(READ_BYTES):  # of no interest, but who answers wants to be heard
            read += len(piece)
            if read >= READ_BYTES:
                break
    finally:
        await response.aclose()
    return _judged(response, datetime.now(UTC))


def _judged(response: httpx.Response, now: datetime) -> Outcome:
    status = response.status_code
    if response.is_success:
        return Outcome(status)
    after = _retry_after(response.headers.get("retry-after"), now)
    if status == HTTPStatus.GONE:
        return Outcome(status, "It answered 410: it is gone for good, and the webhook has been switched off.", True)
    if response.is_redirect or 300 <= status < 400:
        why = f"It answered {status}, a redirect, which is not followed: give the webhook the address it leads to."
        return Outcome(status, why, after=after)
    asked = f" and asked to wait {counted(round(after.total_seconds()), 'second', 'seconds')}" if after else ""
    return Outcome(status, f"It answered {status}{_phrase(status)}{asked}.", after=after)


def _phrase(status: int) -> str:
    try:
        return f" ({HTTPStatus(status).phrase})"
    except ValueError:
        return ""


def _retry_after(text: str | None, now: datetime) -> timedelta:
    """What the header asks for: seconds, or a moment; nothing where it makes no sense."""
    text = (text or "").strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return timedelta(seconds=int(text))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return timedelta()
    return max(timedelta(), (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now)


def _why(error: httpx.ConnectError) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate was not accepted ({cause.verify_message.rstrip('.')})"
        if isinstance(cause, ssl.SSLError):
            return "it does not speak TLS as it should"
        if isinstance(cause, ConnectionRefusedError):
            return "nothing listens there"
        cause = cause.__cause__ or cause.__context__
    return "the address cannot be reached"


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()
