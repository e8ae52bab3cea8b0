"""What an operator can set: one table of environment variables, read once into a frozen `Settings`.

Importing this module reads nothing. `SETTINGS` is the truth for the README and for `rollcall doctor`.
"""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit


class SettingsError(ValueError):
    """A setting holds a value Rollcall cannot work with."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable; `default` is shown as text, None means: unset."""

    name: str
    default: str | None
    help: str


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "DATABASE_URL", None, "PostgreSQL to use, postgresql://user:password@host/name; unset: Rollcall runs its own."
    ),
    Setting("REDIS_URL", None, "Redis to use, redis://, rediss:// or unix://; unset: Rollcall runs its own."),
    Setting("ROLLCALL_DATA", ".rollcall", "Directory of the embedded servers, the exported files and the secret."),
    Setting(
        "ROLLCALL_SECRET", None, "Key that signs tokens and links, 32 characters or more; unset: one kept in the data."
    ),
    Setting("ROLLCALL_URL", "http://127.0.0.1:8000", "Address people reach Rollcall at; links begin with it."),
    Setting("ROLLCALL_HOST", "127.0.0.1", "Address the web server listens on."),
    Setting("ROLLCALL_PORT", "8000", "Port the web server listens on; ROLLCALL_URL follows where it is unset."),
    Setting("ROLLCALL_TOKEN_HOURS", "12", "Hours after which a sign-in ends."),
    Setting(
        "ROLLCALL_FILES",
        None,
        "S3-compatible storage of the exported files, s3://bucket/prefix; unset: a folder in ROLLCALL_DATA.",
    ),
    Setting(
        "ROLLCALL_S3_ENDPOINT",
        None,
        "Address of that storage, such as https://storage.example.org; unset: AWS_ENDPOINT_URL, else Amazon's.",
    ),
    Setting("ROLLCALL_S3_REGION", None, "Region of that storage; unset: AWS_REGION, else us-east-1."),
    Setting(
        "ROLLCALL_S3_KEY",
        None,
        "Id of an access key of that storage; unset: AWS_ACCESS_KEY_ID, or the role that Amazon gave the machine.",
    ),
    Setting("ROLLCALL_S3_SECRET", None, "The secret that belongs to ROLLCALL_S3_KEY."),
    Setting("ROLLCALL_EXPORT_DAYS", "7", "Days for which an exported file can be downloaded."),
    Setting("ROLLCALL_LINK_MINUTES", "10", "Minutes for which a download link works."),
    Setting("ROLLCALL_POOL_SIZE", "10", "Database connections a process may hold."),
    Setting("ROLLCALL_STATEMENT_SECONDS", "30", "Seconds after which the database ends a statement of a request."),
    Setting(
        "ROLLCALL_SMTP_URL",
        None,
        "Mail server: smtp://, smtp+starttls:// or smtps://[user:password@]host[:port]; unset: no mail is sent.",
    ),
    Setting("ROLLCALL_MAIL_FROM", None, "Address that mail comes from; unset: rollcall@ the host of ROLLCALL_URL."),
    Setting(
        "ROLLCALL_MAIL_DOMAINS",
        None,
        "Domains whose addresses a schedule may mail without an account, with commas between; unset: none.",
    ),
    Setting(
        "ROLLCALL_WEBHOOK_NETWORKS",
        None,
        "Private networks that webhooks may call all the same, such as 10.1.0.0/16, with commas between; unset: none.",
    ),
    Setting("ROLLCALL_LOG", "info", "Least serious level that is logged: debug, info, warning or error."),
    Setting("ROLLCALL_DEMO_SCALE", "1", "Size of the demo's college: 1 is about 1,000 trainees, 0.05 the least."),
)

