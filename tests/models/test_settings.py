"""The table of settings: its defaults, what it refuses, and the secret it keeps."""

import stat
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from models.settings import (
    SETTINGS,
    Bucket,
    MailServer,
    Settings,
    SettingsError,
    load_settings,
    signing_secret,
    variables_set,
)

SMTP_REFUSAL = (
    "ROLLCALL_SMTP_URL must look like smtp://host:25, smtp+starttls://user:password@host:587 or"
    " smtps://user:password@host:465."
)
FILES_REFUSAL = "ROLLCALL_FILES must look like s3://bucket or s3://bucket/prefix, of letters, digits, and . _ - within."
ENDPOINT_REFUSAL = "ROLLCALL_S3_ENDPOINT must be an address such as https://storage.example.org, without a key."
ORIGINS_REFUSAL = (
    "ROLLCALL_ORIGINS must be origins such as https://app.example.org or http://localhost:3000:"
    " scheme, host and port, without a path and without *; not {!r}."
)
NO_ORIGINS = (
    "*",
    "null",
    "app.example.org",
    "https://*.example.org",
    "https://app.example.org/reports",
    "https://app.example.org?a=b",
    "https://app.example.org#top",
    "https://u@app.example.org",
    "https://app.example.org https://b.example.org",
    "https://app.example.org:web",
    "https://",
    "ftp://app.example.org",
    "http://[::1",
)
HALF_A_KEY = "ROLLCALL_S3_KEY and ROLLCALL_S3_SECRET belong together: set both, or neither."


def test_an_empty_environment_gives_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings({}) == Settings(
        database_url=None,
        redis_url=None,
        data=tmp_path / ".rollcall",
        secret=None,
        url="http://127.0.0.1:8000",
        proxies=(),
        further_origins=(),
        host="127.0.0.1",
        port=8000,
        connections=2_000,
        request_seconds=20,
        token_hours=12,
        files=None,
        export_days=7,
        link_minutes=10,
        pool_size=10,
        statement_seconds=30,
        smtp=None,
        mail_from="rollcall@[127.0.0.1]",
        mail_domains=(),
        mail_megabytes=15,
        webhook_networks=(),
        alert_days=400,
        delivery_days=400,
        run_days=400,
        metrics_token=None,
        slow_seconds=1.0,
        log="info",
        demo_scale=1.0,
    )


def test_every_variable_is_read() -> None:
    environ = {
        "DATABASE_URL": "postgresql://u:p@db.example/rollcall",
        "REDIS_URL": "rediss://cache.example:6380/1",
        "ROLLCALL_DATA": "/srv/rollcall",
        "ROLLCALL_SECRET": "s" * 32,
        "ROLLCALL_URL": "https://reports.example.org/",
        "ROLLCALL_PROXIES": "10.1.0.7, fd00::/8",
        "ROLLCALL_ORIGINS": "https://App.example.org:443/, http://localhost:3000,, https://bücher.example, http://[::1]:5173",
        "ROLLCALL_HOST": "0.0.0.0",
        "ROLLCALL_PORT": "9000",
        "ROLLCALL_CONNECTIONS": "500",
        "ROLLCALL_REQUEST_SECONDS": "10",
        "ROLLCALL_TOKEN_HOURS": "1",
        "ROLLCALL_FILES": "s3://reports/rollcall/exports/",
        "ROLLCALL_S3_ENDPOINT": "https://storage.example.org:9000/",
        "ROLLCALL_S3_REGION": "eu-1",
        "ROLLCALL_S3_KEY": "the-key",
        "ROLLCALL_S3_SECRET": "hush",
        "ROLLCALL_EXPORT_DAYS": "30",
        "ROLLCALL_LINK_MINUTES": "5",
        "ROLLCALL_POOL_SIZE": "20",
        "ROLLCALL_STATEMENT_SECONDS": "60",
        "ROLLCALL_SMTP_URL": "smtp+starttls://rollcall%40example.org:p%3Aw@mail.example.org:2525",
        "ROLLCALL_MAIL_FROM": "reports@example.org",
        "ROLLCALL_MAIL_DOMAINS": "example.org, Bücher.example,",
        "ROLLCALL_MAIL_MEGABYTES": "10",
        "ROLLCALL_WEBHOOK_NETWORKS": "10.1.0.0/16, fd00::/8, 192.0.2.7",
        "ROLLCALL_ALERT_DAYS": "0",
        "ROLLCALL_DELIVERY_DAYS": "90",
        "ROLLCALL_RUN_DAYS": "800",
        "ROLLCALL_METRICS_TOKEN": "m" * 32,
        "ROLLCALL_SLOW_SECONDS": "0.25",
        "ROLLCALL_LOG": "WARNING",
        "ROLLCALL_DEMO_SCALE": "0.05",
    }
    assert set(environ) == {setting.name for setting in SETTINGS}
    assert load_settings(environ) == Settings(
        database_url="postgresql://u:p@db.example/rollcall",
        redis_url="rediss://cache.example:6380/1",
        data=Path("/srv/rollcall"),
        secret="s" * 32,
        url="https://reports.example.org",
        proxies=(ip_network("10.1.0.7/32"), ip_network("fd00::/8")),
        further_origins=(
            "https://app.example.org",
            "http://localhost:3000",
            "https://xn--bcher-kva.example",
            "http://[::1]:5173",
        ),
        host="0.0.0.0",
        port=9000,
        connections=500,
        request_seconds=10,
        token_hours=1,
        files=Bucket("reports", "rollcall/exports", "https://storage.example.org:9000", "eu-1", "the-key", "hush"),
        export_days=30,
        link_minutes=5,
        pool_size=20,
        statement_seconds=60,
        smtp=MailServer("smtp+starttls", "mail.example.org", 2525, "rollcall@example.org", "p:w"),
        mail_from="reports@example.org",
        mail_domains=("example.org", "xn--bcher-kva.example"),
        mail_megabytes=10,
        webhook_networks=(ip_network("10.1.0.0/16"), ip_network("fd00::/8"), ip_network("192.0.2.7/32")),
        alert_days=0,
        delivery_days=90,
        run_days=800,
        metrics_token="m" * 32,
        slow_seconds=0.25,
        log="warning",
        demo_scale=0.05,
    )


