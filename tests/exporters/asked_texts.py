"""Every English text that a file can ask a catalogue for, gathered from the code and the templates themselves."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from jinja2 import Environment, nodes

from resolvers.metrics.registry import METRICS

ROOT = Path(__file__).parents[2]
# `words("…")`, `noop("…")`, and the sentences of resolvers/core/wording.py; of these two arguments are texts
_ONE = ("words", "noop")
_TWO = ("many", "Remark")


def singles() -> set[str]:
    """The texts that go with no number."""
    asked = {text for call in _calls() for text, other in [call] if other is None}
    return asked | {text for metric in METRICS.values() for text in (metric.label, metric.description)}


def plurals() -> set[tuple[str, str]]:
    """(one, many) of those that do."""
    return {(text, other) for text, other in _calls() if other is not None}


def _calls() -> Iterator[tuple[str, str | None]]:
    for folder in ("exporters", "jobs", "resolvers", "graphql_api"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "node_modules" not in path.parts:
                yield from _in_python(path)
    for path in sorted((ROOT / "exporters").rglob("*.html")):
        yield from _in_template(path)


def _in_python(path: Path) -> Iterator[tuple[str, str | None]]:
    tree = ast.parse(path.read_text())
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not call.args:
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in _TWO and len(call.args) > 1:
            texts = [_texts(argument, path) for argument in call.args[:2]]
            yield from ((one, many) for one in texts[0] for many in texts[1])
        elif name.lstrip("_") in _ONE or name == "Remark":
            yield from ((text, None) for text in _texts(call.args[0], path))


def _texts(argument: ast.expr, path: Path) -> list[str]:
    """The texts an argument can be; what is worked out as it runs is marked with `noop` where it is written."""
    match argument:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp():
            return [*_texts(argument.body, path), *_texts(argument.orelse, path)]
        case ast.Name(id=name) if name.lstrip("_").isupper():
            value = getattr(_module(path), name)
            return [value] if isinstance(value, str) else []
        case _:
            return []


def _module(path: Path) -> ModuleType:
    return importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def _in_template(path: Path) -> Iterator[tuple[str, str | None]]:
    tree: Any = Environment(autoescape=True).parse(path.read_text())
    for call in tree.find_all(nodes.Call):
        name = call.node.attr if isinstance(call.node, nodes.Getattr) else getattr(call.node, "name", "")
        texts = [argument.value for argument in call.args[:2] if isinstance(argument, nodes.Const)]
        if name == "many":
            yield texts[0], texts[1]
        elif name in _ONE and texts:
            yield texts[0], None
