"""Makes GraphQL enums of the vocabularies below us, which know nothing of GraphQL; every value gets its description."""

from collections.abc import Mapping
from enum import Enum

import strawberry


def describe_enum(words: type[Enum], description: str, values: Mapping[str, str], name: str | None = None) -> None:
    """Registers a Python enum as a GraphQL enum. ValueError unless exactly its members are described."""
    if set(values) != set(words.__members__):
        raise ValueError(f"{words.__name__}: describe exactly {', '.join(words.__members__)}")
    strawberry.enum(words, name=name, description=description)
    for value in words.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]
