"""The settings of one process: the table of settings, read once into a frozen `Settings`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.settings.addresses import Network, networks_of, public_url, url_of
from models.settings.bucket import Bucket, bucket_of
from models.settings.mail import MailServer, domains_of, mail_address_of, mail_server_of
from models.settings.table import SETTINGS
from models.settings.values import SettingsError, Values, number, one_of, text, whole

LOG_LEVELS: Final = ("debug", "info", "warning", "error")
SECRET_LENGTH: Final = 32


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
    port = whole(values, "ROLLCALL_PORT", 1, 65_535)
    url = public_url(given["ROLLCALL_URL"] or f"http://127.0.0.1:{port}")
    return Settings(
        database_url=url_of(values, "DATABASE_URL", ("postgresql", "postgres")),
        redis_url=url_of(values, "REDIS_URL", ("redis", "rediss", "unix")),
        data=Path(text(values, "ROLLCALL_DATA")).expanduser().absolute(),
        secret=_secret(values),
        url=url,
        host=text(values, "ROLLCALL_HOST"),
        port=port,
        token_hours=whole(values, "ROLLCALL_TOKEN_HOURS", 1, 24 * 31),
        files=bucket_of(values),
        export_days=whole(values, "ROLLCALL_EXPORT_DAYS", 1, 365),
        link_minutes=whole(values, "ROLLCALL_LINK_MINUTES", 1, 24 * 60),
        pool_size=whole(values, "ROLLCALL_POOL_SIZE", 1, 200),
        statement_seconds=whole(values, "ROLLCALL_STATEMENT_SECONDS", 1, 3600),
        smtp=mail_server_of(values["ROLLCALL_SMTP_URL"]),
        mail_from=mail_address_of(values["ROLLCALL_MAIL_FROM"], url),
        mail_domains=domains_of(values["ROLLCALL_MAIL_DOMAINS"]),
        webhook_networks=networks_of(values["ROLLCALL_WEBHOOK_NETWORKS"]),
        log=one_of(values, "ROLLCALL_LOG", LOG_LEVELS),
        demo_scale=number(values, "ROLLCALL_DEMO_SCALE", 0.01, 100),
    )


def _secret(values: Values) -> str | None:
    secret = values["ROLLCALL_SECRET"]
    if secret is not None and len(secret) < SECRET_LENGTH:
        raise SettingsError(f"ROLLCALL_SECRET must have at least {SECRET_LENGTH} characters, not {len(secret)}.")
    return secret
