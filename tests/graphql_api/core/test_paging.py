"""Walking through connections, forwards and backwards, at the root and below; and when a total is counted."""

from pathlib import Path
from typing import Any

import pytest

from models.database import Database
from tests.support.asking import Ask
from tests.support.college import ADMIN, PRINCIPAL
from tests.support.factories import imported
from tests.support.statements import statements

ALL = ["pam", "quo", "rex", "sol", "tess", "ulf"]
PAGE = """trainees(first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { sourceId } } nodes { sourceId }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"""
VARIABLES = "$first: Int, $after: String, $last: Int, $before: String"
ROOT = f"query ({VARIABLES}) {{ {PAGE} }}"
BELOW = f'query ({VARIABLES}) {{ school(sourceId: "A") {{ {PAGE} }} }}'
EITHER = pytest.mark.parametrize("query", [ROOT, BELOW])


async def page(ask: Ask, query: str, **arguments: Any) -> tuple[list[str], dict[str, Any]]:
    found = (await ask(PRINCIPAL, query, **arguments)).whole
    connection = found.get("school", found)["trainees"]
    nodes = [node["sourceId"] for node in connection["nodes"]]
    assert [edge["node"]["sourceId"] for edge in connection["edges"]] == nodes
    info = connection["pageInfo"]
    cursors = [edge["cursor"] for edge in connection["edges"]]
    assert (info["startCursor"], info["endCursor"]) == ((cursors[0], cursors[-1]) if cursors else (None, None))
    return nodes, info


@EITHER
@pytest.mark.parametrize("size", [1, 2, 3, 5, 6, 7])
async def test_forwards(ask: Ask, query: str, size: int) -> None:
    seen: list[str] = []
    after = None
    while True:
        nodes, info = await page(ask, query, first=size, after=after)
        assert info["hasPreviousPage"] is (after is not None)
        seen += nodes
        assert info["hasNextPage"] is (len(seen) < len(ALL))
        if not info["hasNextPage"]:
            break
        assert len(nodes) == size
        after = info["endCursor"]
    assert seen == ALL


@EITHER
@pytest.mark.parametrize("size", [1, 2, 3, 5, 6, 7])
async def test_backwards(ask: Ask, query: str, size: int) -> None:
    seen: list[str] = []
    before = None
    while True:
        nodes, info = await page(ask, query, last=size, before=before)
        assert info["hasNextPage"] is (before is not None)
        seen = nodes + seen
        assert info["hasPreviousPage"] is (len(seen) < len(ALL))
        if not info["hasPreviousPage"]:
            break
        assert len(nodes) == size
        before = info["startCursor"]
    assert seen == ALL


@EITHER
async def test_between_two_cursors(ask: Ask, query: str) -> None:
    _, info = await page(ask, query, first=1)
    _, end = await page(ask, query, last=2)
    between, _ = await page(ask, query, after=info["endCursor"], before=end["startCursor"])
    assert between == ["quo", "rex", "sol"]
    assert await page(ask, query, first=0) == (
        [],
        {"hasNextPage": True, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
    )


async def test_a_total_is_counted_only_where_it_is_asked_for(ask: Ask, college: Database) -> None:
    asked = {}
    for wanted, selection in {
        "plain": "nodes { id }",
        "total": "nodes { id } totalCount",
        "skipped": "nodes { id } totalCount @skip(if: true)",
        "included": "nodes { id } ... on TrainerConnection @include(if: true) { many: totalCount }",
    }.items():
        with statements(college) as seen:
            answer = (await ask(ADMIN, f"{{ trainers {{ {selection} }} }}")).whole
        below = f"{{ schools {{ nodes {{ trainers {{ {selection} }} }} }} }}"
        with statements(college) as seen_below:
            (await ask(ADMIN, below)).whole  # noqa: B018
        asked[wanted] = (
            [statement.lower().count("count(") for statement in seen].count(1),
            [statement.lower().count("count(") for statement in seen_below].count(1),
            answer["trainers"].get("totalCount", answer["trainers"].get("many")),
        )
    assert asked == {"plain": (0, 0, None), "total": (1, 1, 4), "skipped": (0, 0, None), "included": (1, 1, 4)}


async def test_names_that_begin_alike_for_longer_than_their_sort_keys(
    ask_own: Ask, own_college: Database, tmp_path: Path
) -> None:
    """They stand in the order of their ids, and every page begins where the last one ended."""
    alike = "\U00020000" * 999
    trainees = {f"L{number}": alike + last for number, last in enumerate("cabed")}
    rows = [{"id": id_, "name": name, "school_id": "A"} for id_, name in trainees.items()]
    async with own_college.write() as session:
        known = await imported(session, {"trainees": rows}, tmp_path / "long")
    in_order = sorted(trainees, key=lambda id_: known["TRAINEE", id_])
    for size in (1, 2, 3, 11):
        forwards: list[str] = []
        info: dict[str, Any] = {"endCursor": None, "hasNextPage": True}
        while info["hasNextPage"]:
            nodes, info = await page(ask_own, ROOT, first=size, after=info["endCursor"])
            forwards += nodes
        backwards: list[str] = []
        info = {"startCursor": None, "hasPreviousPage": True}
        while info["hasPreviousPage"]:
            nodes, info = await page(ask_own, ROOT, last=size, before=info["startCursor"])
            backwards = nodes + backwards
        assert forwards == backwards == [*ALL, *in_order]
    search = "query ($text: String!) { trainees(filter: { search: $text }) { nodes { sourceId } } }"
    for text, found in (("\U00020000\U00020000", in_order), ("\U00020000B", ["L2"]), ("\U00020000z", [])):
        nodes = (await ask_own(PRINCIPAL, search, text=text)).whole["trainees"]["nodes"]
        assert [node["sourceId"] for node in nodes] == found
