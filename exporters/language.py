"""The language of a file: words from a catalogue or a school's own, numbers and days as its locale writes them (babel).

Words are asked for by their English text, so the English file needs no catalogue: `words("Key figures")`. A catalogue
is `locale/<language>.po`; a school may replace single texts, by the same English text. Where there is no catalogue
for a locale the words are English, also those of days, and only the order and the signs are its own.
"""

import gettext
import io
import re
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_day_names
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from exporters.numerals import Numerals, digits_of, numbering_of, numerals_of

CATALOGUES: Final = Path(__file__).parent / "locale"
# words within a pattern of days, whose own letters are ASCII
_FOREIGN: Final = re.compile(r"[^\W\d_a-zA-Z]")


def noop(text: str) -> str:
    """The text itself, marked as one that will be asked for in other languages."""
    return text


class _Filling(string.Formatter):
    """Fills in values by name, and nothing of them: a school's page template asks for texts of its own making, and from
    the attributes of any value it could go on to all that this process knows."""

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, str]:
        return kwargs[field_name], field_name


_FILLING: Final = _Filling()

# how people call what Rollcall writes in capitals
_CODES: Final = {
    "PRESENT": noop("Present"),
    "LATE": noop("Late"),
    "EXCUSED": noop("Excused"),
    "ABSENT": noop("Absent"),
    "UNMARKED": noop("Unmarked"),
    "SCHEDULED": noop("Scheduled"),
    "CANCELLED": noop("Cancelled"),
    "WATCH": noop("Watch"),
    "AT_RISK": noop("At risk"),
}
# the same of each kind of subject, of a report about one, and of several reports
KINDS: Final = {
    "SCHOOL": (noop("School"), noop("School report"), noop("School reports")),
    "DEPARTMENT": (noop("Department"), noop("Department report"), noop("Department reports")),
    "PROGRAMME": (noop("Programme"), noop("Programme report"), noop("Programme reports")),
    "CLASS_GROUP": (noop("Class group"), noop("Class group report"), noop("Class group reports")),
    "COURSE": (noop("Course"), noop("Course report"), noop("Course reports")),
    "TRAINER": (noop("Trainer"), noop("Trainer report"), noop("Trainer reports")),
    "TRAINEE": (noop("Trainee"), noop("Trainee report"), noop("Trainee reports")),
}


@dataclass(frozen=True, slots=True)
class Words:
    """A language, as a BCP 47 tag, with the texts a school has replaced (English text: its own).

    A tag nobody knows is read as English.
    """

    locale: str = "en"
    replaced: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, text: str, **values: object) -> str:
        """The text in this language, with `{name}` filled in."""
        said = self.replaced.get(text) or _language(self.locale).texts.gettext(text)
        return _FILLING.vformat(said, (), values) if values else said

    def many(self, one: str, many: str, number: int, **values: object) -> str:
        """The text that goes with that number, in which `{number}` stands for it."""
        own = self.replaced.get(one if number == 1 else many)
        said = own or _language(self.locale).texts.ngettext(one, many, number)
        return _FILLING.vformat(said, (), {**values, "number": self.number(number)})

    def code(self, code: str) -> str:
        """What people call a status, a band or a kind, such as AT_RISK; any other text as it is."""
        text = KINDS[code][0] if code in KINDS else _CODES.get(code)
        return code if text is None else self(text)

    def report(self, kind: str) -> str:
        """What a report of that kind of subject is called, such as “Course report” for COURSE."""
        return self(KINDS[kind][1]) if kind in KINDS else kind

    def reports(self, kind: str) -> str:
        """What several of them are called, such as “Course reports”."""
        return self(KINDS[kind][2])

    @property
    def rtl(self) -> bool:
        """Whether the language is written from right to left."""
        return _language(self.locale).spoken.text_direction == "rtl"

    @property
    def language(self) -> str:
        """The BCP 47 tag of the language that is used."""
        return str(_language(self.locale).spoken).replace("_", "-")

    @property
    def conventions(self) -> Locale:
        """The locale whose numbers and days are used, as babel knows it."""
        return _language(self.locale).locale

    @property
    def first_weekday(self) -> int:
        """The day a week begins with: 0 is Monday, 6 is Sunday."""
        return _language(self.locale).locale.first_week_day

    def weekdays(self) -> list[str]:
        """The short names of the days of a week, beginning with its first."""
        names = get_day_names("abbreviated", locale=_language(self.locale).spoken)
        return [names[(self.first_weekday + place) % 7] for place in range(7)]

    def month(self, day: date) -> str:
        """The short name of the month of that day."""
        return str(format_date(day, "LLL", locale=_language(self.locale).spoken))

    def number(self, value: float | Decimal | None, decimals: int = 0) -> str:
        """The number, grouped, with exactly so many decimals; a dash for what is not known."""
        return _language(self.locale).numerals.number(value, decimals)

    def percent(self, value: float | Decimal | None, decimals: int) -> str:
        """The share (0–1) in per cent, with exactly so many decimals; a dash for what is not known."""
        return _language(self.locale).numerals.percent(value, decimals)

    def day(self, day: date) -> str:
        """The day in the locale's middle length, such as 31 Mar 2026."""
        return _day(self.locale, day.year, day.month, day.day)

    def instant(self, instant: datetime, time_zone: str) -> str:
        """The day and the time to the minute by the clock of that zone."""
        local = instant if instant.tzinfo is None else instant.astimezone(ZoneInfo(time_zone))
        together = str(_language(self.locale).locale.datetime_formats["medium"])
        clock = _clock(self.locale, local.hour, local.minute)
        return together.replace("{0}", clock).replace("{1}", self.day(local))


