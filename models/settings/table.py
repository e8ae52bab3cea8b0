"""The table of settings: the truth for what is read, for the README and for `rollcall doctor`."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable; `default` is shown as text, None means: unset."""

    name: str
    default: str | None
    help: str


SETTINGS: Final[tuple[Setting, ...]] = (
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
