"""Which addresses a webhook may have, and which of the network's addresses may be called at all."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

from models.settings import Network
from resolvers.core.problems import Refusal

LONGEST_URL: Final = 2_000
_LOW_PORTS: Final = (80, 443)
_HIGH_PORTS: Final = range(1024, 65_536)
_PORTS: Final = {"http": 80, "https": 443}
Address = IPv4Address | IPv6Address

# Written out, because Python's own tables differ between its versions: none of these is a receiver on the internet.
_NEVER: Final = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's own services
        "169.254.0.0/16",  # link-local, with the clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "64:ff9b:1::/48",  # private NAT64
        "2001::/23",  # Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)
# all of IPv6 that is given out so far; loopback, link-local, unique local and multicast lie outside
_GIVEN_OUT: Final = ip_network("2000::/3")
_NAT64: Final = ip_network("64:ff9b::/96")


def checked_url(given: str, networks: Sequence[Network]) -> str:
    """The address of a webhook. Refuses all but https to a host that may be called; http only into `networks`.

    Where the host is a number, it is checked here; a name is resolved and checked at every call.
    """
    url = given.strip()
    if len(url) > LONGEST_URL or any(not "!" <= char <= "~" or char in '"<>\\^`{|}' for char in url):
        raise _refused(f"write it in plain ASCII, without blanks, {LONGEST_URL:,} characters at most")
    try:
        parts = urlsplit(url)
        number = number_of(host_of(parts))
        port = port_of(parts)
    except ValueError:
        raise _refused("it must be an address such as https://example.org/hooks") from None
    if parts.scheme not in _PORTS or (parts.scheme == "http" and not networks):
        raise _refused("it must begin with https://")
    if "@" in parts.netloc:
        raise _refused("leave out user and password: calls are signed with the webhook's secret")
    if "#" in url:
        raise _refused("leave out what follows #")
    if port not in _LOW_PORTS and port not in _HIGH_PORTS:
        raise _refused("the port must be 80, 443, or 1024 and higher")
    if number is not None and (why := why_not(number, parts.scheme, networks)):
        raise _refused(why)
    return url


def host_of(parts: SplitResult) -> str:
    """The host as it is looked up: lower case, without a final dot. ValueError: there is none, or it is no host."""
    host = (parts.hostname or "").removesuffix(".")
    if "%" in host or not (":" in host or _is_name(host)):
        raise ValueError(host)
    return host


def _is_name(host: str) -> bool:
    # underscores are no part of host names, yet names with them exist
    labels = host.split(".")
    return len(host) <= 253 and all(
        0 < len(label) <= 63 and label.isascii() and label.replace("-", "").replace("_", "").isalnum()
        for label in labels
    )


def port_of(parts: SplitResult) -> int:
    """The port given, else that of the scheme. ValueError: it is none."""
    return parts.port if parts.port is not None else _PORTS.get(parts.scheme, 0)


def number_of(host: str) -> Address | None:
    """The address a host of digits stands for, in every form that resolvers take: 127.1, 0x7f000001, 017700000001.

    None: it is a name. ValueError: it looks like a number and is none.
    """
    if ":" in host:
        return ip_address(host)
    parts = host.split(".")
    if not (parts[-1].isdigit() or parts[-1].startswith("0x")):
        return None
    numbers = [_number(part) for part in parts]
    if len(numbers) > 4 or any(number > 255 for number in numbers[:-1]) or numbers[-1] >= 256 ** (5 - len(numbers)):
        raise ValueError(host)
    return IPv4Address(sum(number << (24 - 8 * place) for place, number in enumerate(numbers[:-1])) + numbers[-1])


def _number(text: str) -> int:
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8) if text.startswith("0") else int(text)


def why_not(address: Address, scheme: str, networks: Sequence[Network]) -> str | None:
    """Why an address may not be called by that scheme; None: it may.

    Public ones may, by https; those in the networks that the operator has opened may by http too.
    """
    meant = _meant(address)
    if any(meant.version == network.version and meant in network for network in networks):
        return None
    if not _public(meant):
        return f"{address} is a private address, which webhooks may not call"
    return "http:// is for private networks only; use https://" if scheme == "http" else None


def _public(address: Address) -> bool:
    if any(address.version == network.version and address in network for network in _NEVER):
        return False
    return address.is_global and (isinstance(address, IPv4Address) or address in _GIVEN_OUT)


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 one leads to (mapped, NAT64), else itself."""
    if isinstance(address, IPv6Address) and (address.ipv4_mapped is not None or address in _NAT64):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _refused(why: str) -> Refusal:
    return Refusal(why, ("url",))