def locale_of(tag: str) -> Locale | None:
    """The locale of a BCP 47 tag; None: nobody knows it."""
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class _Language:
    """The locale of a tag, the one whose words are used, and what both need."""

    locale: Locale
    spoken: Locale
    texts: gettext.NullTranslations
    numerals: Numerals
    digits: Mapping[int, str]


@cache
def _language(tag: str) -> _Language:
    locale = locale_of(tag.replace("_", "-")) or Locale("en")
    texts = _texts(locale.language)
    spoken = locale if locale.language == "en" or texts is not None else Locale("en")
    # digits are letters of a script: those of another one would stand alone among English words
    system = numbering_of(locale) if spoken == locale else "latn"
    return _Language(
        locale=locale,
        spoken=spoken,
        texts=texts or gettext.NullTranslations(),
        numerals=numerals_of(locale, system),
        digits=digits_of(system),
    )


@lru_cache(maxsize=8192)
def _day(tag: str, year: int, month: int, day: int) -> str:
    found = _language(tag)
    pattern = str(found.locale.date_formats["medium"])
    if found.spoken != found.locale and _FOREIGN.search(pattern):
        pattern = str(found.spoken.date_formats["medium"])
    return format_date(date(year, month, day), pattern, locale=found.spoken).translate(found.digits)


@lru_cache(maxsize=2048)
def _clock(tag: str, hour: int, minute: int) -> str:
    found = _language(tag)
    pattern = str(found.locale.time_formats["short"])
    return format_time(time(hour, minute), pattern, locale=found.spoken).translate(found.digits)


def catalogue_of(language: str) -> Catalog | None:
    """The catalogue of that language, such as ar; None: there is none."""
    path = CATALOGUES / f"{language}.po"
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return read_po(file, locale=language)


@cache
def known_texts() -> frozenset[str]:
    """Every English text a file can say: those of the catalogues."""
    catalogues = [catalogue for path in CATALOGUES.glob("*.po") if (catalogue := catalogue_of(path.stem))]
    texts = ({text for message in catalogue if message.id for text in _forms(message.id)} for catalogue in catalogues)
    return frozenset().union(*texts)


def _forms(id_: str | Iterable[str]) -> tuple[str, ...]:
    return (id_,) if isinstance(id_, str) else tuple(id_)


def _texts(language: str) -> gettext.NullTranslations | None:
    catalogue = catalogue_of(language)
    if catalogue is None:
        return None
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
