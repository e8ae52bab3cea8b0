"""The language of a file: words from a catalogue or a school's own, numbers and days as its locale writes them (babel).

Words are asked for by their English text, so the English file needs no catalogue: `words("Key figures")`. A catalogue
is `locale/<language>.po`; a school may replace single texts, by the same English text.
"""

import gettext
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, get_day_names
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

CATALOGUES = Path(__file__).parent / "locale"


@dataclass(frozen=True, slots=True)
class Words:
    """A language, as a BCP 47 tag, with the texts a school has replaced (English text: its own).

    A tag nobody knows is read as English.
    """

    locale: str = "en"
    replaced: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, text: str, **values: object) -> str:
        """The text in this language, with `{name}` filled in."""
        said = self.replaced.get(text) or _catalogue(self.locale).gettext(text)
        return said.format(**values) if values else said

    def many(self, one: str, many: str, number: int, **values: object) -> str:
        """The text that goes with that number, in which `{number}` stands for it."""
        own = self.replaced.get(one if number == 1 else many)
        said = own or _catalogue(self.locale).ngettext(one, many, number)
        return said.format(number=self.number(number), **values)

    @property
    def rtl(self) -> bool:
        """Whether the language is written from right to left."""
        return _locale(self.locale).text_direction == "rtl"

    @property
    def language(self) -> str:
        """The BCP 47 tag of the language that is used."""
        return str(_locale(self.locale)).replace("_", "-")

    @property
    def first_weekday(self) -> int:
        """The day a week begins with: 0 is Monday, 6 is Sunday."""
        return _locale(self.locale).first_week_day

    def weekdays(self) -> list[str]:
        """The short names of the days of a week, beginning with its first."""
        names = get_day_names("abbreviated", locale=_locale(self.locale))
        return [names[(self.first_weekday + place) % 7] for place in range(7)]

    def number(self, value: float | Decimal, decimals: int = 0) -> str:
        """The number, grouped, with exactly so many decimals."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return format_decimal(value, format=pattern, locale=_locale(self.locale))

    def percent(self, value: float | Decimal, decimals: int) -> str:
        """The share (0–1) in per cent, with exactly so many decimals."""
        locale = _locale(self.locale)
        pattern = locale.percent_formats[None]
        digits = "0" + ("." + "0" * decimals if decimals else "")
        return format_percent(value, format=pattern.pattern.replace("#,##0", "#,##" + digits), locale=locale)

    def day(self, day: date) -> str:
        """The day in the locale's middle length, such as 31 Mar 2026."""
        return format_date(day, "medium", locale=_locale(self.locale))

    def instant(self, instant: datetime, time_zone: str) -> str:
        """The day and time by the clock of that zone."""
        local = instant if instant.tzinfo is None else instant.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)
        return format_datetime(local, "medium", locale=_locale(self.locale))


@cache
def _locale(tag: str) -> Locale:
    try:
        return Locale.parse(tag.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@cache
def _catalogue(tag: str) -> gettext.NullTranslations:
    path = CATALOGUES / f"{_locale(tag).language}.po"
    if not path.is_file():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
