"""Asks the operations of a folder, as every role that is to ask them."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from tests.recorded.api import Api
from tests.recorded.documents import Operation
from tests.recorded.keeping import Keeper, answered

AT_ONCE: Final = 3
MOST_PAGES: Final = 5
CURSOR: Final = {"after": ("hasNextPage", "endCursor"), "before": ("hasPreviousPage", "startCursor")}


def ask_all(
    api: Api, keeper: Keeper, operations: Iterable[Operation], values: Mapping[str, Any], *, sort: str = "operations"
) -> None:
    """Asks operations that change nothing, a few at a time."""

    def ask(operation: Operation, role: str, name: str, variables: dict[str, Any]) -> None:
        pages = operation.comment("pages")
        if pages:
            answer: Any = _pages(api, role, operation.document, pages[0], pages[1][0])
        else:
            answer = answered(api.post(role, operation.document, variables))
        keeper.keep(sort, f"{name}.{role}", answer)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = [
            pool.submit(ask, operation, role, name, variables)
            for operation in operations
            for role in operation.roles
            for name, variables in operation.cases(values)
        ]
        for answer in asked:
            answer.result()


def _pages(api: Api, role: str, document: str, cursor: str, connection: str) -> list[dict[str, Any]]:
    """The answers page by page, MOST_PAGES at most."""
    more, where = CURSOR[cursor]
    pages: list[dict[str, Any]] = []
    variables: dict[str, Any] = {}
    while len(pages) < MOST_PAGES:
        pages.append(answered(api.post(role, document, variables)))
        info = ((pages[-1]["body"].get("data") or {}).get(connection) or {}).get("pageInfo", {})
        if not info.get(more):
            break
        variables = {cursor: info[where]}
    return pages


def ask_in_order(api: Api, keeper: Keeper, operations: Iterable[Operation], values: dict[str, Any]) -> None:
    """Asks operations that change something, one after the other; `values` gets what they keep."""
    for operation in operations:
        for role in operation.roles:
            for name, variables in operation.cases(values):
                answer = answered(api.post(role, operation.document, variables))
                keeper.keep("operations", f"{name}.{role}", answer)
                for kept, path in operation.comments_of("keep"):
                    values[kept] = _at(answer["body"]["data"], path)
                for _, kept in operation.comments_of("settle"):
                    api.settle(role, values[kept])


def ask_streams(api: Api, keeper: Keeper, operations: Iterable[Operation], values: Mapping[str, Any]) -> None:
    """Reads the first events of each subscription."""
    for operation in operations:
        wanted = operation.comment("events")
        assert wanted is not None, operation.name
        for role in operation.roles:
            for name, variables in operation.cases(values):
                events = api.events(role, operation.document, variables, int(wanted[1][0]))
                keeper.keep("streams", f"{name}.{role}", events)


def _at(data: Any, path: str) -> Any:
    for part in path.split("."):
        data = data[part]
    return data
