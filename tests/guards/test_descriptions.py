"""Every type, field, argument and enum value of the schema says what it is."""

from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    is_introspection_type,
    is_specified_scalar_type,
)

from graphql_api.schema import build_schema


def described() -> Iterator[tuple[str, str | None]]:
    """Everything that must have a description, and the one it has."""
    for type_ in build_schema()._schema.type_map.values():
        if is_introspection_type(type_) or is_specified_scalar_type(type_):
            continue
        yield type_.name, type_.description
        if isinstance(type_, GraphQLEnumType):
            for name, value in type_.values.items():
                yield f"{type_.name}.{name}", value.description
        elif isinstance(type_, GraphQLInputObjectType):
            for name, input_field in type_.fields.items():
                yield f"{type_.name}.{name}", input_field.description
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in type_.fields.items():
                yield f"{type_.name}.{name}", field.description
                for argument, definition in field.args.items():
                    yield f"{type_.name}.{name}({argument}:)", definition.description


def test_everything_is_described() -> None:
    assert [coordinate for coordinate, description in described() if not (description or "").strip()] == []


def test_descriptions_are_sentences() -> None:
    odd = [
        (coordinate, description)
        for coordinate, description in described()
        if description and not (description.rstrip().endswith((".", ")")) and description == description.strip())
    ]
    assert [one for one in odd if one[0] not in {"Date", "DateTime", "Decimal", "JSON"}] == []