LOG_LEVELS = ("debug", "info", "warning", "error")
SECRET_LENGTH = 32
MAIL_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
Network = IPv4Network | IPv6Network
_BUCKET = re.compile(
    r"s3://([a-z0-9][a-z0-9._-]{1,61}[a-z0-9])((?:/[a-z0-9_-][a-z0-9._-]*)*)/?", re.ASCII | re.IGNORECASE
)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over; `scheme` is a key of MAIL_PORTS. The password is kept out of what is printed."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Bucket:
    """S3-compatible storage; None where the library finds it by itself. `key` and `secret` are both there or neither.

    The secret is kept out of what is printed; `str()` says where it is.
    """

    name: str
    prefix: str | None = None
    endpoint: str | None = None
    region: str | None = None
    key: str | None = None
    secret: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        place = "/".join(["s3:/", self.name, *([self.prefix] if self.prefix else [])])
        return place if self.endpoint is None else f"{place} at {self.endpoint}"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process, checked. `database_url` and `redis_url` are None where Rollcall runs its own.

    `files` is None where files are kept in a folder of `data`.
    """

    database_url: str | None
    redis_url: str | None
    data: Path
    secret: str | None
    url: str
    host: str
    port: int
    token_hours: int
    files: Bucket | None
    export_days: int
    link_minutes: int
    pool_size: int
    statement_seconds: int
    smtp: MailServer | None
    mail_from: str
    mail_domains: tuple[str, ...]
    webhook_networks: tuple[Network, ...]
    log: str
    demo_scale: float


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read every setting; an empty variable counts as unset. SettingsError: a sentence that names the variable."""
    given = {setting.name: environ.get(setting.name, "").strip() or None for setting in SETTINGS}
    values = {setting.name: given[setting.name] or setting.default for setting in SETTINGS}
    port = _whole(values, "ROLLCALL_PORT", 1, 65_535)
    url = _public_url(given["ROLLCALL_URL"] or f"http://127.0.0.1:{port}")
    return Settings(
        database_url=_url(values, "DATABASE_URL", ("postgresql", "postgres")),
        redis_url=_url(values, "REDIS_URL", ("redis", "rediss", "unix")),
        data=Path(_text(values, "ROLLCALL_DATA")).expanduser().absolute(),
        secret=_secret(values),
        url=url,
        host=_text(values, "ROLLCALL_HOST"),
        port=port,
        token_hours=_whole(values, "ROLLCALL_TOKEN_HOURS", 1, 24 * 31),
        files=_bucket(values),
        export_days=_whole(values, "ROLLCALL_EXPORT_DAYS", 1, 365),
        link_minutes=_whole(values, "ROLLCALL_LINK_MINUTES", 1, 24 * 60),
        pool_size=_whole(values, "ROLLCALL_POOL_SIZE", 1, 200),
        statement_seconds=_whole(values, "ROLLCALL_STATEMENT_SECONDS", 1, 3600),
        smtp=_mail_server(values["ROLLCALL_SMTP_URL"]),
        mail_from=_mail_address(values["ROLLCALL_MAIL_FROM"], url),
        mail_domains=_domains(values["ROLLCALL_MAIL_DOMAINS"]),
        webhook_networks=_networks(values["ROLLCALL_WEBHOOK_NETWORKS"]),
        log=_one_of(values, "ROLLCALL_LOG", LOG_LEVELS),
        demo_scale=_number(values, "ROLLCALL_DEMO_SCALE", 0.01, 100),
    )


