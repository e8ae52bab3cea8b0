"""The table of settings: each field of `Settings` is one declaration, and the only place that knows the setting.

To add a setting, add a field here: `name: type = setting(VARIABLE, meaning, reader, default=…)`. It is read, typed and
validated by that; `rollcall settings` prints docs/settings.md anew, and `rollcall doctor` lists it where it is set.
Readers are in `values`, `addresses`, `bucket` and `mail`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from models.settings.addresses import Network, networks, origin_of, origins, public_url, url_of
from models.settings.bucket import Bucket, bucket_endpoint, bucket_of, bucket_place
from models.settings.declaring import Setting, joined, setting, sources_of
from models.settings.mail import MailServer, domains, mail_address, mail_address_at, mail_server
from models.settings.values import choice, directory, key, number, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one process, checked. `database_url` and `redis_url` are None where Rollcall runs its own.

    `files` is None where files are kept in a folder of `data`.
    """

    database_url: str | None = setting(
        "DATABASE_URL",
        "PostgreSQL to use, postgresql://user:password@host/name; unset: Rollcall runs its own.",
        url_of("postgresql", "postgres"),
        secret=True,
    )
    redis_url: str | None = setting(
        "REDIS_URL",
        "Redis to use, redis://, rediss:// or unix://; unset: Rollcall runs its own.",
        url_of("redis", "rediss", "unix"),
        secret=True,
    )
    data: Path = setting(
        "ROLLCALL_DATA",
        "Directory of the embedded servers, the exported files and the secret.",
        directory,
        default=".rollcall",
    )
    secret: str | None = setting(
        "ROLLCALL_SECRET",
        "Key that signs tokens and links, 32 characters or more; unset: one kept in the data.",
        key,
        secret=True,
    )
    host: str = setting("ROLLCALL_HOST", "Address the web server listens on.", str, default="127.0.0.1")
    port: int = setting(
        "ROLLCALL_PORT",
        "Port the web server listens on; ROLLCALL_URL follows where it is unset.",
        whole(1, 65_535),
        default="8000",
    )
    url: str = setting(
        "ROLLCALL_URL",
        "Address people reach Rollcall at, such as https://school.example/rollcall; links begin with it.",
        public_url,
        default="http://127.0.0.1:8000",
        unset=lambda parsed: f"http://127.0.0.1:{parsed['port']}",
    )
    proxies: tuple[Network, ...] = setting(
        "ROLLCALL_PROXIES",
        "Proxies whose X-Forwarded-For counts, such as 10.1.0.7 or 10.1.0.0/16, with commas between; unset: none.",
        networks,
        default="",
    )
    further_origins: tuple[str, ...] = setting(
        "ROLLCALL_ORIGINS",
        "Other origins whose pages may ask, such as https://app.example.org, with commas between; unset: none.",
        origins,
        default="",
    )
    connections: int = setting(
        "ROLLCALL_CONNECTIONS",
        "Connections the web server takes at once; more are told to come later.",
        whole(1, 100_000),
        default="2000",
    )
    request_seconds: int = setting(
        "ROLLCALL_REQUEST_SECONDS",
        "Seconds a client may take to send headers, and as many for a body.",
        whole(1, 3600),
        default="20",
    )
    token_hours: int = setting(
        "ROLLCALL_TOKEN_HOURS", "Hours after which a sign-in ends.", whole(1, 24 * 31), default="12"
    )
    files: Bucket | None = joined(
        bucket_of,
        Setting(
            "ROLLCALL_FILES",
            "S3-compatible storage of the exported files, s3://bucket/prefix; unset: a folder in ROLLCALL_DATA.",
            bucket_place,
        ),
        Setting(
            "ROLLCALL_S3_ENDPOINT",
            "Address of that storage, such as https://storage.example.org; unset: AWS_ENDPOINT_URL, else Amazon's.",
            bucket_endpoint,
        ),
        Setting("ROLLCALL_S3_REGION", "Region of that storage; unset: AWS_REGION, else us-east-1.", str),
        Setting(
            "ROLLCALL_S3_KEY",
            "Id of an access key of that storage; unset: AWS_ACCESS_KEY_ID, or the role that Amazon gave the machine.",
            str,
        ),
        Setting("ROLLCALL_S3_SECRET", "The secret that belongs to ROLLCALL_S3_KEY.", str),
    )
    export_days: int = setting(
        "ROLLCALL_EXPORT_DAYS", "Days for which an exported file can be downloaded.", whole(1, 365), default="7"
    )
    link_minutes: int = setting(
        "ROLLCALL_LINK_MINUTES", "Minutes for which a download link works.", whole(1, 24 * 60), default="10"
    )
    pool_size: int = setting(
        "ROLLCALL_POOL_SIZE", "Database connections a process may hold.", whole(1, 200), default="10"
    )
    statement_seconds: int = setting(
        "ROLLCALL_STATEMENT_SECONDS",
        "Seconds after which the database ends a statement of a request.",
        whole(1, 3600),
        default="30",
    )
    smtp: MailServer | None = setting(
        "ROLLCALL_SMTP_URL",
        "Mail server: smtp://, smtp+starttls:// or smtps://[user:password@]host[:port]; unset: no mail is sent.",
        mail_server,
    )
    mail_from: str = setting(
        "ROLLCALL_MAIL_FROM",
        "Address that mail comes from; unset: rollcall@ the host of ROLLCALL_URL.",
        mail_address,
        unset=lambda parsed: mail_address_at(parsed["url"]),
    )
    mail_domains: tuple[str, ...] = setting(
        "ROLLCALL_MAIL_DOMAINS",
        "Domains whose addresses a schedule may mail without an account, with commas between; unset: none.",
        domains,
        default="",
    )
    mail_megabytes: int = setting(
        "ROLLCALL_MAIL_MEGABYTES",
        "MB that the files of a mail may have as they are sent, a third more than as files; beyond, it has links.",
        whole(0, 100),
        default="15",
    )
    webhook_networks: tuple[Network, ...] = setting(
        "ROLLCALL_WEBHOOK_NETWORKS",
        "Private networks that webhooks may call all the same, such as 10.1.0.0/16, with commas between; unset: none.",
        networks,
        default="",
    )
    alert_days: int = setting(
        "ROLLCALL_ALERT_DAYS",
        "Days for which read alerts are kept, and what rules found that is over; 0: for ever.",
        whole(0, 36_500),
        default="400",
    )
    delivery_days: int = setting(
        "ROLLCALL_DELIVERY_DAYS",
        "Days for which messages and their attempts are kept once they have ended; 0: for ever.",
        whole(0, 36_500),
        default="400",
    )
    run_days: int = setting(
        "ROLLCALL_RUN_DAYS",
        "Days for which slots of schedules are kept once they have ended, and runs without reports; 0: for ever.",
        whole(0, 36_500),
        default="400",
    )
    metrics_token: str | None = setting(
        "ROLLCALL_METRICS_TOKEN",
        "Bearer token with which GET /metrics is answered, 32 characters or more; unset: it is not there.",
        key,
        secret=True,
    )
    slow_seconds: float = setting(
        "ROLLCALL_SLOW_SECONDS",
        "Seconds from which on a statement or an operation is a line in the log of what is slow.",
        number(0.001, 3600),
        default="1",
    )
    log: str = setting(
        "ROLLCALL_LOG",
        "Least serious level that is logged: debug, info, warning or error.",
        choice("debug", "info", "warning", "error"),
        default="info",
    )
    demo_scale: float = setting(
        "ROLLCALL_DEMO_SCALE",
        "Size of the demo's college: 1 is about 1,000 trainees, 0.05 the least.",
        number(0.01, 100),
        default="1",
    )

    @property
    def origins(self) -> tuple[str, ...]:
        """Whose pages may use Rollcall from a browser: our own address first, also where a proxy drops Host."""
        return (origin_of(self.url), *self.further_origins)

    @property
    def sub_path(self) -> str:
        """What stands before every path of ours where people see it, such as /rollcall; empty at the root of a host."""
        return urlsplit(self.url).path


SETTINGS: Final[tuple[Setting[Any], ...]] = tuple(
    variable for source in sources_of(Settings).values() for variable in source.settings
)
