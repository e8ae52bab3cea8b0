"""The JSON Schema of a report's JSON file, written from the published query and the GraphQL schema.

Every object says all its keys and allows no other. A key that only some may read, or that only some subjects have, need
not be there; every other must be, and is null where the API's field may be null.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    parse,
)
from strawberry.types.field import StrawberryField

from graphql_api.core.field_permission import FieldPermission
from graphql_api.reports.types import REPORT_TYPE_NAMES
from resolvers.metrics.registry import METRICS, Unit

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
ADDRESS: Final = "/schemas/report.json"
_SCALARS: Final[dict[str, dict[str, Any]]] = {
    "ID": {"type": "string"},
    "String": {"type": "string"},
    "Boolean": {"type": "boolean"},
    "Int": {"type": "integer"},
    "Float": {"type": "number"},
    "Date": {"type": "string", "format": "date"},
    "DateTime": {"type": "string", "format": "date-time"},
    "Decimal": {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
}
_WORDS: Final = (
    "What the JSON file of a report holds: exactly the `report` that the published query answers (docs/report.graphql)."
    " A JSON Lines file of several reports holds one such object a line; its `notes` begin with those of the file."
)

Composite = GraphQLObjectType | GraphQLInterfaceType


def report_schema(schema: GraphQLSchema, document: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the answers to that document."""
    return _Schema(schema, document).whole()


class _Selected(NamedTuple):
    """A field that is asked for: its key, its definition, the type it is of, and whether its key may be missing."""

    key: str
    node: FieldNode
    field: GraphQLField
    owner: Composite
    optional: bool


class _Schema:
    """The definitions found so far, by the names of their fragments."""

    def __init__(self, schema: GraphQLSchema, document: str) -> None:
        parsed = parse(document).definitions
        self.schema = schema
        self.fragments = {one.name.value: one for one in parsed if isinstance(one, FragmentDefinitionNode)}
        (self.operation,) = (one for one in parsed if isinstance(one, OperationDefinitionNode))
        self.definitions: dict[str, dict[str, Any]] = {}

    def whole(self) -> dict[str, Any]:
        (report,) = self.operation.selection_set.selections
        assert isinstance(report, FieldNode)
        assert report.selection_set is not None
        kinds = {name: kind for kind, name in REPORT_TYPE_NAMES.items()}
        for name, kind in kinds.items():
            type_ = self.schema.get_type(name)
            assert isinstance(type_, GraphQLObjectType)
            self.definitions[name] = {}  # before what it needs
            self.definitions[name] = self.object(report.selection_set, type_)
            told = self.definitions[name]["properties"]["kind"]
            self.definitions[name]["properties"]["kind"] = {"const": kind.value, "description": told["description"]}
        return {
            "$schema": DIALECT,
            "$id": ADDRESS,
            "title": "Report",
            "description": _WORDS,
            "oneOf": [{"$ref": f"#/$defs/{name}"} for name in kinds],
            "$defs": self.definitions,
        }

    def object(self, selections: SelectionSetNode, type_: Composite) -> dict[str, Any]:
        selected = list(self.selected(selections, type_))
        return {
            "type": "object",
            "description": type_.description,
            "properties": {one.key: self.property(one) for one in selected},
            "required": [one.key for one in selected if not one.optional],
            "additionalProperties": False,
        }

    def selected(self, selections: SelectionSetNode, type_: Composite, optional: bool = False) -> Iterator[_Selected]:
        """The fields asked for of a type: of an interface also those that only some of its types have."""
        for node in selections.selections:
            if isinstance(node, FieldNode):
                field = type_.fields[node.name.value]
                yield _Selected(node.name.value, node, field, type_, optional or _guarded(field))
                continue
            part: FragmentDefinitionNode | InlineFragmentNode
            part = self.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node  # type: ignore[assignment]
            assert part.type_condition is not None
            condition: Any = self.schema.get_type(part.type_condition.name.value)
            if condition in (type_, *type_.interfaces):
                yield from self.selected(part.selection_set, type_, optional)
            elif isinstance(type_, GraphQLInterfaceType):
                yield from self.selected(part.selection_set, condition, True)

    def property(self, one: _Selected) -> dict[str, Any]:
        value = self.value(one.field.type, one)
        if one.owner.name == "Metrics":
            value |= _bounds(one.key)
        return {**value, "description": one.field.description}

    def value(self, type_: GraphQLOutputType, one: _Selected) -> dict[str, Any]:
        if isinstance(type_, GraphQLNonNull):
            return self.present(type_.of_type, one)
        return _or_null(self.present(type_, one))

    def present(self, type_: GraphQLOutputType, one: _Selected) -> dict[str, Any]:
        """A value that is not null."""
        if isinstance(type_, GraphQLList):
            return {"type": "array", "items": self.value(type_.of_type, one)}
        if isinstance(type_, GraphQLEnumType):
            return {"type": "string", "enum": list(type_.values)}
        if not isinstance(type_, Composite):
            return dict(_SCALARS[get_named_type(type_).name])
        assert one.node.selection_set is not None
        (spread,) = one.node.selection_set.selections
        assert isinstance(spread, FragmentSpreadNode)
        name = spread.name.value
        if name not in self.definitions:
            self.definitions[name] = {}  # before what it needs
            # a fragment may be on an interface of the type that is given
            condition: Any = self.schema.get_type(self.fragments[name].type_condition.name.value)
            self.definitions[name] = self.object(self.fragments[name].selection_set, condition)
        return {"$ref": f"#/$defs/{name}"}


def _or_null(value: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in value:
        return {"anyOf": [value, {"type": "null"}]}
    nullable = {**value, "type": [value["type"], "null"]}
    return {**nullable, "enum": [*value["enum"], None]} if "enum" in value else nullable


def _guarded(field: GraphQLField) -> bool:
    source = field.extensions.get("strawberry-definition")
    return isinstance(source, StrawberryField) and any(isinstance(one, FieldPermission) for one in source.extensions)


def _bounds(name: str) -> dict[str, int]:
    """Counts and rates are never below 0; what is called …Rate is a share of a whole."""
    metric = METRICS[name]
    if not metric.whole and metric.unit is not Unit.RATE:
        return {}
    return {"minimum": 0, "maximum": 1} if name.endswith("Rate") else {"minimum": 0}
