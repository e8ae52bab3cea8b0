"""One array parameter instead of a parameter for each id: as quick for ten thousand ids as for ten."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute


def any_of(column: InstrumentedAttribute[Any], ids: Collection[int]) -> ColumnElement[bool]:
    """Whether the column is one of these ids."""
    array: Any = literal(sorted(set(ids)), ARRAY(BigInteger))
    return column == any_(array)