def signing_secret(settings: Settings) -> str:
    """The key that signs tokens and links: the one set, else a random one kept in the data directory (mode 600)."""
    if settings.secret:
        return settings.secret
    path = settings.data / "secret"
    if not path.exists():
        settings.data.mkdir(parents=True, exist_ok=True)
        # Written whole under another name, then linked into place: of two processes that begin together one wins
        # and neither reads half a key.
        draft = path.with_name(f"secret.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()


def _text(values: Mapping[str, str | None], name: str) -> str:
    value = values[name]
    assert value is not None, f"{name} has no default"
    return value


def _whole(values: Mapping[str, str | None], name: str, least: int, most: int) -> int:
    text = _text(values, name)
    if text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most:
        return int(text)
    raise SettingsError(f"{name} must be a whole number from {least} to {most}, not {text!r}.")


def _number(values: Mapping[str, str | None], name: str, least: float, most: float) -> float:
    text = _text(values, name)
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if least <= number <= most:
        return number
    raise SettingsError(f"{name} must be a number from {least} to {most}, not {text!r}.")


def _one_of(values: Mapping[str, str | None], name: str, allowed: tuple[str, ...]) -> str:
    text = _text(values, name).lower()
    if text in allowed:
        return text
    raise SettingsError(f"{name} must be one of {', '.join(allowed)}, not {text!r}.")


def _secret(values: Mapping[str, str | None]) -> str | None:
    secret = values["ROLLCALL_SECRET"]
    if secret is not None and len(secret) < SECRET_LENGTH:
        raise SettingsError(f"ROLLCALL_SECRET must have at least {SECRET_LENGTH} characters, not {len(secret)}.")
    return secret


def _url(values: Mapping[str, str | None], name: str, schemes: tuple[str, ...]) -> str | None:
    url = values[name]
    if url is None:
        return None
    scheme = _parsed_scheme(url)
    if scheme not in schemes:
        # The value is not repeated: it may hold a password.
        raise SettingsError(f"{name} must begin with {' or '.join(f'{known}://' for known in schemes)}.")
    return url


def _public_url(text: str) -> str:
    url = text.rstrip("/")
    if _parsed_scheme(url) in {"http", "https"} and urlsplit(url).hostname and not urlsplit(url).query:
        return url
    raise SettingsError(f"ROLLCALL_URL must be an address such as https://reports.example.org, not {url!r}.")


def _bucket(values: Mapping[str, str | None]) -> Bucket | None:
    endpoint, region = _endpoint(values["ROLLCALL_S3_ENDPOINT"]), values["ROLLCALL_S3_REGION"]
    key, secret = values["ROLLCALL_S3_KEY"], values["ROLLCALL_S3_SECRET"]
    if (key is None) != (secret is None):
        raise SettingsError("ROLLCALL_S3_KEY and ROLLCALL_S3_SECRET belong together: set both, or neither.")
    place = values["ROLLCALL_FILES"]
    if place is None:
        return None
    parts = _BUCKET.fullmatch(place)
    if parts is None:
        # The value is not repeated: some write the secret into such an address.
        raise SettingsError(
            "ROLLCALL_FILES must look like s3://bucket or s3://bucket/prefix, of letters, digits, and . _ - within."
        )
    return Bucket(parts[1], parts[2].strip("/") or None, endpoint, region, key, secret)


def _endpoint(text: str | None) -> str | None:
    if text is None:
        return None
    url = text.rstrip("/")
    if _parsed_scheme(url) in {"http", "https"}:
        parts = urlsplit(url)
        if parts.hostname and _has_port(parts) and "@" not in parts.netloc and not (parts.query or parts.fragment):
            return url
    # The value is not repeated: some write the secret into such an address.
    raise SettingsError("ROLLCALL_S3_ENDPOINT must be an address such as https://storage.example.org, without a key.")


def _has_port(parts: SplitResult) -> bool:
    """Whether its port is one, or there is none and the scheme says it."""
    try:
        return parts.port != 0
    except ValueError:
        return False


def _mail_server(url: str | None) -> MailServer | None:
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, parts.hostname, parts.port
    except ValueError:  # such as a port that is no number
        parts = urlsplit("")
        scheme, host, port = "", None, None
    rest = parts.path.strip("/") or parts.query or parts.fragment
    if scheme not in MAIL_PORTS or not host or port == 0 or rest or (parts.password and not parts.username):
        # The value is not repeated: it may hold a password.
        raise SettingsError(
            "ROLLCALL_SMTP_URL must look like smtp://host:25, smtp+starttls://user:password@host:587 or"
            " smtps://user:password@host:465."
        )
    return MailServer(
        scheme=scheme,
        host=host,
        port=port or MAIL_PORTS[scheme],
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def _mail_address(text: str | None, url: str) -> str:
    if text is None:
        host = urlsplit(url).hostname or "localhost"
        return f"rollcall@{host}" if not _is_address(host) else f"rollcall@{_literal(host)}"
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError, MessageError):
        address = Address()
    if address.addr_spec == text and address.username and address.domain and text.isascii():
        return text
    raise SettingsError(f"ROLLCALL_MAIL_FROM must be an address such as reports@example.org, not {text!r}.")


def _is_address(host: str) -> bool:
    try:
        ip_network(host)
    except ValueError:
        return False
    return True


def _literal(host: str) -> str:
    return f"[IPv6:{host}]" if ":" in host else f"[{host}]"


def _listed(text: str | None) -> list[str]:
    return [part for part in (part.strip() for part in (text or "").split(",")) if part]


def _domains(text: str | None) -> tuple[str, ...]:
    domains = []
    for part in _listed(text):
        try:
            domain = part.lower().encode("idna").decode("ascii")
        except UnicodeError:
            domain = ""
        labels = domain.split(".")
        if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
            raise SettingsError(f"ROLLCALL_MAIL_DOMAINS must be domains such as example.org, not {part!r}.")
        domains.append(domain)
    return tuple(domains)


def _networks(text: str | None) -> tuple[Network, ...]:
    networks = []
    for part in _listed(text):
        try:
            networks.append(ip_network(part))
        except ValueError:
            raise SettingsError(
                f"ROLLCALL_WEBHOOK_NETWORKS must be networks such as 10.1.0.0/16 or fd00::/8, not {part!r}."
            ) from None
    return tuple(networks)


def _parsed_scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme if "://" in url else ""
    except ValueError:  # such as an unclosed [ of an IPv6 address
        return ""
