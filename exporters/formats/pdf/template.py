"""Page templates: HTML with Jinja, run in a sandbox since a school may bring its own.

A template sees plain values that are ready to be shown, and two functions: `table(key)` and `chart(key)` place those of
the report, or nothing where reports of its kind have none. `templates/report.html` is the built-in one, and an example.
"""

import base64
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from exporters.cover import Cover, Paper, Style
from exporters.document import Document, Figure, Kind
from exporters.format import UnrenderableError
from exporters.formats.pdf.own_tables import OWN_TABLES
from exporters.formats.pdf.story import families, place
from exporters.text import is_number
from exporters.values import DECIMALS_OF_RATES, decimals_of, exactly, shown, text_of

FOLDER: Final = Path(__file__).parent / "templates"
CARDS: Final = 8
CARDS_A_LINE: Final = 4
MOST_COLUMNS_UPRIGHT: Final = 8
SIZES: Final = {Paper.A4: (210.0, 297.0), Paper.LETTER: (215.9, 279.4)}
_PNG: Final = b"\x89PNG"


def page_of(document: Document, cover: Cover) -> str:
    """The HTML of a report. UnrenderableError: the school's own template has an error."""
    style = cover.style
    values = {**_house(style), **_report(document, cover)}
    try:
        return _with_fonts(_template(style.template).render(values))
    except UnrenderableError:
        raise
    except TemplateError as error:
        if style.template is None:
            raise
        raise UnrenderableError(_said(error)) from error
    except Exception as error:
        # a template can ask Python for anything that goes wrong, such as 1 / 0
        if style.template is None:
            raise
        raise UnrenderableError(f"The school's page template cannot be filled in: {cause_of(error)}.") from error


def front_of(cover: Cover) -> str:
    """The HTML of the page before many reports."""
    words, zone = cover.words, cover.time_zone
    values = {
        **_house(cover.style),
        "title": text_of(cover.title, words),
        "school": text_of(cover.school_name, words),
        "count": words.many("{number} report", "{number} reports", cover.count),
        "made": _made(cover.made_at, cover.made_by, words, zone),
        "filters": [
            (text_of(label, words), _plainly(value, style=cover.style, zone=zone)) for label, value in cover.filters
        ],
        "notes": [text_of(note, words) for note in cover.notes],
    }
    return _with_fonts(_built_in("front.html").render(values))


def _house(style: Style) -> dict[str, Any]:
    wide, high = SIZES[style.paper]
    return {
        "words": style.words,
        "style": style,
        "paper": style.paper.value.lower(),
        "width": round(wide - 36, 1),
        "page_width": wide,
        "page_height": high,
        "start": "right" if style.words.rtl else "left",
        "end": "left" if style.words.rtl else "right",
        "logo": _logo(style.logo),
    }


def _report(document: Document, cover: Cover) -> dict[str, Any]:
    style, words, zone = cover.style, cover.words, document.time_zone
    # many have a page before them that says it
    notes = document.notes if cover.many else (*cover.notes, *document.notes)
    charts = {chart.key for chart in document.charts}
    tables = {table.key for table in document.tables} | OWN_TABLES.keys()
    cards = [_card(figure, document, style) for figure in document.figures[:CARDS]]
    days = f"{words.day(document.period_from)} – {words.day(document.period_to)}"
    named = document.period_name and document.period_name not in days
    return {
        "title": text_of(document.title, words),
        "school": text_of(document.school_name, words),
        "kind": words.report(document.kind),
        "subject": text_of(document.subject_name, words),
        "subject_id": text_of(document.subject_source_id, words),
        "period": f"{text_of(document.period_name or '', words)}: {days}" if named else days,
        "made": _made(document.generated_at, document.generated_by, words, zone),
        "revision": document.revision,
        "cards": [cards[start : start + CARDS_A_LINE] for start in range(0, len(cards), CARDS_A_LINE)],
        "cards_a_line": CARDS_A_LINE,
        "tables": [{"key": table.key, "wide": len(table.columns) > MOST_COLUMNS_UPRIGHT} for table in document.tables],
        "charts": [{"key": chart.key, "shape": chart.shape.value} for chart in document.charts],
        "table": lambda key: Markup(place(f"table:{key}")) if key in tables else Markup(),
        "chart": lambda key: Markup(place(f"chart:{key}")) if key in charts else Markup(),
        "notes": [text_of(note, words) for note in notes],
        "policy": [
            (text_of(label, words), _plainly(value, style=style, zone=zone)) for label, value in document.policy
        ],
    }


def _made(made_at: Any, made_by: str | None, words: Any, zone: str) -> str:
    said = words.instant(made_at, zone)
    if made_by:
        return str(words("Generated {moment} ({zone}) by {name}", moment=said, zone=zone, name=text_of(made_by, words)))
    return str(words("Generated {moment} ({zone})", moment=said, zone=zone))


def _card(figure: Figure, document: Document, style: Style) -> dict[str, str]:
    """A key figure: rounded for the eye and, where that may lose something, with six decimals beneath."""
    words, lines = style.words, document.lines
    decimals = DECIMALS_OF_RATES if figure.kind is Kind.RATE else min(1, decimals_of([figure.value]))
    rounded = figure.kind is Kind.RATE or decimals_of([figure.value]) > decimals
    exact = rounded and is_number(figure.value)
    return {
        "label": text_of(figure.label, words),
        "value": shown(figure.value, figure.kind, decimals, words, document.time_zone, lines),
        "unit": text_of(figure.unit or "", words) if figure.value is not None else "",
        "exact": exactly(figure.value, figure.kind, words, lines) if exact else "",  # type: ignore[arg-type]
    }


def _plainly(value: Any, *, style: Style, zone: str) -> str:
    return shown(value, Kind.NUMBER, decimals_of([value]), style.words, zone)


def _logo(picture: bytes | None) -> str | None:
    if picture is None:
        return None
    kind = "png" if picture.startswith(_PNG) else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def _with_fonts(html: str) -> str:
    return html.replace("/* families */", f"html {{ font-family: {families(html)}; }}", 1)


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


@cache
def _built_in(name: str) -> Template:
    return _environment().from_string((FOLDER / name).read_text(encoding="utf-8"))


def _template(text: str | None) -> Template:
    return _built_in("report.html") if text is None else _own(text)


@lru_cache(maxsize=8)
def _own(text: str) -> Template:
    try:
        return _environment().from_string(text)
    except TemplateSyntaxError as error:
        raise UnrenderableError(_said(error)) from error


def cause_of(error: Exception) -> str:
    """Why a page could not be made, in one line without its full stop."""
    if isinstance(error, MemoryError):
        return "it takes too much memory"
    return str(error).splitlines()[0][:300].rstrip(".") if str(error) else type(error).__name__


def _said(error: TemplateError) -> str:
    line = f" in line {error.lineno}" if isinstance(error, TemplateSyntaxError) else ""
    return f"The school's page template has an error{line}: {(error.message or '').rstrip('.')}."
