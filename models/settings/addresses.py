"""Addresses of servers and networks. UnreadableError: what the setting must be."""

import re
from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final
from urllib.parse import urlsplit

from models.settings.values import UnreadableError, parts_of

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
HOST: Final = re.compile(r"[a-z0-9._:-]+")

Network = IPv4Network | IPv6Network


def url_of(*schemes: str) -> Callable[[str], str]:
    """The address of a server, which begins with one of `schemes`."""

    def read(text: str) -> str:
        if scheme_of(text) in schemes:
            return text
        # The value is not repeated: it may hold a password.
        raise UnreadableError(f"must begin with {' or '.join(f'{known}://' for known in schemes)}.")

    return read


def public_url(text: str) -> str:
    """The address people reach Rollcall at, without a slash at its end."""
    url = text.rstrip("/")
    with suppress(ValueError):
        if origin_of(url) and not urlsplit(url).query:
            return url
    raise UnreadableError(f"must be an address such as https://reports.example.org, not {url!r}.")


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, as browsers write them in the header Origin. ValueError: it has none."""
    parts = urlsplit(url)
    scheme, port = parts.scheme, parts.port
    host = (parts.hostname or "").encode("idna").decode()
    if scheme not in DEFAULT_PORTS or not HOST.fullmatch(host):
        raise ValueError(url)
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}" if port in {None, DEFAULT_PORTS[scheme]} else f"{scheme}://{host}:{port}"


def origins(text: str) -> tuple[str, ...]:
    """The origins of a list, each once."""
    known = []
    for part in parts_of(text):
        try:
            origin = origin_of(part)
        except ValueError:
            origin = ""
        parts = urlsplit(part) if origin else None
        if parts is None or parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username is not None:
            raise UnreadableError(
                "must be origins such as https://app.example.org or http://localhost:3000:"
                f" scheme, host and port, without a path and without *; not {part!r}."
            )
        known.append(origin)
    return tuple(dict.fromkeys(known))


def networks(text: str) -> tuple[Network, ...]:
    """The networks of a list."""
    known = []
    for part in parts_of(text):
        try:
            known.append(ip_network(part))
        except ValueError:
            raise UnreadableError(f"must be networks such as 10.1.0.0/16 or fd00::/8, not {part!r}.") from None
    return tuple(known)


def scheme_of(url: str) -> str:
    """The scheme of an address; empty where it is none."""
    try:
        return urlsplit(url).scheme if "://" in url else ""
    except ValueError:  # such as an unclosed [ of an IPv6 address
        return ""
