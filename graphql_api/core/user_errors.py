"""What a mutation answers when it cannot be done: the payload's `userErrors`."""

import strawberry

from resolvers.core.problems import ProblemCode, Refusal


@strawberry.type(description="Why something has not been done, and what would be right.")
class UserError:
    """Why something has not been done."""

    field: list[str] | None = strawberry.field(
        description="The path of the input field at fault; null: none in particular."
    )
    message: str = strawberry.field(description="A sentence that says what would be right.")
    code: ProblemCode = strawberry.field(description="What kind of problem it is.")


def user_errors(*refusals: Refusal) -> list[UserError]:
    """The refusals as clients see them."""
    return [UserError(field=_path(one), message=one.message, code=one.code) for one in refusals]


def _path(refusal: Refusal) -> list[str] | None:
    # "period.term", as the parsers of arguments say it, is two steps
    return ".".join(refusal.field).split(".") if refusal.field else None
