"""`rollcall schema`: the GraphQL schema as text, and whether the committed file still says the same."""

from difflib import unified_diff
from itertools import islice
from pathlib import Path
from typing import Final

import graphql_api
from graphql_api.cli.console import result, say
from graphql_api.schema import build_schema

COMMITTED: Final = Path(graphql_api.__file__).parents[1] / "schema.graphql"
LINES_SHOWN: Final = 40


def run_schema(output: Path | None, *, check: bool) -> int:
    """Prints, writes or checks; 1 for a file that is stale."""
    text = build_schema().as_str().rstrip("\n") + "\n"
    if check:
        return _check(text, output or COMMITTED)
    if output is None:
        result(text.rstrip("\n"))
    else:
        output.write_text(text, encoding="utf-8")
    return 0


def _check(text: str, file: Path) -> int:
    stored = file.read_text(encoding="utf-8") if file.exists() else ""
    if stored == text:
        return 0
    changes = unified_diff(stored.splitlines(), text.splitlines(), file.name, "the schema", lineterm="", n=1)
    for line in islice(changes, LINES_SHOWN):
        say(line)
    say(f"{file.name} is stale: run `rollcall schema -o {file.name}`.")
    return 1
