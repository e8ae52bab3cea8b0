"""What README.md says is so: its commands, settings, queries and folders are real."""

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
QUERIES = re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)


def test_the_page_of_settings_is_the_table_and_linked() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page == settings_page(), "stale: run `rollcall settings > docs/settings.md`"
    assert "(docs/settings.md)" in README


def test_every_option_of_the_program_exists() -> None:
    known = {option for parameter in get_command(rollcall).params for option in parameter.opts}
    assert set(re.findall(r"`rollcall (--[a-z-]+)", README)) <= known


def test_every_command_is_listed_and_exists() -> None:
    listed = set(re.findall(r"`rollcall ([a-z][a-z-]*)", README))
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
    sorted(set(re.findall(r"`((?:graphql_api|resolvers|models|jobs|exporters|tests|benchmarks)/[a-z_./]*)`", README))),
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
