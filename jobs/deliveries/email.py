"""What an e-mail looks like: one shape for every message, as plain text and as HTML."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from textwrap import wrap
from typing import Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

SENDER_NAME: Final = "Rollcall"
LONGEST_SUBJECT: Final = 150
ENCODED_WORD: Final = "=?"
"""What an encoded word of RFC 2047 begins with; the letters of an address may spell one too."""
_WIDTH: Final = 76
_BYTES_OF_LINE: Final = 57


@dataclass(frozen=True, slots=True)
class MailItem:
    """One thing a mail tells of: a heading, lines, (label, value) figures, and an address to see it at."""

    title: str
    lines: Sequence[str] = ()
    figures: Sequence[tuple[str, str]] = ()
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """A message before it has a form. `notes` say why it comes, and what was left out.

    `reply_to` is who takes the receiver off it, for receivers without an account.
    """

    subject: str
    to_name: str
    to_address: str
    intro: str
    items: Sequence[MailItem] = ()
    notes: Sequence[str] = ()
    reply_to: str | None = None
    attachments: Sequence[Attachment] = ()


class BadAddress(ValueError):  # noqa: N818
    """Not an address that mail can be sent to."""


def compose(mail: Mail, *, message_id: str, sender: str, at: datetime) -> EmailMessage:
    """The message as it goes over the wire. BadAddress: there is nowhere to send it."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(SENDER_NAME, addr_spec=sender)
    message["To"] = _address(mail.to_name, mail.to_address)
    message["Subject"] = header_text(mail.subject)[:LONGEST_SUBJECT]
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2]}>"
    if mail.reply_to:
        answered = _address("", mail.reply_to)
        message["Reply-To"] = answered
        # who has no account cannot change anything here: a person takes them off
        message["List-Unsubscribe"] = f"<mailto:{quote(answered.addr_spec, safe='@')}?subject=Unsubscribe>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answer is wanted
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(plain_text(mail), cte="quoted-printable")
    message.add_alternative(html(mail), subtype="html", cte="quoted-printable")
    for file in mail.attachments:
        main, _, sub = file.media_type.partition(";")[0].partition("/")
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=header_text(file.name))
    return message


def one_line(text: str) -> str:
    """The text without line breaks, control characters and the marks that turn the direction of what follows."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def encoded_size(count: int) -> int:
    """How many bytes a file of that many has in a mail: base64 in lines."""
    lines = -(-count // _BYTES_OF_LINE)
    return 4 * -(-count // 3) + 2 * lines


def header_text(text: str) -> str:
    """One line that a header shows as it is.

    An encoded word of RFC 2047 (`=?utf-8?q?…?=`) in it would be decoded as it is put into a header, and might begin a
    header of its own: it is broken up.
    """
    return one_line(text).replace(ENCODED_WORD, "= ?")


def plain_text(mail: Mail) -> str:
    """The mail for readers without HTML."""
    parts = [*_wrapped(mail.intro)]
    for item in mail.items:
        parts += ["", *_wrapped(item.title), *(line for text in item.lines for line in _wrapped(text, "  "))]
        parts += [f"  {label}: {value}" for label, value in item.figures]
        if item.link:
            parts.append(f"  {item.link}")
    if mail.notes:
        parts += ["", "-- ", *(line for note in mail.notes for line in _wrapped(note))]
    return "\n".join(parts) + "\n"


def _wrapped(text: str, indent: str = "") -> Iterable[str]:
    line = one_line(text)
    return wrap(
        line, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def html(mail: Mail) -> str:
    """The mail for everybody else."""
    return _template().render(mail=mail)


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("mail.html")


def _address(name: str, address: str) -> Address:
    local, _, domain = address.strip().rpartition("@")
    if ENCODED_WORD in address:
        raise BadAddress(address)
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
        # the library knows what an address may look like, in ASCII only
        plain = "".join(char if char.isascii() or not char.isprintable() else "x" for char in local)
        known = Address(addr_spec=f"{plain}@{domain}")
    except (ValueError, IndexError, MessageError):
        raise BadAddress(address) from None
    if not known.username or known.domain != domain or not domain or not plain.isprintable() or " " in plain:
        raise BadAddress(address)
    return Address(header_text(name), username=local, domain=domain)
