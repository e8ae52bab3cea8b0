"""What an operator can set is in the table of settings, and nowhere else: the environment is read in one place."""

import ast
import re
from pathlib import Path

import pytest

from models.settings import SETTINGS

ROOT = Path(__file__).parents[2]
PRODUCT = ("graphql_api", "jobs", "exporters", "resolvers", "models")
READERS = ROOT / "models" / "settings"
SOURCES = [path for package in PRODUCT for path in (ROOT / package).rglob("*.py") if "node_modules" not in path.parts]
ENVIRONMENT = {"environ", "environb", "getenv", "getenvb"}


def readings(source: str) -> list[int]:
    """The lines that look at the environment. Handing it on to a child, whole or filtered, is none."""
    tree = ast.parse(source)
    joined = {
        id(node.left) for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr)
    }
    filtered = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "items"}
    handed_on = joined | filtered
    looks = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ENVIRONMENT and id(node) not in handed_on
    ]
    imports = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "os" and ENVIRONMENT & {name.name for name in node.names}
    ]
    return sorted([*looks, *imports])


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('os.environ["ROLLCALL_X"]', [1]),
        ('os.environ.get("ROLLCALL_X")', [1]),
        ('os.getenv("ROLLCALL_X")', [1]),
        ('"ROLLCALL_X" in os.environ', [1]),
        ("from os import environ", [1]),
        ("load(os.environ)", [1]),
        ('child(env=os.environ | {"A": "1"})', []),
        ("child(env={name: value for name, value in os.environ.items() if keep(name)})", []),
    ],
)
def test_a_look_at_the_environment_is_noticed(source: str, lines: list[int]) -> None:
    assert readings(source) == lines


def test_only_the_settings_look_at_the_environment() -> None:
    looks = {
        str(path.relative_to(ROOT)): lines
        for path in SOURCES
        if READERS not in path.parents and (lines := readings(path.read_text(encoding="utf-8")))
    }
    assert looks == {}, "declare a setting in models/settings/table.py instead"


def test_every_variable_that_is_named_is_declared() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    named = {
        name: str(path.relative_to(ROOT))
        for path in [*SOURCES, *pages]
        for name in re.findall(r"\bROLLCALL_[A-Z0-9_]*[A-Z0-9]\b", path.read_text(encoding="utf-8"))
    }
    declared = {setting.name for setting in SETTINGS}
    assert {name: path for name, path in named.items() if name not in declared} == {}
