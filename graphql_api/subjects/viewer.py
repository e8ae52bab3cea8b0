"""Who is asking."""

from collections.abc import Iterator

import strawberry
from strawberry.types.base import has_object_definition

from graphql_api.core.context import Info
from graphql_api.core.ids import TYPE_NAMES, USER, global_id
from graphql_api.core.look_ahead import nodes_of
from graphql_api.subjects.interface import TYPES, Subject, look_ahead_on_subjects, subject_of
from graphql_api.subjects.loaders import SubjectRef, subjects
from graphql_api.subjects.permissions import SubjectPermission
from models import Role, SubjectKind
from resolvers.access.readable import Condition, readable_somewhere
from resolvers.access.roles import TIES
from resolvers.access.viewers import Viewer as Account


@strawberry.type(description="Who is asking.")
class Viewer:
    """Who is asking."""

    id: strawberry.ID = strawberry.field(description="The account.")
    name: str = strawberry.field(description="Their name.")
    email: str | None = strawberry.field(description="The address they sign in with; null where they have none.")
    role: Role = strawberry.field(description="What they are in the institution.")
    account: strawberry.Private[Account]

    @strawberry.field(description="The subjects they are tied to and may see.")
    async def subjects(self, info: Info) -> list[Subject]:
        """The subjects they are tied to."""
        ties = [SubjectRef(kind, id_) for tie, kind in TIES.items() if (id_ := getattr(self.account, tie)) is not None]
        found = [row for row in await subjects(info.context).load_many(ties) if row is not None]
        await look_ahead_on_subjects(info, found, nodes_of(info))
        return [subject_of(row) for row in found]

    @strawberry.field(
        description="The guarded fields they may read of at least one subject, as Type.field. A guarded field says so"
        " in its description; all others are open to whoever sees the subject."
    )
    async def readable_fields(self, info: Info) -> list[str]:
        """The guarded fields they may read."""
        context = info.context
        guarded = list(guarded_fields(info))
        async with context.database.read() as session:
            readable = await readable_somewhere(
                session, context.viewer, [(kind, condition) for _, kind, condition in guarded]
            )
        return [coordinate for (coordinate, _, _), may in zip(guarded, readable, strict=True) if may]


def guarded_fields(info: Info) -> Iterator[tuple[str, SubjectKind, Condition]]:
    """Every field of a subject that has a permission: its coordinate, the kind, and the condition it stands for."""
    converter = info.schema.config.name_converter
    for kind, type_ in TYPES.items():
        assert has_object_definition(type_)
        for field in type_.__strawberry_definition__.fields:
            for extension in field.extensions:
                if isinstance(extension, SubjectPermission):
                    yield f"{TYPE_NAMES[kind]}.{converter.from_field(field)}", kind, extension.condition


@strawberry.type
class ViewerQueries:
    """`viewer`."""

    @strawberry.field(description="Who is asking, and what they may see.")
    def viewer(self, info: Info) -> Viewer | None:
        """Who is asking."""
        account = info.context.viewer
        return Viewer(
            id=global_id(USER, account.user_id),
            name=account.name,
            email=account.email,
            role=account.role,
            account=account,
        )
