"""`rollcall schema`: what is published of the API as text, and whether the committed files still say the same."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import unified_diff
from itertools import islice
from pathlib import Path
from typing import Final

import graphql_api
from graphql_api.cli.core.console import result, say
from graphql_api.published.routes import published
from graphql_api.schema import build_schema

ROOT: Final = Path(graphql_api.__file__).parents[1]
LINES_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Publication:
    """A text that is published: the command that prints it, the file that keeps it, and the text itself."""

    command: str
    file: str
    text: Callable[[], str]


SCHEMA: Final = Publication("rollcall schema", "schema.graphql", lambda: build_schema().as_str().rstrip("\n") + "\n")
QUERY: Final = Publication("rollcall schema --query", "docs/report.graphql", lambda: published().query)
JSON_SCHEMA: Final = Publication("rollcall schema --json", "docs/report.schema.json", lambda: published().json_schema)
PUBLICATIONS: Final = (SCHEMA, QUERY, JSON_SCHEMA)


def run_schema(output: Path | None, *, check: bool, query: bool = False, json: bool = False) -> int:
    """Prints, writes or checks; all files are checked unless told which. 1 for a file that is stale."""
    chosen = QUERY if query else JSON_SCHEMA if json else SCHEMA
    if check:
        every = output is None and not query and not json
        return max(_check(one, output or ROOT / one.file) for one in (PUBLICATIONS if every else (chosen,)))
    if output is None:
        result(chosen.text().rstrip("\n"))
    else:
        output.write_text(chosen.text(), encoding="utf-8")
    return 0


def _check(publication: Publication, file: Path) -> int:
    text = publication.text()
    stored = file.read_text(encoding="utf-8") if file.exists() else ""
    if stored == text:
        return 0
    changes = unified_diff(stored.splitlines(), text.splitlines(), file.name, "the schema", lineterm="", n=1)
    for line in islice(changes, LINES_SHOWN):
        say(line)
    shown = file.relative_to(ROOT) if file.is_relative_to(ROOT) else file.name
    say(f"{shown} is stale: run `{publication.command} -o {shown}`.")
    return 1