def test_every_shown_default_is_the_one_in_force() -> None:
    shown = {setting.name: setting.default for setting in SETTINGS if setting.default is not None}
    assert load_settings(shown) == load_settings({})


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("ROLLCALL_ORIGIN", "ROLLCALL_ORIGIN is no setting of Rollcall; ROLLCALL_ORIGINS is meant, perhaps."),
        ("ROLLCALL_ZZZ", "ROLLCALL_ZZZ is no setting of Rollcall."),
    ],
)
def test_a_misspelt_setting_is_refused(name: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings({name: "1"})
    assert str(refusal.value) == f"{sentence} `rollcall settings` says which there are."
    assert load_settings({name: " ", "rollcall_data": "x", "OTHER": "y"}) == load_settings({})


def test_an_empty_variable_counts_as_unset() -> None:
    assert load_settings({setting.name: "  " for setting in SETTINGS}) == load_settings({})


def test_those_that_are_set_are_named_in_the_order_of_the_table() -> None:
    assert variables_set({"ROLLCALL_PORT": "9000", "REDIS_URL": "redis://h", "ROLLCALL_LOG": " ", "HOME": "/root"}) == [
        "REDIS_URL",
        "ROLLCALL_PORT",
    ]


def test_every_variable_is_declared_once() -> None:
    names = [setting.name for setting in SETTINGS]
    assert sorted(set(names)) == sorted(names)


def test_the_public_address_follows_the_port_unless_set() -> None:
    assert load_settings({"ROLLCALL_PORT": "9000"}).url == "http://127.0.0.1:9000"


def test_our_own_address_is_always_among_the_origins() -> None:
    settings = load_settings(
        {"ROLLCALL_URL": "https://Reports.example.org:443/rollcall", "ROLLCALL_ORIGINS": "http://a"}
    )
    assert settings.origins == ("https://reports.example.org", "http://a")
    assert load_settings({"ROLLCALL_PORT": "80"}).origins == ("http://127.0.0.1",)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ROLLCALL_PORT", "80a", "ROLLCALL_PORT must be a whole number from 1 to 65535, not '80a'."),
        ("ROLLCALL_PORT", "0", "ROLLCALL_PORT must be a whole number from 1 to 65535, not '0'."),
        ("ROLLCALL_PORT", "65536", "ROLLCALL_PORT must be a whole number from 1 to 65535, not '65536'."),
        ("ROLLCALL_PORT", "٣", "ROLLCALL_PORT must be a whole number from 1 to 65535, not '٣'."),
        ("ROLLCALL_TOKEN_HOURS", "-1", "ROLLCALL_TOKEN_HOURS must be a whole number from 1 to 744, not '-1'."),
        ("ROLLCALL_EXPORT_DAYS", "1.5", "ROLLCALL_EXPORT_DAYS must be a whole number from 1 to 365, not '1.5'."),
        ("ROLLCALL_DEMO_SCALE", "big", "ROLLCALL_DEMO_SCALE must be a number from 0.01 to 100, not 'big'."),
        ("ROLLCALL_DEMO_SCALE", "nan", "ROLLCALL_DEMO_SCALE must be a number from 0.01 to 100, not 'nan'."),
        ("ROLLCALL_LOG", "loud", "ROLLCALL_LOG must be one of debug, info, warning, error, not 'loud'."),
        ("ROLLCALL_SECRET", "short", "ROLLCALL_SECRET must have at least 32 characters, not 5."),
        ("DATABASE_URL", "mysql://u:hush@h/d", "DATABASE_URL must begin with postgresql:// or postgres://."),
        ("REDIS_URL", "localhost:6379", "REDIS_URL must begin with redis:// or rediss:// or unix://."),
        ("ROLLCALL_SMTP_URL", "mail.example.org", SMTP_REFUSAL),
        ("ROLLCALL_SMTP_URL", "https://u:hush@mail.example.org", SMTP_REFUSAL),
        ("ROLLCALL_SMTP_URL", "smtp://", SMTP_REFUSAL),
        ("ROLLCALL_SMTP_URL", "smtp://u:hush@mail.example.org:mail", SMTP_REFUSAL),
        ("ROLLCALL_SMTP_URL", "smtp://mail.example.org:0", SMTP_REFUSAL),
        ("ROLLCALL_SMTP_URL", "smtp://[::1", SMTP_REFUSAL),
        ("ROLLCALL_SMTP_URL", "smtp://u:hush@mail.example.org/inbox", SMTP_REFUSAL),
        ("ROLLCALL_FILES", "/srv/files", FILES_REFUSAL),
        ("ROLLCALL_FILES", "s3:/reports", FILES_REFUSAL),
        ("ROLLCALL_FILES", "s3://", FILES_REFUSAL),
        ("ROLLCALL_FILES", "s3://key:hush@reports", FILES_REFUSAL),
        ("ROLLCALL_FILES", "https://storage.example.org/reports", FILES_REFUSAL),
        ("ROLLCALL_FILES", "s3://reports/../others", FILES_REFUSAL),
        ("ROLLCALL_FILES", "s3://reports//exports", FILES_REFUSAL),
        ("ROLLCALL_FILES", "s3://reports/exports?region=eu", FILES_REFUSAL),
        ("ROLLCALL_FILES", "s3://räports", FILES_REFUSAL),
        ("ROLLCALL_S3_ENDPOINT", "storage.example.org:9000", ENDPOINT_REFUSAL),
        ("ROLLCALL_S3_ENDPOINT", "s3://storage.example.org", ENDPOINT_REFUSAL),
        ("ROLLCALL_S3_ENDPOINT", "https://key:hush@storage.example.org", ENDPOINT_REFUSAL),
        ("ROLLCALL_S3_ENDPOINT", "https://storage.example.org?key=hush", ENDPOINT_REFUSAL),
        ("ROLLCALL_S3_ENDPOINT", "https://storage.example.org:port", ENDPOINT_REFUSAL),
        ("ROLLCALL_S3_ENDPOINT", "https://[::1", ENDPOINT_REFUSAL),
        ("ROLLCALL_S3_KEY", "the-key", HALF_A_KEY),
        ("ROLLCALL_S3_SECRET", "hush", HALF_A_KEY),
        (
            "ROLLCALL_MAIL_FROM",
            "Rollcall <reports@example.org>",
            "ROLLCALL_MAIL_FROM must be an address such as reports@example.org, not 'Rollcall <reports@example.org>'.",
        ),
        (
            "ROLLCALL_MAIL_FROM",
            "reports",
            "ROLLCALL_MAIL_FROM must be an address such as reports@example.org, not 'reports'.",
        ),
        (
            "ROLLCALL_MAIL_DOMAINS",
            "example.org,*.org",
            "ROLLCALL_MAIL_DOMAINS must be domains such as example.org, not '*.org'.",
        ),
        ("ROLLCALL_MAIL_MEGABYTES", "101", "ROLLCALL_MAIL_MEGABYTES must be a whole number from 0 to 100, not '101'."),
        (
            "ROLLCALL_MAIL_MEGABYTES",
            "15 MB",
            "ROLLCALL_MAIL_MEGABYTES must be a whole number from 0 to 100, not '15 MB'.",
        ),
        (
            "ROLLCALL_WEBHOOK_NETWORKS",
            "10.1.2.3/16",
            "ROLLCALL_WEBHOOK_NETWORKS must be networks such as 10.1.0.0/16 or fd00::/8, not '10.1.2.3/16'.",
        ),
        (
            "ROLLCALL_URL",
            "reports.example.org",
            "ROLLCALL_URL must be an address such as https://reports.example.org, not 'reports.example.org'.",
        ),
        (
            "ROLLCALL_URL",
            "https://reports.example.org:web",
            "ROLLCALL_URL must be an address such as https://reports.example.org, not 'https://reports.example.org:web'.",
        ),
        *(
            ("ROLLCALL_ORIGINS", f"http://localhost:3000,{value}", ORIGINS_REFUSAL.format(value))
            for value in NO_ORIGINS
        ),
        (
            "ROLLCALL_URL",
            "http://[::1",
            "ROLLCALL_URL must be an address such as https://reports.example.org, not 'http://[::1'.",
        ),
    ],
)
def test_a_bad_value_is_refused_in_a_sentence(name: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings({name: value})
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("scheme", "port", "url"),
    [("smtp", 25, "smtp://mail"), ("smtp+starttls", 587, "smtp+starttls://mail/"), ("smtps", 465, "smtps://mail")],
)
def test_a_mail_server_has_the_port_of_its_scheme(scheme: str, port: int, url: str) -> None:
    assert load_settings({"ROLLCALL_SMTP_URL": url}).smtp == MailServer(scheme, "mail", port)


