"""Mutations: what cannot be done is answered in the payload's `userErrors`, not as an error of the operation."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import strawberry

from graphql_api.core.user_errors import user_errors
from resolvers.core.problems import Refusal

P = ParamSpec("P")
Payload = TypeVar("Payload")


def mutation(*, description: str) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
    """Makes a resolver a mutation. A Refusal it raises becomes the `userErrors` of its payload, the type it returns.

    What it wrote in a transaction of its own is rolled back as the refusal leaves that transaction.
    """

    def decorate(resolver: Callable[..., Awaitable[Any]]) -> Any:
        return strawberry.mutation(_refusing(resolver), description=description)

    return decorate


def _refusing(resolver: Callable[P, Awaitable[Payload]]) -> Callable[P, Awaitable[Payload]]:
    payload = resolver.__annotations__["return"]

    @wraps(resolver)
    async def answer(*args: P.args, **kwargs: P.kwargs) -> Payload:
        try:
            return await resolver(*args, **kwargs)
        except Refusal as refusal:
            refused: Payload = payload(user_errors=user_errors(refusal))
            return refused

    return answer
