"""Which of the media types we speak a client wants, by its Accept header, and whether it takes a coding."""

from typing import Final

from graphql_api.core.errors import BadUserInputError

JSON: Final = "application/json"
GRAPHQL_JSON: Final = "application/graphql-response+json"
EVENT_STREAM: Final = "text/event-stream"
# of equal wishes, the first; */* and no header at all mean plain JSON
SPOKEN: Final = (GRAPHQL_JSON, JSON, EVENT_STREAM)


def preferred(accept: str | None) -> str:
    """The media type to answer in. BadUserInputError with status 406 where the client wants none of ours."""
    if accept is None or not accept.strip():
        return JSON
    wishes = _wishes(accept)
    anything = max(wishes.pop("application/*", 0.0), wishes.pop("*/*", 0.0))
    if JSON not in wishes:
        wishes[JSON] = anything
    best = max(SPOKEN, key=lambda name: wishes.get(name, 0.0))
    if wishes.get(best, 0.0) <= 0:
        raise BadUserInputError(f"Answers come as {', '.join(SPOKEN)}; Accept one of them.", status=406)
    return best


def takes(accept_encoding: str | None, coding: str) -> bool:
    """Whether a client can read that content coding, by its Accept-Encoding header."""
    wishes = _wishes(accept_encoding or "")
    return wishes.get(coding, wishes.get("*", 0.0)) > 0


def _wishes(header: str) -> dict[str, float]:
    wishes: dict[str, float] = {}
    for part in header.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        wishes[name] = max(wishes.get(name, 0.0), _quality(parameters))
    return wishes


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0
