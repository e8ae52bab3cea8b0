"""What may differ between two recordings of the same product, each with its reason; all else must be the same.

Recordings keep everything as it came. These rules take away, when two are compared, what no two can share.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
TICK: Final = timedelta(seconds=1)
# how files say it to people: en-GB, de
SAID: Final = {
    re.compile(r"\b\d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d\b"): "%d %b %Y, %H:%M",
    re.compile(r"\b\d\d\.\d\d\.\d{4}, \d\d:\d\d\b"): "%d.%m.%Y, %H:%M",
}
ZONES: Final = timedelta(hours=14)  # files say moments by the clock of their school
FREE: Final = re.compile(r"\b[\d.]+ GB free\b")  # how much room the disk has
# the methods of an address are kept in a set by Starlette, which has no order
METHODS: Final = re.compile(r"\b(?:GET|HEAD|POST)(?:, (?:GET|HEAD|POST))+\b")

HEADERS: Final = {
    "date": "the moment of the answer",
    "x-request-id": "random",
    "content-length": "moments and signatures in the body have more or fewer digits",
    "last-modified": "when the page was built",
    "etag": "of pages: when they were built; of downloads: a hash over moments, whose file is compared by itself",
}
KEYS: Final = {
    "byteSize": "of a file that says when it was made; the file is compared by itself",
    "sha256": "of the same file",
    "expiresAt": "a length of time after now",
    "nextAttemptAt": "a length of time after now",
    "milliseconds": "how long it took",
}
# the slots of a schedule depend on the day of the recording; the time of day is kept
CLOCK_KEYS: Final = {"nextSlots", "nextCheckAt"}
RANDOM: Final = {
    "request": re.compile(r"\b[0-9a-f]{32}\b"),  # ids of requests
    "token": re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+"),  # access tokens hold the moment
    "secret": re.compile(r"\bwhsec_[\w+/=-]+"),  # secrets of webhooks are random
    "link": re.compile(r"until=\d+&signature=[0-9a-f]{64}"),  # links end some minutes after now
    "message": re.compile(r"(?<=\bmsg_)\d+_[0-9a-f]+"),  # ids of messages hold the moment they were written down
}


@dataclass(slots=True)
class Rules:
    """The rules for one recording: when it was made, from which checkout, on which copy of the data."""

    began: datetime
    ended: datetime
    places: dict[str, str]
    numbers: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, about: dict[str, Any]) -> "Rules":
        """The rules for the recording with that about.json."""
        began, ended = (datetime.fromisoformat(about[name]) for name in ("began", "ended"))
        places = {about["data"]: "<data>", about["tree"]: "<tree>", f"127.0.0.1 port {about['port']}": "<address>"}
        return cls(began - TICK, ended + TICK, places)

    def begin(self) -> None:
        """Numbers random values anew: they are numbered within one answer."""
        self.numbers = {}

    def value(self, value: Any, key: str = "") -> Any:
        """What is left of a value of JSON that stands under a key."""
        if key == "headers" and isinstance(value, dict):
            value = {name: text for name, text in value.items() if name not in HEADERS}
        if isinstance(value, dict):
            return {name: self.value(below, name) for name, below in value.items()}
        if isinstance(value, list):
            left = [self.value(below, key) for below in value]
            # errors come as the loaders end, which is in no order
            return sorted(left, key=lambda error: json.dumps(error, sort_keys=True)) if key == "errors" else left
        if key in KEYS and value is not None:
            return f"<{key}>"
        return self.text(value, clock=key in CLOCK_KEYS) if isinstance(value, str) else value

    def text(self, text: str, *, clock: bool = False) -> str:
        """What is left of a text."""
        for place, name in self.places.items():
            text = text.replace(place, name)
        for name, pattern in RANDOM.items():
            text = pattern.sub(self._numbered(name), text)
        text = FREE.sub("<free> GB free", text)
        text = METHODS.sub(lambda match: ", ".join(sorted(match[0].split(", "))), text)
        return MOMENT.sub(_clock if clock else self._moment, text)

    def said(self, text: str) -> str:
        """What is left of a text of a file that people read."""
        for pattern, form in SAID.items():
            text = pattern.sub(self._said(form), self.text(text))
        return text

    def _said(self, form: str) -> Callable[[re.Match[str]], str]:
        def left(match: re.Match[str]) -> str:
            moment = datetime.strptime(match[0], form).replace(tzinfo=UTC)
            return "<now>" if self.is_now(moment) else match[0]

        return left

    def is_now(self, local: datetime) -> bool:
        """Whether a moment by the clock of a school, given as if that were UTC, may be one of the recording."""
        return self.began - ZONES <= local <= self.ended + ZONES

    def _moment(self, match: re.Match[str]) -> str:
        """Moments of the recording itself go; those of the data stay."""
        moment = datetime.fromisoformat(match[0])
        return "<now>" if self.began <= moment.astimezone(UTC) <= self.ended else match[0]

    def _numbered(self, name: str) -> Callable[[re.Match[str]], str]:
        numbers = self.numbers.setdefault(name, {})
        return lambda match: numbers.setdefault(match[0], f"<{name} {len(numbers) + 1}>")


def _clock(match: re.Match[str]) -> str:
    return f"<day>{match[0][10:]}"
