"""A short way for the most common field there is: a scalar or enum that is an attribute of an object.

A list of 400 subjects with seven metrics each is 4,000 fields, nearly all of them such. graphql-core prepares each one
as if its resolver might do anything, Strawberry once more; here the attribute is read and written out, no more. What
is not plain, and whatever goes wrong, takes the usual way.
"""

from collections.abc import Callable
from typing import Any, Final

from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, Undefined
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path
from graphql.type import is_leaf_type, is_non_null_type
from strawberry.types.field import StrawberryField

from graphql_api.operations.running import EventExecutor

PLAIN: Final = "plain"
Plain = tuple[str, Callable[[Any], Any], bool]
"""The attribute, what writes its value, and whether it may be null."""


def mark_plain_fields(schema: GraphQLSchema) -> None:
    """Notes on every field that is a scalar or enum attribute how to answer it; once, when the schema is built."""
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for field in type_.fields.values():
                plain = _plain(field)
                if plain is not None:
                    field.extensions = {**field.extensions, PLAIN: plain}


def _plain(field: GraphQLField) -> Plain | None:
    source = field.extensions.get("strawberry-definition")
    nullable = not is_non_null_type(field.type)
    type_: Any = field.type if nullable else field.type.of_type  # type: ignore[union-attr]
    if isinstance(source, StrawberryField) and source.is_basic_field and is_leaf_type(type_):
        return source.python_name, type_.coerce_output_value, nullable
    return None


class PlainFieldExecutor(EventExecutor):
    """Runs operations, with the short way for plain fields."""

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: Any,
    ) -> Any:
        """The value of one field."""
        field = parent_type.fields.get(field_details_list[0].node.name.value)
        plain: Plain | None = field.extensions.get(PLAIN) if field is not None else None
        if plain is not None and not (self.middleware_manager and self.middleware_manager.middlewares):
            attribute, written, nullable = plain
            value = getattr(source, attribute, Undefined)
            if value is None and nullable:
                return None
            try:
                answer = written(value)
            except Exception:
                answer = None
            if answer is not None and answer is not Undefined:
                return answer
        return super().execute_field(parent_type, source, field_details_list, path, position_context)
