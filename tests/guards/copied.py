"""The product's code in a folder of its own, to follow the recipes of docs/adding.md in."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LAYERS = ("graphql_api", "jobs", "exporters", "resolvers", "models")
CUT = "-----"
PAGE = (ROOT / "docs" / "adding.md").read_text(encoding="utf-8")
RECIPES = {
    title: re.findall(r"`([a-z_/.]+)`(?!\*)", files)
    for title, files in re.findall(r"^## (A[n]? [^,\n]+)[^\n]*\n\n((?:`[^\n]+\n)+)", PAGE, re.MULTILINE)
}


class Copy:
    """The product's code in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.touched: set[str] = set()
        ignored = shutil.ignore_patterns("node_modules", "dist", "*.pyc.*", "web")
        for layer in LAYERS:
            shutil.copytree(ROOT / layer, folder / layer, ignore=ignored)
        shutil.copytree(ROOT / "docs", folder / "docs", ignore=shutil.ignore_patterns("*.png", "decisions"))

    def write(self, path: str, text: str) -> None:
        """A new file."""
        assert not (self.folder / path).exists()
        (self.folder / path).write_text(text, encoding="utf-8")
        self.touched.add(path)

    def change(self, path: str, before: str, after: str) -> None:
        """Puts text behind the one place where `before` stands."""
        text = (self.folder / path).read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{path} has {text.count(before)} times {before!r}"
        (self.folder / path).write_text(text.replace(before, before + after), encoding="utf-8")
        self.touched.add(path)

    def answer(self, program: str, *arguments: str) -> str:
        """What a program prints that runs in the copy."""
        done = subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(self.folder)!r})\n{program}", *arguments],
            cwd=self.folder,
            # what is compiled once need not be compiled again
            env={name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout

    def schema_and(self, program: str) -> tuple[str, str]:
        """The GraphQL schema of the copy, and what a program prints there."""
        both = self.answer(
            f"from graphql_api.schema import build_schema; print(build_schema().as_str())\nprint({CUT!r})\n{program}"
        )
        schema, _, printed = both.partition(f"{CUT}\n")
        return schema, printed

    def touched_unnamed(self, title: str) -> list[str]:
        """What was touched of which that recipe says nothing."""
        return [path for path in sorted(self.touched) if not any(path.startswith(name) for name in RECIPES[title])]

    def named_untouched(self, title: str) -> list[str]:
        """What that recipe names though nothing was touched there; no copy has tests."""
        names = [name for name in RECIPES[title] if not name.startswith("tests/")]
        return [name for name in names if not any(path.startswith(name) for path in self.touched)]
