"""What is declared once, and found missing here rather than at the first request that needs it."""

import subprocess
import sys
from enum import Enum
from pathlib import Path

import pytest
from graphql import GraphQLEnumType

from exporters.reports.tables import SECTION_TABLES
from graphql_api.reports.sections import SECTION_FIELDS
from graphql_api.schema import build_schema
from models import Role, SubjectKind
from models.database import Database
from resolvers.access.roles import ROLES
from resolvers.metrics.counting import Counting
from resolvers.metrics.facts import FACTS
from resolvers.reports.sections.breakdown import BREAKDOWN_KEYS
from resolvers.reports.sections.registry import SECTIONS

ROOT = Path(__file__).parents[2]
IN_AN_ORDER = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
from graphql_api.schema import build_schema
print(len(build_schema().as_str()))
"""


def test_every_role_has_its_row() -> None:
    assert set(ROLES) == set(Role)


def test_every_section_has_its_fields_and_its_table() -> None:
    names = [section.name for section in SECTIONS]
    assert sorted(SECTION_FIELDS) == sorted(names)
    assert sorted(section.name for section in SECTION_TABLES) == sorted(names)


def test_every_kind_has_a_breakdown() -> None:
    assert set(BREAKDOWN_KEYS) == set(SubjectKind)


def test_every_enum_of_the_schema_is_one_of_ours_with_its_graphql_form() -> None:
    types = [type_ for type_ in build_schema()._schema.type_map.values() if isinstance(type_, GraphQLEnumType)]
    ours = [type_ for type_ in types if not type_.name.startswith("__")]
    assert [type_.name for type_ in ours if not type_.description] == []
    for type_ in ours:
        definition = type_.extensions["strawberry-definition"]
        assert issubclass(definition.wrapped_cls, Enum)
        assert set(type_.values) == {value.name for value in definition.wrapped_cls}


@pytest.mark.parametrize("reverse", [False, True])
def test_modules_of_the_schema_may_be_imported_in_any_order(reverse: bool) -> None:
    names = sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "graphql_api").glob("*/*.py")
        if path.parent.name not in ("cli", "web") and path.name != "__init__.py"
    )
    names.sort(reverse=reverse)
    done = subprocess.run(
        [sys.executable, "-c", IN_AN_ORDER, *names], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) == len(build_schema().as_str())


@pytest.mark.parametrize("kind", SubjectKind)
async def test_a_fact_is_only_asked_of_kinds_that_have_it(database: Database, kind: SubjectKind) -> None:
    lacking = [fact for fact in FACTS if kind not in fact.kinds]
    assert [fact.name for fact in lacking] == ([] if kind is SubjectKind.TRAINEE else ["streak"])
    async with database.read() as session:
        for fact in lacking:
            with pytest.raises(LookupError, match=f"the fact {fact.name} is none of a {kind}"):
                await Counting(session, [], {}).fact(fact, kind)
