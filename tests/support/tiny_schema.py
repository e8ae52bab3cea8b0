"""A schema with one field for each thing the HTTP side must get right."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import strawberry
from sqlalchemy.exc import TimeoutError as PoolTimeout

from graphql_api.core.context import Info
from graphql_api.core.errors import BadUserInputError
from graphql_api.core.field_permission import FieldPermission
from graphql_api.operations.running import OperationSchema
from models import Role
from resolvers.core.problems import Refusal


@dataclass
class Stage:
    """What the tests and the resolvers share; it takes the place of the file store."""

    news: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    contexts: list[Any] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    finished: asyncio.Event = field(default_factory=asyncio.Event)


class ReadsEmail(FieldPermission):
    rule = "Requires: ADMIN, or yourself."

    def allows(self, source: Any, info: Info, **_arguments: Any) -> bool:
        return info.context.viewer.role == Role.ADMIN or source.name == info.context.viewer.name


@strawberry.type
class Person:
    name: str
    email: str | None = strawberry.field(description="Where to write to.", extensions=[ReadsEmail()])

    @strawberry.field(extensions=[ReadsEmail()])
    async def phone(self) -> str | None:
        return "555-0100"

    @strawberry.field
    def friends(self, first: int = 20) -> "PersonConnection":
        return PersonConnection(nodes=[])


@strawberry.type
class PersonConnection:
    nodes: list[Person]


@strawberry.type
class Query:
    @strawberry.field
    def hello(self) -> str:
        return "hello"

    @strawberry.field
    def me(self, info: Info) -> str:
        info.context.files.contexts.append(info.context)
        return info.context.viewer.email or ""

    @strawberry.field
    def people(self, first: int = 20) -> PersonConnection:
        return PersonConnection(nodes=[Person(name=f"Person {n}", email=f"p{n}@example.org") for n in range(first)])

    @strawberry.field
    def echo(self, n: int) -> int:
        return n

    @strawberry.field
    def fail(self) -> str | None:
        raise RuntimeError("the secret sauce")

    @strawberry.field
    def refuse(self) -> str | None:
        raise BadUserInputError("Give a period that begins before it ends.")

    @strawberry.field
    def refusal(self) -> str | None:
        raise Refusal("2026-13 is no month.", ("period", "month"))

    @strawberry.field
    def busy(self) -> str | None:
        raise PoolTimeout("QueuePool limit of size 10 overflow 0 reached")

    @strawberry.field
    def unwritable(self) -> int | None:
        return 2**40

    @strawberry.field
    async def slow(self) -> str | None:
        await asyncio.Event().wait()
        return None


@strawberry.type
class Mutation:
    @strawberry.mutation
    def shout(self, text: str) -> str:
        return text.upper()

    @strawberry.mutation
    def note(self, info: Info) -> int:
        info.context.files.notes.append("noted")
        return len(info.context.files.notes)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def news(self, info: Info) -> AsyncGenerator[str, None]:
        stage: Stage = info.context.files
        try:
            while True:
                yield await stage.news.get()
        finally:
            stage.finished.set()

    @strawberry.subscription
    async def mine(self, info: Info) -> AsyncGenerator[str, None]:
        stage: Stage = info.context.files
        while True:
            item = await stage.news.get()
            context = await info.context.renewed()
            yield f"{item} for {context.viewer.role}"

    @strawberry.subscription
    async def people(self, info: Info) -> AsyncGenerator[Person, None]:
        for n in range(2):
            yield Person(name=f"Person {n}", email=f"p{n}@example.org")

    @strawberry.subscription
    async def breaks(self) -> AsyncGenerator[str, None]:
        yield "once"
        raise RuntimeError("the secret sauce")


def build_schema() -> OperationSchema:
    return OperationSchema(Query, Mutation, Subscription)
