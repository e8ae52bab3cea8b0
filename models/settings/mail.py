"""The server that mail is handed to, and the addresses it comes from and may go to.

UnreadableError: what the setting must be.
"""

import re
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from ipaddress import ip_address
from typing import Final
from urllib.parse import unquote, urlsplit

from models.settings.values import UnreadableError, parts_of

MAIL_PORTS: Final = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over; `scheme` is a key of MAIL_PORTS. The password is kept out of what is printed."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def mail_server(text: str) -> MailServer:
    """The server at that address."""
    try:
        parts = urlsplit(text)
        scheme, host, port = parts.scheme, parts.hostname, parts.port
    except ValueError:  # such as a port that is no number
        parts = urlsplit("")
        scheme, host, port = "", None, None
    rest = parts.path.strip("/") or parts.query or parts.fragment
    if scheme not in MAIL_PORTS or not host or port == 0 or rest or (parts.password and not parts.username):
        # The value is not repeated: it may hold a password.
        raise UnreadableError(
            "must look like smtp://host:25, smtp+starttls://user:password@host:587 or smtps://user:password@host:465."
        )
    return MailServer(
        scheme=scheme,
        host=host,
        port=port or MAIL_PORTS[scheme],
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def mail_address(text: str) -> str:
    """The address mail comes from."""
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError, MessageError):
        address = Address()
    # "=?" begins an encoded word of RFC 2047, which would be decoded in a header
    if address.addr_spec == text and address.username and address.domain and text.isascii() and "=?" not in text:
        return text
    raise UnreadableError(f"must be an address such as reports@example.org, not {text!r}.")


def mail_address_at(url: str) -> str:
    """The address at the host of `url`, where people reach Rollcall."""
    host = urlsplit(url).hostname or "localhost"
    return f"rollcall@{host}" if not _is_address(host) else f"rollcall@{_literal(host)}"


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _literal(host: str) -> str:
    return f"[IPv6:{host}]" if ":" in host else f"[{host}]"


def domains(text: str) -> tuple[str, ...]:
    """The domains of a list, in lower case and ASCII."""
    known = []
    for part in parts_of(text):
        try:
            domain = part.lower().encode("idna").decode("ascii")
        except UnicodeError:
            domain = ""
        labels = domain.split(".")
        if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
            raise UnreadableError(f"must be domains such as example.org, not {part!r}.")
        known.append(domain)
    return tuple(known)
