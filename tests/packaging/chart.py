"""Renders the chart's templates: as much of Helm's language as they use, since no registry we build from has Helm.

What is not known here is an error, so that a template cannot quietly mean something else than Helm makes of it.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

TOKEN = re.compile(r'"[^"]*"|\(|\)|\||[^\s()|]+')
Scope = Mapping[str, Any]


class ChartError(Exception):
    """The chart refuses those values, in its own words."""


def render(template: str, scope: Scope) -> str:
    """The text that a template makes of `Values` and `Release`, and of variables by their names with $."""
    return "".join(_block(_pieces(template), scope))


def _pieces(template: str) -> Iterator[tuple[str, str]]:
    """Text and actions, in order. `{{-` takes the white space before it away."""
    at = 0
    for match in re.finditer(r"\{\{(-?) *(.*?) *\}\}", template):
        text = template[at : match.start()]
        yield "text", text.rstrip() if match[1] else text
        yield "action", match[2]
        at = match.end()
    yield "text", template[at:]


def _block(pieces: Iterator[tuple[str, str]], scope: Scope, *, live: bool = True) -> Iterator[str]:
    for sort, text in pieces:
        word, _, rest = text.partition(" ")
        if sort == "text":
            yield text if live else ""
        elif word == "if":
            yield from _choice(pieces, scope, live=live, true=live and bool(_value(rest, scope)))
        elif word == "range":
            yield from _loop(pieces, scope, rest, live=live)
        elif word in {"end", "else"}:
            yield text
            return
        elif live:
            yield str(_value(text, scope))


def _choice(pieces: Iterator[tuple[str, str]], scope: Scope, *, live: bool, true: bool) -> Iterator[str]:
    *parts, ending = _block(pieces, scope, live=true)
    yield from parts
    if ending == "else":
        *parts, ending = _block(pieces, scope, live=live and not true)
        yield from parts
    assert ending == "end", ending


def _loop(pieces: Iterator[tuple[str, str]], scope: Scope, rest: str, *, live: bool) -> Iterator[str]:
    names, _, what = rest.partition(" := ")
    inside = []
    for piece in pieces:
        if piece == ("action", "end"):
            break
        inside.append(piece)
    for pair in sorted(_value(what, scope).items()) if live else ():
        yield from _block(iter(inside), {**scope, **dict(zip(names.split(", "), pair, strict=True))})


def _value(expression: str, scope: Scope) -> Any:
    """A pipeline: what each step makes is the last argument of the next."""
    tokens = iter(TOKEN.findall(expression))
    return _call(tokens, scope, [])


def _call(tokens: Iterator[str], scope: Scope, given: list[Any]) -> Any:
    words: list[Any] = []
    name = ""
    for token in tokens:
        if token == "|":
            return _call(tokens, scope, [_applied(name, words + given)])
        if token == ")":
            break
        if token == "(":
            words.append(_call(tokens, scope, []))
        elif token[0] in ".$":
            words.append(_looked_up(token, scope))
        elif token[0] == '"':
            words.append(json.loads(token))
        elif token.isdigit():
            words.append(int(token))
        else:
            name = token
    return _applied(name, words + given)


def _looked_up(path: str, scope: Scope) -> Any:
    value: Any = scope
    for key in path.removeprefix(".").split("."):
        value = value.get(key)
    return value


def _applied(name: str, words: list[Any]) -> Any:
    match name, words:
        case "", [value]:
            return value
        case "quote", [value]:
            return json.dumps(str(value))
        case "toYaml", [value]:
            return yaml.safe_dump(value, default_flow_style=False).rstrip("\n")
        case "nindent", [int(spaces), str(text)]:
            return "\n" + "\n".join(" " * spaces + line for line in text.splitlines())
        case "sha256sum", [str(text)]:
            return hashlib.sha256(text.encode()).hexdigest()
        case "not", [value]:
            return not value
        case "or", [*values]:
            return next((value for value in values if value), values[-1])
        case "fail", [str(sentence)]:
            raise ChartError(sentence)
    raise AssertionError(f"not known here: {name} of {len(words)} arguments")
