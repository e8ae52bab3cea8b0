"""How much one operation may ask for, decided before it is validated or run.

One walk over the document, each fragment measured once, so that nesting fragments cannot make the measuring itself
expensive. The cost of an operation is the number of values its answer could hold: every field is one, lists multiply
what is below them by the `first`, `last` or `top` asked for (a plain list by LIST_SIZE, or by the field's own
`metadata={"list_size": n}`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_named_type,
)

from graphql_api.core.errors import BadUserInputError, TooComplexError

MAX_TOKENS: Final = 1_000
MAX_DEPTH: Final = 15
MAX_ALIASES: Final = 50
MAX_DIRECTIVES: Final = 50
MAX_COST: Final = 50_000
MAX_PAGE: Final = 500
PAGE_SIZE: Final = 20
LIST_SIZE: Final = 10
TOO_DEEP: Final = f"This operation nests fields more than {MAX_DEPTH} levels deep, the most Rollcall reads."
SIZE_ARGUMENTS: Final = ("first", "last", "top")


@dataclass(frozen=True, slots=True)
class Load:
    """What a selection asks for, fragments expanded: levels, aliases, directives, and values in the answer."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0


def check_load(
    schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any] | None, operation_name: str | None
) -> Load:
    """The load of the operation (of the heaviest one, where it is not named).

    TooComplexError: a limit is passed, with the numbers. BadUserInputError: an unknown or circular fragment.
    """
    loads = [
        _Measure(schema, document, definition, variables or {}).operation()
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
        and (operation_name is None or (definition.name is not None and definition.name.value == operation_name))
    ]
    heaviest = Load()
    for load in loads:
        _refuse_over(load)
        heaviest = max(heaviest, load, key=lambda each: each.cost)
    return heaviest


def _refuse_over(load: Load) -> None:
    if load.depth > MAX_DEPTH:
        raise TooComplexError(TOO_DEEP)
    for count, most, what in (
        (load.aliases, MAX_ALIASES, "aliases"),
        (load.directives, MAX_DIRECTIVES, "directives"),
    ):
        if count > most:
            raise TooComplexError(f"This operation uses {_number(count)} {what}; {most} is the most.")
    if load.cost > MAX_COST:
        raise TooComplexError(
            f"The answer could hold {_number(load.cost)} values; {MAX_COST:,} is the most."
            " Ask for fewer items with `first`, or for fewer fields."
        )


def _number(count: int) -> str:
    return f"{count:,}" if count < 10**12 else "a trillion or more"


