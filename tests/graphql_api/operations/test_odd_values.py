"""Values no honest client sends, in every argument of a query: answered or refused, never a fault of ours."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    get_named_type,
    is_leaf_type,
)

from graphql_api.core.ids import TYPE_NAMES, global_id
from graphql_api.core.nodes import LOOK_UPS
from graphql_api.schema import build_schema
from models.database import Database
from models.settings import Settings
from tests.support.asking import asking
from tests.support.college import ADMIN, MARCH

REFUSALS = {"BAD_USER_INPUT", "FORBIDDEN", "TOO_COMPLEX"}
LARGE = (2**31 - 1, 2**31, 2**63 - 1, 2**63)
INSTANTS = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00")
DAYS = ("0001-01-01", "9999-12-31")
TEXTS = ("", "\0", "x" * 5_000)
NUMBERS = (*LARGE, -1, -(2**31) - 1, -(2**63), -(2**63) - 1)


def cursor_of(key: tuple[object, ...]) -> str:
    """A cursor with any numbers in it."""
    return urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


CURSORS = [
    *(cursor_of((number,)) for number in NUMBERS),
    *(cursor_of((text, number)) for text in ("A", *INSTANTS, *DAYS) for number in NUMBERS),
    *(cursor_of((number, 1)) for number in (1e308, -1e308, 0.5)),
    *(cursor_of((instant,)) for instant in INSTANTS),
]
ODD: dict[str, list[Any]] = {
    "ID": [*(global_id(name, n) for name in sorted({*LOOK_UPS, *TYPE_NAMES.values(), "Term", "User"}) for n in LARGE)],
    "Int": [0, -1, 2**31 - 1, -(2**31), 2**31, 1e308],
    "Float": [0, -1e308, 1e308, 5e-324],
    "String": list(TEXTS),
    "Boolean": [],
    "Date": list(DAYS),
    "DateTime": list(INSTANTS),
}
USUAL: dict[str, Any] = {
    "ID": global_id("Trainee", 1),
    "Int": 1,
    "String": "x",
    "Boolean": True,
    "Date": "2026-03-02",
    "DateTime": "2026-03-02T09:00:00Z",
}
SCHEMA = build_schema()._schema
assert SCHEMA.query_type is not None
FIELDS = ("compare", "exports", "node", "ranking", "reports", "school", "schools", "trainees")


def text(value: Any) -> str:
    """The value as a literal."""
    return json.dumps(value)


def usual(type_: GraphQLInputType) -> str:
    """Some literal that is all right."""
    if isinstance(type_, GraphQLNonNull):
        return usual(type_.of_type)
    if isinstance(type_, GraphQLList):
        return f"[{usual(type_.of_type)}]"
    if isinstance(type_, GraphQLEnumType):
        return str(next(iter(type_.values)))
    if isinstance(type_, GraphQLInputObjectType):
        return MARCH
    return text(USUAL[type_.name])


def odd(name: str, type_: GraphQLInputType) -> Iterator[str]:
    """Literals of that type that nobody expects."""
    if isinstance(type_, GraphQLNonNull):
        yield from odd(name, type_.of_type)
    elif isinstance(type_, GraphQLList):
        yield from (f"[{literal}]" for literal in odd(name, type_.of_type))
    elif isinstance(type_, GraphQLInputObjectType):
        for part, field in type_.fields.items():
            required = {
                other: usual(given.type)
                for other, given in type_.fields.items()
                if other != part and isinstance(given.type, GraphQLNonNull)
            }
            for literal in odd(part, field.type):
                parts = required | {part: literal}
                yield "{" + ", ".join(f"{key}: {value}" for key, value in parts.items()) + "}"
    elif isinstance(type_, GraphQLScalarType):
        yield from map(text, CURSORS if name in {"after", "before"} else ODD[type_.name])


def operations(name: str) -> Iterator[str]:
    """The field with one odd argument after the other."""
    assert SCHEMA.query_type is not None
    field = SCHEMA.query_type.fields[name]
    below = "" if is_leaf_type(get_named_type(field.type)) else "{ __typename }"
    named = get_named_type(field.type)
    if isinstance(named, GraphQLObjectType) and "totalCount" in named.fields:
        below = "{ totalCount nodes { __typename } }"
    for argument, given in field.args.items():
        required = {
            other: usual(each.type)
            for other, each in field.args.items()
            if other != argument and isinstance(each.type, GraphQLNonNull)
        }
        for literal in odd(argument, given.type):
            parts = required | {argument: literal}
            if argument == "before":
                parts["last"] = "3"
            yield f"{{ {name}({', '.join(f'{key}: {value}' for key, value in parts.items())}) {below} }}"


@pytest.mark.parametrize("field", FIELDS)
async def test_odd_values_are_refused_and_never_a_fault(college: Database, settings: Settings, field: str) -> None:
    ask = asking(college, settings)
    for operation in operations(field):
        answer = await ask(ADMIN, operation)
        assert (operation, {error.code for error in answer.errors} - REFUSALS) == (operation, set())
