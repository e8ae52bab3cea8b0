"""What an asker may choose of a file: checked when it is asked for, and kept in the row of the export or schedule.

`ExportOptions` is the one declaration: what is stored, refused, asked for through GraphQL and typed follows its fields.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from exporters import Format, Layout, Options, Paper, Separator
from exporters.language import locale_of
from resolvers.core.problems import Refusal

# the choices that only some formats have, as those say them (Format.heeds)
_OF_A_FORMAT: Final = {
    "paper": "paper",
    "locale": "locale",
    "byte_order_mark": "byteOrderMark",
    "separator": "separator",
    "table": "table",
}
_KEY: Final = re.compile("[A-Za-z][A-Za-z0-9]{0,39}")
_LONGEST_TAG: Final = 35
_WORDS: Final[Mapping[str, Callable[[str], Any]]] = {"layout": Layout, "paper": Paper, "separator": Separator}


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """`paper` and `locale` (a BCP 47 tag) None: those of the school; `table` None: all of them.

    `guarded` False: without what is guarded, for a file that goes to somebody without an account. Nobody asks for it.
    """

    layout: Layout = Layout.TOGETHER
    paper: Paper | None = None
    locale: str | None = None
    byte_order_mark: bool = False
    separator: Separator = Separator.COMMA
    table: str | None = None
    guarded: bool = True

    @property
    def for_writer(self) -> Options:
        """Those a format is told of; paper and language are part of the style."""
        return Options(self.layout, self.byte_order_mark, self.separator, self.table)

    def checked(self, *formats: Format) -> "ExportOptions":
        """Itself, for a file of each of these formats. Refusal: a choice that none of them has, or not `sound`."""
        for name in self._chosen():
            said = _OF_A_FORMAT.get(name)
            if said and not any(said in format_.heeds for format_ in formats):
                raise Refusal(_no_such_choice(formats), ("options", said))
        if not formats and self != _NONE:
            raise Refusal(_no_such_choice(formats), ("options",))
        return self.sound()

    def sound(self) -> "ExportOptions":
        """Itself. Refusal: a choice that would be none in any format."""
        if self.table is not None and not _KEY.fullmatch(self.table):
            raise Refusal(f"{self.table[:40]!r} is no key of a table; leave it out to have all", ("options", "table"))
        if self.locale is not None and (len(self.locale) > _LONGEST_TAG or locale_of(self.locale) is None):
            raise Refusal(
                f"{self.locale[:40]!r} is no language anybody knows; give a BCP 47 tag such as en-GB or ar",
                ("options", "locale"),
            )
        return self

    def heeded_by(self, format_: Format) -> "ExportOptions":
        """Those of them that the format has, where they were chosen for files of several."""
        others = [name for name, said in _OF_A_FORMAT.items() if said not in format_.heeds]
        return replace(self, **{name: getattr(_NONE, name) for name in others})

    def stored(self) -> dict[str, Any]:
        """What was chosen, as JSON."""
        return {name: getattr(self, name) for name in self._chosen()}

    def _chosen(self) -> Iterator[str]:
        """The names of what is not as it is unless somebody chooses."""
        return (field.name for field in fields(self) if getattr(self, field.name) != getattr(_NONE, field.name))


_NONE: Final = ExportOptions()


def options_from_stored(stored: Mapping[str, Any]) -> ExportOptions:
    """The options as they were chosen."""
    values = {**stored, **{name: word(stored[name]) for name, word in _WORDS.items() if name in stored}}
    return ExportOptions(**values)


def _no_such_choice(formats: Sequence[Format]) -> str:
    if not formats:
        return "there is no file to choose it for; name a format, or leave it out"
    names = ", ".join(format_.name for format_ in formats)
    lacking = f"{names} has no such choice" if len(formats) == 1 else f"none of {names} has such a choice"
    return f"{lacking}; leave it out"
