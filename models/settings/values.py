"""Values of one setting: text, numbers, choices, lists. SettingsError: a sentence that names the variable."""

from collections.abc import Mapping

Values = Mapping[str, str | None]
"""What is set, or else the default, by the name of the setting; None: unset."""


class SettingsError(ValueError):
    """A setting holds a value Rollcall cannot work with."""


def text(values: Values, name: str) -> str:
    """The text of a setting that has a default."""
    value = values[name]
    assert value is not None, f"{name} has no default"
    return value


def whole(values: Values, name: str, least: int, most: int) -> int:
    """A whole number from `least` to `most`."""
    given = text(values, name)
    if given.isascii() and given.isdigit() and len(given) <= len(str(most)) and least <= int(given) <= most:
        return int(given)
    raise SettingsError(f"{name} must be a whole number from {least} to {most}, not {given!r}.")


def number(values: Values, name: str, least: float, most: float) -> float:
    """A number from `least` to `most`."""
    given = text(values, name)
    try:
        found = float(given)
    except ValueError:
        found = -1.0
    if least <= found <= most:
        return found
    raise SettingsError(f"{name} must be a number from {least} to {most}, not {given!r}.")


def one_of(values: Values, name: str, allowed: tuple[str, ...]) -> str:
    """One of these words, in lower case however it is written."""
    given = text(values, name).lower()
    if given in allowed:
        return given
    raise SettingsError(f"{name} must be one of {', '.join(allowed)}, not {given!r}.")


def listed(given: str | None) -> list[str]:
    """What stands between the commas; nothing of an unset one."""
    return [part for part in (part.strip() for part in (given or "").split(",")) if part]
