"""How the text of a cell becomes a value: a declaration per type, in SQL, since the database reads the rows.

`{x}` stands for the text. `valid` is asked of every cell and so kept cheap; `wrong` is asked of bad cells only, and
gives the sentence that says what would be right (`{shown}`: the text in quotes, cut where it is long).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MOST_TEXT: Final = 250
MOST_NAME: Final = 1_000
MOST_LONG_TEXT: Final = 10_000
MOST_ID: Final = 200


@dataclass(frozen=True, slots=True)
class Cell:
    """A type of cell: its type in the database, when a text is one, how it is read, and what to say when it is not."""

    sql_type: str
    valid: str
    parse: str
    wrong: str

    def value(self, text: str) -> str:
        """SQL for the value of a given text; null when it is empty or not valid."""
        return f"case when {self.valid.replace('{x}', text)} then {self.parse.replace('{x}', text)} end"

    def complaint(self, text: str) -> str:
        """SQL for what is wrong with a text that is not valid."""
        return self.wrong.replace("{shown}", shown(text)).replace("{x}", text)


def literal(text: str) -> str:
    """The text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def shown(text: str) -> str:
    """SQL for the text as a sentence quotes it: on one line, cut after sixty characters."""
    line = f"regexp_replace({text}, '[\\u0001-\\u001f\\u007f-\\u009f]+', ' ', 'g')"
    return f"""('"' || left({line}, 60) || case when length({line}) > 60 then '…' else '' end || '"')"""


def _says(sentence: str) -> str:
    return "{shown} || " + literal(" " + sentence)


def words(choices: Iterable[StrEnum], sql_type: str = "text") -> Cell:
    """One of a closed vocabulary, spelt exactly."""
    *most, last = [str(choice) for choice in choices]
    listed = ", ".join(literal(choice) for choice in [*most, last])
    return Cell(sql_type, f"{{x}} in ({listed})", f"({{x}})::{sql_type}", _says(f"is not {', '.join(most)} or {last}"))


_CONTROL: Final = r"'[\u0001-\u001f\u007f-\u009f]'"
_CONTROL_SAYS: Final = literal("holds a control character, such as a line break")


def _line_of_text(most: int) -> Cell:
    return Cell(
        "text",
        f"(length({{x}}) <= {most} and {{x}} !~ {_CONTROL} and {{x}} ~ '\\S')",
        "{x}",
        f"case when length({{x}}) > {most} then {literal(f'is longer than {most} characters')}"
        f" when {{x}} ~ {_CONTROL} then {_CONTROL_SAYS} else 'is blank' end",
    )


ID: Final = _line_of_text(MOST_ID)
# what becomes a space in a name: a line break (one of two characters is one), any other control character
_NO_SPACE: Final = r"\u0001-\u001f\u007f-\u009f\u2028\u2029"
UNTIDY: Final = rf"'\r\n|[{_NO_SPACE}]'"
NAME: Final = Cell(
    "text",
    rf"(length({{x}}) <= {MOST_NAME} and {{x}} ~ '[^\s{_NO_SPACE}]')",
    f"regexp_replace({{x}}, {UNTIDY}, ' ', 'g')",
    f"case when length({{x}}) > {MOST_NAME} then {literal(f'is longer than {MOST_NAME:,} characters')}"
    " else 'is blank' end",
)
LABEL: Final = _line_of_text(MOST_TEXT)
LONG_TEXT: Final = Cell(
    "text",
    f"length({{x}}) <= {MOST_LONG_TEXT}",
    "{x}",
    literal(f"is longer than {MOST_LONG_TEXT:,} characters"),
)
EMAIL: Final = Cell(
    "text",
    f"(length({{x}}) <= 254 and {{x}} ~ '^[^\\s@]+@[^\\s@]+$' and {{x}} !~ {_CONTROL})",
    "{x}",
    _says("is not an e-mail address such as a.b@example.org"),
)
# people sign in with it: kept in lower case, and plain letters have only one
SIGN_IN_EMAIL: Final = Cell(
    "text",
    "(length({x}) <= 254 and {x} ~ '^[!-?A-~]+@[!-?A-~]+$')",
    'lower({x} collate "C")',
    _says("is not an e-mail address in plain letters such as a.b@example.org"),
)
FLAG: Final = Cell(
    "boolean",
    "lower({x}) in ('true', 'false', 'yes', 'no', '1', '0')",
    "lower({x}) in ('true', 'yes', '1')",
    _says("is not true, false, yes, no, 1 or 0"),
)
# `known_zone` is made of the zones that both Python and PostgreSQL know (staging.py)
ZONE: Final = Cell(
    "text",
    "{x} in (select name from known_zone)",
    "{x}",
    _says("is not a time zone such as Europe/London"),
)
LOCALE: Final = Cell(
    "text",
    "{x} ~* '^[a-z]{2,3}(-[a-z]{3}){0,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    "(-[0-9a-wy-z](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?$'",
    "{x}",
    _says("is not a BCP 47 language tag such as en-GB"),
)
DATE: Final = Cell(
    "date",
    "({x} ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' and pg_input_is_valid({x}, 'date'))",
    "({x})::date",
    _says("is not a date such as 2026-03-01"),
)
_CLOCK: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?"
_OFFSET: Final = r"([Zz]|[+-][0-9]{2}(:?[0-5][0-9])?)$"
INSTANT: Final = Cell(
    "timestamptz",
    f"({{x}} ~ '{_CLOCK}{_OFFSET}' and left({{x}}, 4) between '1900' and '2199'"
    " and pg_input_is_valid({x}, 'timestamptz'))",
    "({x})::timestamptz",
    f"{{shown}} || case when {{x}} ~ '{_CLOCK}$' then ' has no offset from UTC, such as Z or +01:00'"
    f" when {{x}} ~ '{_CLOCK}{_OFFSET}' and left({{x}}, 4) not between '1900' and '2199'"
    " then ' is not between the years 1900 and 2199'"
    " else ' is not a time such as 2026-03-01T09:00:00+01:00' end",
)
_NUMBER: Final = r"'^[+-]?([0-9]{1,12}(\.[0-9]{0,12})?|\.[0-9]{1,12})$'"
_WHOLE: Final = "'^[+-]?[0-9]{1,9}$'"


def _number(condition: str, wanted: str, *, pattern: str = _NUMBER, sql_type: str = "numeric") -> Cell:
    return Cell(
        sql_type,
        f"case when {{x}} ~ {pattern} then ({{x}})::numeric {condition} else false end",
        f"({{x}})::{sql_type}",
        _says(f"is not {wanted}"),
    )


SCORE: Final = _number(">= 0", "a number of 0 or more, such as 28 or 7.5")
MAXIMUM: Final = _number("> 0", "a number above 0, such as 40")
SHARE: Final = _number("between 0 and 1", "a number from 0 to 1, such as 0.5")
MINUTES: Final = _number("between 0 and 1440", "a number of minutes from 0 to 1440, such as 10")
COUNT: Final = _number(
    "between 0 and 1000000", "a whole number from 0 to 1000000, such as 10", pattern=_WHOLE, sql_type="integer"
)
