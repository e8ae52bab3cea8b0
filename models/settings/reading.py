"""The settings of one process, read once from the environment."""

import os
from collections.abc import Mapping
from typing import Any

from models.settings.declaring import sources_of, text_of
from models.settings.table import SETTINGS, Settings


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read every setting; an empty variable counts as unset. SettingsError: a sentence that names the variable."""
    parsed: dict[str, Any] = {}
    for name, source in sources_of(Settings).items():
        parsed[name] = source.value(environ, parsed)
    return Settings(**parsed)


def variables_set(environ: Mapping[str, str] = os.environ) -> list[str]:
    """The names of the settings that are not at their defaults, in the order of the table."""
    return [setting.name for setting in SETTINGS if text_of(setting, environ)]
