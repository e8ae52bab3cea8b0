"""Who holds a database session waits for nothing but the database: else operations could wait for one another."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import graphql_api

MODULES = sorted(path for path in Path(graphql_api.__path__[0]).rglob("*.py") if "node_modules" not in path.parts)


def blocks(tree: ast.AST) -> Iterator[ast.AsyncWith]:
    """Every `async with ….read() as session` and `….write() as session`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncWith) and any(
            isinstance(item.optional_vars, ast.Name) and item.optional_vars.id == "session" for item in node.items
        ):
            yield node


def waits_for_others(block: ast.AsyncWith) -> Iterator[str]:
    """What is awaited in the block and is not given its session."""
    for statement in block.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.AsyncWith | ast.AsyncFor):
                yield f"line {node.lineno}"
            if isinstance(node, ast.Await) and "session" not in names(node):
                yield f"line {node.lineno}: {ast.unparse(node)}"


def names(awaited: ast.Await) -> set[str]:
    """The plain names that an awaited call is made on or given."""
    if not isinstance(awaited.value, ast.Call):
        return set()
    given = [*awaited.value.args, *(keyword.value for keyword in awaited.value.keywords)]
    if isinstance(awaited.value.func, ast.Attribute):
        given.append(awaited.value.func.value)
    return {each.id for each in given if isinstance(each, ast.Name)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_who_has_a_session_waits_for_nothing_else(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert [wait for block in blocks(tree) for wait in waits_for_others(block)] == []


def test_it_sees_who_waits() -> None:
    tree = ast.parse(
        """
async def field(info):
    async with info.context.database.read() as session:
        row = await row_of(session, info.context.viewer)
        await session.scalar(query)
        await info.context.loaders.subjects.load(row.id)
        async with info.context.database.read() as another:
            pass
    await info.context.loaders.subjects.load(row.id)
"""
    )
    [block] = blocks(tree)
    assert set(waits_for_others(block)) == {"line 7", "line 6: await info.context.loaders.subjects.load(row.id)"}
