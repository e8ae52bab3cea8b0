"""How a setting is declared: its variable, its meaning, how its text is read, and its default.

A declaration is a field of `Settings` (see `table`); whatever else there is to know of settings follows from it.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Generic, TypeVar, cast, overload

from models.settings.values import SettingsError, UnreadableError

Value = TypeVar("Value")
Parsed = Mapping[str, Any]
"""The fields of `Settings` read so far, in the order of their declarations."""

_SOURCE: Final = "source"


@dataclass(frozen=True, slots=True)
class Setting(Generic[Value]):
    """One environment variable; `default` is shown as text, None means: unset."""

    name: str
    meaning: str
    read: Callable[[str], Value]
    default: str | None = None

    def value(self, environ: Mapping[str, str]) -> Value | None:
        """What the variable says, else the default. SettingsError: a sentence that names the variable."""
        text = text_of(self, environ) or self.default
        if text is None:
            return None
        try:
            return self.read(text)
        except UnreadableError as reason:
            raise SettingsError(f"{self.name} {reason}") from None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field of `Settings` comes from: its variables, and what makes the field of them."""

    settings: tuple[Setting[Any], ...]
    value: Callable[[Mapping[str, str], Parsed], Any]


@overload
def setting(
    name: str,
    meaning: str,
    read: Callable[[str], Value],
    *,
    default: str,
    unset: Callable[[Parsed], Value] | None = None,
    secret: bool = False,
) -> Value: ...


@overload
def setting(
    name: str, meaning: str, read: Callable[[str], Value], *, unset: Callable[[Parsed], Value], secret: bool = False
) -> Value: ...


@overload
def setting(name: str, meaning: str, read: Callable[[str], Value], *, secret: bool = False) -> Value | None: ...


def setting(
    name: str,
    meaning: str,
    read: Callable[[str], Any],
    *,
    default: str | None = None,
    unset: Callable[[Parsed], Any] | None = None,
    secret: bool = False,
) -> Any:
    """A field of `Settings` that is one variable.

    `read` makes the value of its text, or raises UnreadableError with the rest of a sentence that the variable begins.
    Without a value the field is `read(default)`; `unset`, where it is given, makes it of the fields above instead.
    A `secret` is kept out of what is printed.
    """
    variable = Setting(name, meaning, read, default)

    def value(environ: Mapping[str, str], parsed: Parsed) -> Any:
        if unset is not None and not text_of(variable, environ):
            return unset(parsed)
        return variable.value(environ)

    return field(repr=not secret, metadata={_SOURCE: Source((variable,), value)})


def joined(make: Callable[..., Value], *settings: Setting[Any]) -> Value:
    """A field of `Settings` that `make` makes of the values of several variables, None for each that is unset."""

    def value(environ: Mapping[str, str], _parsed: Parsed) -> Value:
        return make(*(each.value(environ) for each in settings))

    return cast("Value", field(metadata={_SOURCE: Source(settings, value)}))


def sources_of(table: type[Any]) -> dict[str, Source]:
    """The source of each field of `Settings`."""
    return {each.name: each.metadata[_SOURCE] for each in fields(table)}


def text_of(declared: Setting[Any], environ: Mapping[str, str] = os.environ) -> str:
    """The text of its variable; an empty variable counts as unset."""
    return environ.get(declared.name, "").strip()
