"""How the text of one setting is read: numbers, choices, lists, paths.

Each reader raises UnreadableError with the rest of a sentence; the name of the variable is put before it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

SECRET_LENGTH: Final = 32


class SettingsError(ValueError):
    """A setting holds a value Rollcall cannot work with."""


class UnreadableError(ValueError):
    """The text of a setting is none; says what it must be, as in "must be a whole number from 1 to 7, not 'x'."."""


def whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number from `least` to `most`."""

    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most:
            return int(text)
        raise UnreadableError(f"must be a whole number from {least} to {most}, not {text!r}.")

    return read


def number(least: float, most: float) -> Callable[[str], float]:
    """A number from `least` to `most`."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if least <= value <= most:
            return value
        raise UnreadableError(f"must be a number from {least} to {most}, not {text!r}.")

    return read


def choice(*allowed: str) -> Callable[[str], str]:
    """One of these words, in lower case however it is written."""

    def read(text: str) -> str:
        if text.lower() in allowed:
            return text.lower()
        raise UnreadableError(f"must be one of {', '.join(allowed)}, not {text!r}.")

    return read


def directory(text: str) -> Path:
    """The absolute path of a directory; it need not exist."""
    return Path(text).expanduser().absolute()


def key(text: str) -> str:
    """A key that signs: too long to be guessed."""
    if len(text) < SECRET_LENGTH:
        raise UnreadableError(f"must have at least {SECRET_LENGTH} characters, not {len(text)}.")
    return text


def parts_of(text: str) -> list[str]:
    """What stands between the commas."""
    return [part for part in (part.strip() for part in text.split(",")) if part]
