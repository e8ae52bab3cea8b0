"""Joining a field to a type of a room below: of two nouns that lead to each other, the upper one adds both ways."""

from typing import Any


def join(type_: Any, name: str, field: Any, *, after: str | None = None) -> None:
    """Adds a field to a Strawberry type that is there already, at the end or behind the field named."""
    field.python_name, field.origin = name, type_
    fields = type_.__strawberry_definition__.fields
    place = len(fields) if after is None else [other.python_name for other in fields].index(after) + 1
    fields.insert(place, field)