@pytest.mark.parametrize(
    "environ",
    [
        {"DATABASE_URL": "postgresql://u:hush@h/d"},
        {"REDIS_URL": "redis://:hush@h"},
        {"ROLLCALL_SECRET": "hush" * 8},
        {"ROLLCALL_SMTP_URL": "smtps://u:hush@mail.example.org"},
        {"ROLLCALL_FILES": "s3://reports", "ROLLCALL_S3_KEY": "the-key", "ROLLCALL_S3_SECRET": "hush"},
    ],
    ids=lambda environ: next(iter(environ)),
)
def test_what_is_secret_is_not_printed(environ: dict[str, str]) -> None:
    assert "hush" not in repr(load_settings(environ))


@pytest.mark.parametrize(
    ("place", "endpoint", "shown"),
    [
        ("s3://reports", "", "s3://reports"),
        ("s3://reports/a/b", "http://127.0.0.1:9000", "s3://reports/a/b at http://127.0.0.1:9000"),
    ],
)
def test_a_bucket_says_where_it_is_and_not_its_secret(place: str, endpoint: str, shown: str) -> None:
    key = {"ROLLCALL_S3_KEY": "the-key", "ROLLCALL_S3_SECRET": "hush"}
    settings = load_settings({"ROLLCALL_FILES": place, "ROLLCALL_S3_ENDPOINT": endpoint, **key})
    assert str(settings.files) == shown
    assert "hush" not in repr(settings)


def test_without_a_bucket_its_other_settings_mean_nothing() -> None:
    key = {"ROLLCALL_S3_REGION": "eu-1", "ROLLCALL_S3_KEY": "the-key", "ROLLCALL_S3_SECRET": "hush"}
    assert load_settings(key) == load_settings({})


def test_mail_comes_from_the_host_people_reach_unless_set() -> None:
    assert load_settings({"ROLLCALL_URL": "https://reports.example.org/x"}).mail_from == "rollcall@reports.example.org"


def test_the_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    settings = load_settings({"ROLLCALL_DATA": str(tmp_path / "data")})
    secret = signing_secret(settings)
    assert len(secret) == 64
    assert signing_secret(settings) == secret
    assert [path.name for path in settings.data.iterdir()] == ["secret"]
    assert stat.S_IMODE((settings.data / "secret").stat().st_mode) == 0o600


def test_a_secret_that_was_set_leaves_no_file(tmp_path: Path) -> None:
    settings = replace(load_settings({"ROLLCALL_DATA": str(tmp_path / "data")}), secret="k" * 40)
    assert signing_secret(settings) == "k" * 40
    assert not settings.data.exists()
