"""docs/settings.md: the table of settings, for people."""

from models.settings.table import SETTINGS

_HEAD = """\
# Settings

All are environment variables; unset, or empty, means the default. This page is what `rollcall settings` prints; the
declarations are in `models/settings/table.py`. `rollcall doctor` says which are set.

| variable | default | meaning |
|---|---|---|
"""


def settings_page() -> str:
    """The page, in Markdown."""
    rows = (
        f"| `{setting.name}` | {f'`{setting.default}`' if setting.default else ''} | {setting.meaning} |\n"
        for setting in SETTINGS
    )
    return _HEAD + "".join(rows)
