"""What an asker may choose of a file: checked when it is asked for, and kept in the row of the export."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from exporters import Format, Layout, Options, Paper
from exporters.words import locale_of
from resolvers.core.problems import Refusal

_OF_A_FORMAT: Final = {
    "paper": "paper",
    "locale": "locale",
    "byte_order_mark": "byteOrderMark",
    "table": "table",
}
_KEY: Final = re.compile("[A-Za-z][A-Za-z0-9]{0,39}")
_LONGEST_TAG: Final = 35


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """`paper` and `locale` (a BCP 47 tag) None: those of the school; `table` None: all of them.

    `guarded` False: without what is guarded, for a file that goes to somebody without an account. Nobody asks for it.
    """

    layout: Layout = Layout.TOGETHER
    paper: Paper | None = None
    locale: str | None = None
    byte_order_mark: bool = False
    table: str | None = None
    guarded: bool = True

    @property
    def for_writer(self) -> Options:
        """Those a format is told of; paper and language are part of the style."""
        return Options(self.layout, self.byte_order_mark, self.table)

    def checked(self, format_: Format) -> "ExportOptions":
        """Itself. Refusal: a choice the format has not, or a language nobody knows."""
        for name, said in _OF_A_FORMAT.items():
            if getattr(self, name) and said not in format_.heeds:
                raise Refusal(f"{format_.name} has no such choice; leave it out", ("options", said))
        if self.table is not None and not _KEY.fullmatch(self.table):
            raise Refusal(f"{self.table[:40]!r} is no key of a table; leave it out to have all", ("options", "table"))
        if self.locale is not None and (len(self.locale) > _LONGEST_TAG or locale_of(self.locale) is None):
            raise Refusal(
                f"{self.locale[:40]!r} is no language anybody knows; give a BCP 47 tag such as en-GB or ar",
                ("options", "locale"),
            )
        return self

    def stored(self) -> dict[str, Any]:
        """What was chosen, as JSON."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value != getattr(_NONE, name)}


_NONE: Final = ExportOptions()


def options_from_stored(stored: Mapping[str, Any]) -> ExportOptions:
    """The options as they were chosen."""
    values = dict(stored)
    if "layout" in values:
        values["layout"] = Layout(values["layout"])
    if "paper" in values:
        values["paper"] = Paper(values["paper"])
    return ExportOptions(**values)
