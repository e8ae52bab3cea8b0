"""What is typed, read: kinds, periods, ids and formats. Anything else is wrong use, said with what would be right."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import typer

from exporters import Format, Paper, Separator, all_formats
from graphql_api.core.ids import global_id, parse_id
from graphql_api.reports.types import REPORT_TYPE_NAMES
from models import SubjectKind
from resolvers.calendar.periods import PeriodName, PeriodRequest, SchoolCalendar, parse_period, resolve
from resolvers.core.problems import Refusal

# what no school could have is wrong use; whether a term exists is for the school to say
_NO_SCHOOL: Final = SchoolCalendar(ZoneInfo("UTC"), ())
PERIODS: Final = f"2026-03-01..2026-03-31, 2026-03, 2026-W11, term:ID, {', '.join(PeriodName)}"
_LARGEST_ID: Final = 2**63 - 1


def kind_argument(text: str) -> SubjectKind:
    """The kind of that name, in any case."""
    try:
        return SubjectKind(text.upper().replace("-", "_"))
    except ValueError:
        raise _unknown(text, SubjectKind, "KIND") from None


def period_argument(text: str) -> PeriodRequest:
    """The period asked for."""
    try:
        asked = parse_period(text)
        if asked.named is None and asked.term_source is None:
            resolve(asked, _NO_SCHOOL, datetime.now(UTC))
    except Refusal as refusal:
        unlike_any = not text[:1].isdigit()
        why = f"{text!r} is none of {PERIODS}" if unlike_any else refusal.message
        raise typer.BadParameter(why, param_hint="--period") from None
    return asked


def format_of(text: str) -> Format:
    """The export format of that name, in any case."""
    known = all_formats().get(text.upper())
    if known is None:
        raise _unknown(text, all_formats(), "--format")
    return known


def paper_of(text: str) -> Paper:
    """The sheet of that name, in any case."""
    try:
        return Paper(text.upper())
    except ValueError:
        raise _unknown(text, Paper, "--paper") from None


def separator_of(text: str) -> Separator:
    """The separator of that name, in any case."""
    try:
        return Separator(text.upper())
    except ValueError:
        raise _unknown(text, Separator, "--separator") from None


def report_number(text: str) -> int:
    """The key of a report, given as GraphQL says it or as a plain number."""
    if text.isascii() and text.isdigit() and int(text[:20]) <= _LARGEST_ID:
        return int(text)
    try:
        type_name, number = parse_id(text, "REPORT_ID")
    except Refusal:
        type_name, number = "", 0
    if type_name not in REPORT_TYPE_NAMES.values():
        raise typer.BadParameter(
            f"{text!r} is not the id of a report; `rollcall generate` prints some", param_hint="REPORT_ID"
        )
    return number


def report_id(kind: SubjectKind, number: int) -> str:
    """The id of a report as commands print it and as GraphQL says it."""
    return global_id(REPORT_TYPE_NAMES[kind], number)


def _unknown(text: str, known: Iterable[str], hint: str) -> typer.BadParameter:
    return typer.BadParameter(f"{text!r} is none of {', '.join(known)}", param_hint=hint)
