"""Tables on the pages of every report that are not among those of the document: all figures, and the policy."""

from collections.abc import Callable
from typing import Final

from exporters.cover import Cover
from exporters.document import Column, Document, Figure, Kind, Table
from exporters.language import Words
from exporters.text import is_number
from exporters.values import DECIMALS_OF_RATES, decimals_of, exactly, shown, text_of


def _figures(document: Document, cover: Cover) -> Table:
    """Every key figure, to six decimals, and how it is counted."""
    words = cover.words
    columns = (
        Column("figure", words("Figure"), Kind.TEXT),
        Column("value", words("Value"), Kind.TEXT),
        Column("counted", words("How it is counted"), Kind.TEXT),
    )
    rows = tuple(
        (figure.heading, _value(figure, document, words), text_of(figure.description, words))
        for figure in document.figures
    )
    return Table("figures", words("All figures"), columns, rows)


def _value(figure: Figure, document: Document, words: Words) -> str:
    """The value; a rate in per cent as everywhere on the pages, and beside it the share to six decimals."""
    said = shown(figure.value, figure.kind, DECIMALS_OF_RATES, words, document.time_zone, document.lines)
    if isinstance(figure.value, int) or not is_number(figure.value):
        return said
    exact = exactly(figure.value, figure.kind, words, document.lines)  # type: ignore[arg-type]
    return f"{said} ({exact})" if figure.kind is Kind.RATE else exact


def _policy(document: Document, cover: Cover) -> Table:
    words = cover.words
    columns = (Column("rule", words("Rule"), Kind.TEXT), Column("value", words("Value"), Kind.TEXT))
    rows = tuple(
        (label, shown(value, Kind.NUMBER, decimals_of([value]), words, "UTC")) for label, value in document.policy
    )
    return Table("policy", words("Policy"), columns, rows)


OWN_TABLES: Final[dict[str, Callable[[Document, Cover], Table]]] = {"figures": _figures, "policy": _policy}
