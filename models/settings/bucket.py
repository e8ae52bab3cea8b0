"""S3-compatible storage of the exported files, and how it is set."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urlsplit

from models.settings.addresses import scheme_of
from models.settings.values import SettingsError, UnreadableError

_PLACE: Final = re.compile(
    r"s3://([a-z0-9][a-z0-9._-]{1,61}[a-z0-9])((?:/[a-z0-9_-][a-z0-9._-]*)*)/?", re.ASCII | re.IGNORECASE
)


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


def bucket_of(
    place: tuple[str, str | None] | None, endpoint: str | None, region: str | None, key: str | None, secret: str | None
) -> Bucket | None:
    """The storage that is set; None without a place. SettingsError: half of a key."""
    if (key is None) != (secret is None):
        raise SettingsError("ROLLCALL_S3_KEY and ROLLCALL_S3_SECRET belong together: set both, or neither.")
    return None if place is None else Bucket(*place, endpoint, region, key, secret)


def bucket_place(text: str) -> tuple[str, str | None]:
    """The name of a bucket and the prefix within, of s3://bucket/prefix."""
    parts = _PLACE.fullmatch(text)
    if parts is None:
        # The value is not repeated: some write the secret into such an address.
        raise UnreadableError("must look like s3://bucket or s3://bucket/prefix, of letters, digits, and . _ - within.")
    return parts[1], parts[2].strip("/") or None


def bucket_endpoint(text: str) -> str:
    """The address of a storage service, without a slash at its end."""
    url = text.rstrip("/")
    if scheme_of(url) in {"http", "https"}:
        parts = urlsplit(url)
        if parts.hostname and _has_port(parts) and "@" not in parts.netloc and not (parts.query or parts.fragment):
            return url
    # The value is not repeated: some write the secret into such an address.
    raise UnreadableError("must be an address such as https://storage.example.org, without a key.")


def _has_port(parts: SplitResult) -> bool:
    """Whether its port is one, or there is none and the scheme says it."""
    try:
        return parts.port != 0
    except ValueError:
        return False
