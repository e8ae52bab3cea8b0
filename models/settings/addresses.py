"""Addresses of servers and networks. UnreadableError: what the setting must be."""

from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

from models.settings.values import UnreadableError, parts_of

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
    if scheme_of(url) in {"http", "https"} and urlsplit(url).hostname and not urlsplit(url).query:
        return url
    raise UnreadableError(f"must be an address such as https://reports.example.org, not {url!r}.")


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
