"""What README.md and docs/ say is so: commands, settings, queries, rooms, links and files are real."""

import ast
import re
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import orjson
import pytest
from graphql import parse, validate
from typer.main import get_command

from graphql_api.cli.commands import rollcall
from graphql_api.schema import build_schema
from models.database import Database
from models.settings import load_settings, settings_page
from resolvers.bundle import import_bundle
from resolvers.demo import write_demo_bundle
from tests.support.asking import asking

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {path: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").rglob("*.md"))} | {
    path: path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("*.md"))
}
# decisions and changes stay as they were written, whatever becomes of what they name
LASTING = {path: text for path, text in PAGES.items() if path.parent.name != "decisions" and path.stem != "CHANGELOG"}
TEXT = "\n".join(LASTING.values())
QUERIES = [
    query
    for page in (README, (ROOT / "docs" / "queries.md").read_text(), (ROOT / "docs" / "files.md").read_text())
    for query in re.findall(r"```graphql\n(.*?)```", page, re.DOTALL)
]
LAYERS = ("graphql_api", "jobs", "exporters", "resolvers", "models")


def test_the_page_of_settings_is_the_table_and_linked() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page == settings_page(), "stale: run `rollcall settings > docs/settings.md`"
    assert "(settings.md)" in (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def test_every_option_of_the_program_exists() -> None:
    known = {option for parameter in get_command(rollcall).params for option in parameter.opts}
    assert set(re.findall(r"`rollcall (--[a-z-]+)", TEXT)) <= known


def test_every_command_is_listed_and_exists() -> None:
    listed = set(re.findall(r"`rollcall ([a-z][a-z-]*)", TEXT))
    assert listed == set(get_command(rollcall).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE))))
def test_every_make_target_exists(target: str) -> None:
    run = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.split()[1].split("(")[0])
def test_every_query_fits_the_schema(query: str) -> None:
    assert validate(build_schema()._schema, parse(query)) == []


@pytest.mark.parametrize(
    "path",
    sorted(set(re.findall(r"`((?:graphql_api|resolvers|models|jobs|exporters|tests|benchmarks)/[a-z_./]*)`", TEXT))),
)
def test_every_path_exists(path: str) -> None:
    assert (ROOT / path).exists()


async def test_the_first_query_has_the_answer_shown(database: Database, tmp_path: Path) -> None:
    """The college that `make demo` makes up on that day, asked what README.md asks."""
    write_demo_bundle(tmp_path / "college", today=date(2026, 11, 22))
    async with database.write() as session:
        await import_bundle(session, tmp_path / "college")
    ask = asking(database, load_settings({"ROLLCALL_DATA": str(tmp_path)}))
    answer = await ask("admin@northgate.example", QUERIES[0], now=datetime(2026, 11, 22, 12, tzinfo=UTC))
    [shown] = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    assert {"data": answer.whole} == orjson.loads(shown)


def test_the_page_of_architecture_names_every_room_with_its_sentence() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    said = dict(re.findall(r"^- `([a-z_/]+)/` (.+)$", page, re.MULTILINE))
    rooms = {
        str(path.parent.relative_to(ROOT)): " ".join((ast.get_docstring(ast.parse(path.read_text())) or "").split())
        for layer in LAYERS
        for path in (ROOT / layer).glob("*/__init__.py")
        if path.parent.name != "migrations"
    }
    assert set(said) == set(rooms)
    assert [room for room, sentence in said.items() if not rooms[room].startswith(sentence)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", PAGES[page])
    assert [target for target in targets if "://" not in target and not (page.parent / target).exists()] == []


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"^(\d+)\. \[.+\]\((.+)\)$", (folder / "README.md").read_text(), re.MULTILINE)
    written = sorted(path.name for path in folder.glob("0*.md"))
    assert [name for _, name in listed] == written
    assert [int(number) for number, _ in listed] == [int(name[:4]) for name in written]
    assert [int(number) for number, _ in listed] == list(range(1, len(written) + 1))


def test_the_entrance_is_short() -> None:
    assert len(README.splitlines()) <= 130
