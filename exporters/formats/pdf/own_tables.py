"""Tables on the pages of every report that are not among those of the document: all figures, and the policy."""

from collections.abc import Callable
from typing import Final

from exporters.cover import Cover
from exporters.document import Column, Document, Kind, Table
from exporters.text import is_number
from exporters.values import DECIMALS_OF_RATES, MOST_DECIMALS, decimals_of, shown, text_of


def _figures(document: Document, cover: Cover) -> Table:
    """Every key figure, to six decimals, and how it is counted."""
    words, zone = cover.words, document.time_zone
    columns = (
        Column("figure", words("Figure"), Kind.TEXT),
        Column("value", words("Value"), Kind.TEXT),
        Column("counted", words("How it is counted"), Kind.TEXT),
    )
    rows = []
    for figure in document.figures:
        decimals = DECIMALS_OF_RATES if figure.kind is Kind.RATE else MOST_DECIMALS
        fraction = is_number(figure.value) and not isinstance(figure.value, int)
        value = shown(figure.value, figure.kind, decimals if fraction else 0, words, zone)
        rows.append((figure.heading, value, text_of(figure.description, words)))
    return Table("figures", words("All figures"), columns, tuple(rows))


def _policy(document: Document, cover: Cover) -> Table:
    words = cover.words
    columns = (Column("rule", words("Rule"), Kind.TEXT), Column("value", words("Value"), Kind.TEXT))
    rows = tuple(
        (label, shown(value, Kind.NUMBER, decimals_of([value]), words, "UTC")) for label, value in document.policy
    )
    return Table("policy", words("Policy"), columns, rows)


OWN_TABLES: Final[dict[str, Callable[[Document, Cover], Table]]] = {"figures": _figures, "policy": _policy}
