"""Permission classes on fields: sync checks that write their rule into the description and refuse once an operation."""

from typing import Any, ClassVar

from strawberry.extensions.field_extension import AsyncExtensionResolver, FieldExtension, SyncExtensionResolver
from strawberry.types.base import StrawberryOptional
from strawberry.types.field import StrawberryField

from graphql_api.core.context import Info
from graphql_api.core.errors import ForbiddenError


class FieldPermission(FieldExtension):
    """Who may read a field, as an entry of its `extensions`.

    A subclass gives `rule` (a sentence, appended to the field's description) and `allows`. A field refused is null with
    one FORBIDDEN error per coordinate and operation, so it must be nullable.
    """

    rule: ClassVar[str]

    def allows(self, source: Any, info: Info, **arguments: Any) -> bool:
        """Whether the viewer may read this field of this object. Sync: it decides from what is loaded already."""
        raise NotImplementedError

    def apply(self, field: StrawberryField) -> None:
        """Writes the rule into the field's description; TypeError for a field that cannot be null."""
        if not isinstance(field.type, StrawberryOptional):
            raise TypeError(f"{field.python_name} has a permission, so its type must be nullable.")
        described = field.description or ""
        if self.rule not in described:  # a second schema of the same types comes here again
            field.description = f"{described}\n\n{self.rule}".strip()

    def resolve(self, next_: SyncExtensionResolver, source: Any, info: Info, **arguments: Any) -> Any:
        """The field's value, or null and an error."""
        return next_(source, info, **arguments) if self.allows(source, info, **arguments) else self._refuse(info)

    async def resolve_async(self, next_: AsyncExtensionResolver, source: Any, info: Info, **arguments: Any) -> Any:
        """The field's value, or null and an error."""
        return await next_(source, info, **arguments) if self.allows(source, info, **arguments) else self._refuse(info)

    def _refuse(self, info: Info) -> None:
        refuse_field(info, self.rule)


def refuse_field(info: Info, rule: str) -> None:
    """Raises ForbiddenError the first time this operation meets this field coordinate, later leaves the field null."""
    coordinate = f"{info._raw_info.parent_type.name}.{info.field_name}"
    if coordinate not in info.context.refused_fields:
        info.context.refused_fields.add(coordinate)
        raise ForbiddenError(f"You may not read {coordinate}. {rule}")
