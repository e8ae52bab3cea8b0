"""Addresses of servers and networks. SettingsError: a sentence that names the variable."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

from models.settings.values import SettingsError, Values, listed

Network = IPv4Network | IPv6Network


def url_of(values: Values, name: str, schemes: tuple[str, ...]) -> str | None:
    """The address of a server, which begins with one of `schemes`."""
    url = values[name]
    if url is None:
        return None
    scheme = scheme_of(url)
    if scheme not in schemes:
        # The value is not repeated: it may hold a password.
        raise SettingsError(f"{name} must begin with {' or '.join(f'{known}://' for known in schemes)}.")
    return url


def public_url(text: str) -> str:
    """The address people reach Rollcall at, without a slash at its end."""
    url = text.rstrip("/")
    if scheme_of(url) in {"http", "https"} and urlsplit(url).hostname and not urlsplit(url).query:
        return url
    raise SettingsError(f"ROLLCALL_URL must be an address such as https://reports.example.org, not {url!r}.")


def networks_of(text: str | None) -> tuple[Network, ...]:
    """The networks of a list."""
    networks = []
    for part in listed(text):
        try:
            networks.append(ip_network(part))
        except ValueError:
            raise SettingsError(
                f"ROLLCALL_WEBHOOK_NETWORKS must be networks such as 10.1.0.0/16 or fd00::/8, not {part!r}."
            ) from None
    return tuple(networks)


def scheme_of(url: str) -> str:
    """The scheme of an address; empty where it is none."""
    try:
        return urlsplit(url).scheme if "://" in url else ""
    except ValueError:  # such as an unclosed [ of an IPv6 address
        return ""
