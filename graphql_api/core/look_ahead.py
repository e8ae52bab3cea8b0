"""Looking ahead: what an operation asks of the items of a list, so that it can be fetched for all of them at once.

Awaiting a dataloader for each item costs more than the query. So whoever returns subjects first calls `look_ahead` with
all of them: each field selected below that has a `prepare` in its metadata loads what all its items need, and looks
further ahead from there. The resolvers of the items then find everything loaded and return it at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)
from graphql.execution.values import VariableValues, get_argument_values
from strawberry import UNSET
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from graphql_api.core.context import Info
from graphql_api.core.loading import NotLoaded
from resolvers.core.problems import Refusal

Nodes = Sequence[FieldNode]
# info, the items, the field's arguments, and the nodes that select the field
Prepare = Callable[[Info, Sequence[Any], dict[str, Any], Nodes], Awaitable[None]]

PREPARE: Final = "prepare"
T = TypeVar("T")


def nodes_of(info: Info) -> Nodes:
    """The nodes that select the field being resolved."""
    return info._raw_info.field_nodes


def place_of(nodes: Nodes) -> tuple[int, ...]:
    """Where in the operation these nodes are."""
    return tuple(id(node) for node in nodes)


def return_type(info: Info) -> GraphQLNamedType:
    """The named type the field being resolved returns."""
    return get_named_type(info._raw_info.return_type)


def selected(info: Info, nodes: Nodes, type_: GraphQLNamedType) -> dict[str, list[FieldNode]]:
    """The nodes below these on an object type, by response name: fragments, @skip and @include followed."""
    found: dict[str, list[FieldNode]] = {}
    seen: set[str] = set()
    for node in nodes:
        if node.selection_set is not None:
            for field in _fields(info, node.selection_set, type_, seen):
                found.setdefault(field.alias.value if field.alias else field.name.value, []).append(field)
    return found


def selected_names(info: Info, nodes: Nodes, type_: GraphQLNamedType) -> frozenset[str]:
    """The names of the fields selected below these nodes."""
    return frozenset(fields[0].name.value for fields in selected(info, nodes, type_).values())


def below(info: Info, nodes: Nodes, type_: GraphQLNamedType, *names: str) -> list[Nodes]:
    """The nodes of each field at the end of a path of names; one entry for each way there (aliases)."""
    groups: list[tuple[Nodes, GraphQLNamedType]] = [(nodes, type_)]
    for name in names:
        groups = [
            (fields, get_named_type(_field(kind, name)))
            for above, kind in groups
            for fields in selected(info, above, kind).values()
            if fields[0].name.value == name
        ]
    return [fields for fields, _ in groups]


async def look_ahead(info: Info, type_name: str, items: Sequence[Any], nodes: Nodes) -> None:
    """Has everything loaded that is selected below these nodes on items of one object type."""
    schema = info._raw_info.schema
    type_ = schema.get_type(type_name)
    assert isinstance(type_, GraphQLObjectType)
    if not items:
        return
    waiting: dict[str, list[Callable[[], Awaitable[None]]]] = {}
    for fields in selected(info, nodes, type_).values():
        name = fields[0].name.value
        definition = type_.fields.get(name)
        source = definition.extensions.get("strawberry-definition") if definition else None
        prepare = source.metadata.get(PREPARE) if isinstance(source, StrawberryField) else None
        if prepare is not None:
            assert definition is not None
            assert isinstance(source, StrawberryField)
            arguments = _arguments(info, definition, source, fields[0])
            waiting.setdefault(name, []).append(partial(_prepared, prepare, info, items, arguments, fields))
    # Aliases of a field load together, fields one after the other: which loads meet in one batch must not depend on
    # how quick the database was.
    for group in waiting.values():
        await asyncio.gather(*(prepared() for prepared in group))


async def _prepared(
    prepare: Prepare, info: Info, items: Sequence[Any], arguments: dict[str, Any], nodes: Nodes
) -> None:
    try:
        await prepare(info, items, arguments, nodes)
    except Refusal as refusal:
        # nothing to do with the list: the field itself says so, at its own place
        info.context.refused[place_of(nodes)] = refusal


def answer(info: Info, read: Callable[[], T], prepare: Callable[[], Awaitable[None]]) -> T | Awaitable[T | None] | None:
    """What `read` gives where all of it is loaded, else something to await that has it loaded first.

    A problem with the field's arguments is one error of the operation, not one for each item of a list.
    """
    refusal = info.context.refused.get(place_of(nodes_of(info)))
    if refusal is not None:
        _refuse_once(info, refusal)
        return None
    try:
        return read()
    except NotLoaded:
        return _later(info, read, prepare)
    except Refusal as problem:
        _refuse_once(info, problem)
        return None


async def _later(info: Info, read: Callable[[], T], prepare: Callable[[], Awaitable[None]]) -> T | None:
    try:
        await prepare()
        return read()
    except Refusal as problem:
        _refuse_once(info, problem)
        return None


def _refuse_once(info: Info, refusal: Refusal) -> None:
    place = f"{info._raw_info.parent_type.name}.{info.field_name} {refusal}"
    if place not in info.context.refused_fields:
        info.context.refused_fields.add(place)
        raise refusal


def _arguments(info: Info, definition: Any, field: StrawberryField, node: FieldNode) -> dict[str, Any]:
    given = get_argument_values(definition, node, VariableValues({}, info.variable_values))
    schema = info.schema
    defaults = {argument.python_name: argument.default for argument in field.arguments if argument.default is not UNSET}
    registry = schema.schema_converter.scalar_registry
    return defaults | convert_arguments(given, field.arguments, registry, schema.config, info)


def _fields(info: Info, selections: SelectionSetNode, type_: GraphQLNamedType, seen: set[str]) -> Iterator[FieldNode]:
    for node in selections.selections:
        if not _included(info, node.directives):
            continue
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, FragmentSpreadNode):
            fragment = info._raw_info.fragments[node.name.value]
            if node.name.value not in seen and _applies(info, fragment.type_condition.name.value, type_):
                seen.add(node.name.value)
                yield from _fields(info, fragment.selection_set, type_, seen)
        elif isinstance(node, InlineFragmentNode) and (
            node.type_condition is None or _applies(info, node.type_condition.name.value, type_)
        ):
            yield from _fields(info, node.selection_set, type_, seen)


def _included(info: Info, directives: Sequence[DirectiveNode] | None) -> bool:
    for directive in directives or ():
        name = directive.name.value
        if name in {"skip", "include"} and _condition(info, directive) is (name == "skip"):
            return False
    return True


def _condition(info: Info, directive: DirectiveNode) -> bool:
    value = (directive.arguments or ())[0].value
    if isinstance(value, VariableNode):
        return bool(info.variable_values.get(value.name.value))
    return isinstance(value, BooleanValueNode) and value.value


def _applies(info: Info, condition: str, type_: GraphQLNamedType) -> bool:
    if condition == type_.name:
        return True
    schema = info._raw_info.schema
    abstract = schema.get_type(condition)
    return (
        isinstance(abstract, GraphQLInterfaceType)
        and isinstance(type_, GraphQLObjectType)
        and schema.is_sub_type(abstract, type_)
    )


def _field(type_: GraphQLNamedType, name: str) -> Any:
    assert isinstance(type_, GraphQLObjectType)
    return type_.fields[name].type