class _Measure:
    """Measures one operation."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
    ) -> None:
        self.schema = schema
        self.node = operation
        self.fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        defaults = {
            definition.variable.name.value: _literal(definition.default_value)
            for definition in operation.variable_definitions or ()
            if definition.default_value is not None
        }
        self.variables = {**defaults, **variables}
        self.measured: dict[tuple[str, int | None, bool], Load] = {}
        self.open: set[str] = set()

    def operation(self) -> Load:
        root = self.schema.get_root_type(self.node.operation)
        try:
            return self.selections(self.node.selection_set, root, None, 0, False, len(self.node.directives or ()))
        except RecursionError:
            raise TooComplexError("This operation nests its fields and fragments too deeply.") from None

    def selections(
        self,
        selection_set: SelectionSetNode,
        parent: GraphQLNamedType | None,
        page: int | None,
        level: int,
        introspecting: bool,
        directives: int = 0,
    ) -> Load:
        """The load of a selection set at a level; `page` is the size of the connection it belongs to."""
        if level >= MAX_DEPTH and not introspecting:
            raise TooComplexError(TOO_DEEP)
        depth = aliases = cost = 0
        for node in selection_set.selections:
            directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                load = self.field(node, parent, page, level, introspecting)
            elif isinstance(node, FragmentSpreadNode):
                load = self.spread(node.name.value, page, level, introspecting)
            else:
                assert isinstance(node, InlineFragmentNode)
                kind = self.schema.get_type(node.type_condition.name.value) if node.type_condition else parent
                load = self.selections(node.selection_set, kind, page, level, introspecting)
            depth = max(depth, load.depth)
            aliases += load.aliases
            directives += load.directives
            cost += load.cost
        return Load(depth, aliases, directives, cost)

    def spread(self, name: str, page: int | None, level: int, introspecting: bool) -> Load:
        key = (name, page, introspecting)
        if key not in self.measured:
            fragment = self.fragments.get(name)
            if fragment is None:
                raise BadUserInputError(f'Unknown fragment "{name}".')
            if name in self.open:
                raise BadUserInputError(f'Cannot spread fragment "{name}" within itself.')
            self.open.add(name)
            kind = self.schema.get_type(fragment.type_condition.name.value)
            self.measured[key] = self.selections(
                fragment.selection_set, kind, page, level, introspecting, len(fragment.directives or ())
            )
            self.open.remove(name)
        return self.measured[key]

    def field(
        self, node: FieldNode, parent: GraphQLNamedType | None, page: int | None, level: int, introspecting: bool
    ) -> Load:
        name = node.name.value
        if introspecting or name == "__schema":
            if node.alias is not None:
                raise TooComplexError("Fields of the introspection are answered without aliases only.")
            return self.below(node, None, None, level, True, 1)
        if name == "__type":
            # a type description is in memory: its own depth rule of graphql-core is limit enough
            below = self.below(node, None, None, level, True, 1)
            return Load(0, below.aliases + (node.alias is not None), below.directives, 1)
        definition = _field(parent, name)
        if definition is None:  # unknown: validation will say so; its children count all the same
            below = self.below(node, None, None, level, False, 1)
        else:
            times, next_page = self.size(node, definition, page)
            below = self.below(node, get_named_type(definition.type), next_page, level, False, times)
        return Load(below.depth, below.aliases + (node.alias is not None), below.directives, below.cost)

    def below(
        self,
        node: FieldNode,
        kind: GraphQLNamedType | None,
        page: int | None,
        level: int,
        introspecting: bool,
        times: int,
    ) -> Load:
        """The load of a field and what is selected below it, `times` over."""
        if node.selection_set is None:
            return Load(1, cost=times)
        load = self.selections(node.selection_set, kind, page, level + 1, introspecting)
        if introspecting:
            return Load(0, load.aliases, load.directives, 1)
        return Load(load.depth + 1, load.aliases, load.directives, times * (1 + load.cost))

    def size(self, node: FieldNode, definition: GraphQLField, page: int | None) -> tuple[int, int | None]:
        """How many items the field itself stands for, and the page size for the lists right below it."""
        source = (definition.extensions or {}).get("strawberry-definition")
        declared = source.metadata.get("list_size") if source is not None else None
        asked = self.asked(node, definition)
        if not _is_list(definition):
            return 1, declared or asked
        return declared or asked or page or LIST_SIZE, None

    def asked(self, node: FieldNode, definition: GraphQLField) -> int | None:
        sized = [name for name in SIZE_ARGUMENTS if name in definition.args]
        if not sized:
            return None
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        sizes = [self.value(given[name]) for name in sized if name in given]
        sizes += [definition.args[name].default_value for name in sized if name not in given]
        whole = [size for size in sizes if isinstance(size, int) and not isinstance(size, bool)]
        # A size out of range is refused by the field itself, in its own words.
        return min(max([*whole, 0]), MAX_PAGE) if whole else PAGE_SIZE

    def value(self, node: ValueNode) -> object:
        return self.variables.get(node.name.value) if isinstance(node, VariableNode) else _literal(node)


def _literal(node: ValueNode) -> object:
    return int(node.value) if isinstance(node, IntValueNode) and len(node.value) < 12 else Undefined


def _field(parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
    return parent.fields.get(name) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None


def _is_list(definition: GraphQLField) -> bool:
    kind = definition.type
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)
