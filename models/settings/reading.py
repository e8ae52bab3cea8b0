"""The settings of one process, read once from the environment."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

from models.settings.declaring import sources_of, text_of
from models.settings.table import SETTINGS, Settings
from models.settings.values import SettingsError

_OURS: Final = "ROLLCALL_"
_NEAR: Final = 0.85  # all of them begin alike


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read every setting; an empty variable counts as unset.

    SettingsError: a sentence that names the variable, also where it begins as ours do and is none of them.
    """
    _refuse_unknown(environ)
    parsed: dict[str, Any] = {}
    for name, source in sources_of(Settings).items():
        parsed[name] = source.value(environ, parsed)
    return Settings(**parsed)


def variables_set(environ: Mapping[str, str] = os.environ) -> list[str]:
    """The names of the settings that are not at their defaults, in the order of the table."""
    return [setting.name for setting in SETTINGS if text_of(setting, environ)]


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    """A misspelt name would leave a setting at its default, and nobody would hear of it."""
    known = {setting.name for setting in SETTINGS}
    for name in sorted(environ):
        if name.startswith(_OURS) and environ[name].strip() and name not in known:
            near = get_close_matches(name, known, n=1, cutoff=_NEAR)
            meant = f"; {near[0]} is meant, perhaps" if near else ""
            raise SettingsError(f"{name} is no setting of Rollcall{meant}. `rollcall settings` says which there are.")
