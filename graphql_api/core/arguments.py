"""Checks on arguments that GraphQL's own types cannot make."""

from resolvers.core.problems import Refusal


def text_argument(given: str | None, *argument: str) -> str | None:
    """The text. Refuses the one character PostgreSQL cannot hold."""
    if given is not None and "\0" in given:
        raise Refusal("a text cannot contain the character U+0000", argument)
    return given
