"""What is declared once, and found missing here rather than at the first request that needs it."""

import re
import subprocess
import sys
from dataclasses import fields
from enum import Enum
from pathlib import Path

import pytest
from graphql import GraphQLEnumType
from sqlalchemy import inspect
from typer.main import get_command

from exporters.language import KINDS
from exporters.reports.tables import BREAKDOWN_TITLES, KEY_LABELS, SECTION_TABLES
from graphql_api.cli.commands import rollcall
from graphql_api.reports.sections import SECTION_FIELDS
from graphql_api.schema import build_schema
from models import Base, BaseReport, Role, SubjectKind
from models.database import Database
from models.subject import DETAILS
from resolvers.access.roles import ROLES
from resolvers.bundle.files import FILES
from resolvers.metrics.counting import Counting
from resolvers.metrics.dimensions import DIMENSION
from resolvers.metrics.facts import FACTS
from resolvers.reports.sections.breakdown import BREAKDOWN_KEYS
from resolvers.reports.sections.registry import SECTIONS
from resolvers.subjects.hierarchy import CHILDREN, children
from resolvers.subjects.look_ups import SubjectRow

ROOT = Path(__file__).parents[2]
SCHOOL = SubjectKind.SCHOOL
SUBJECT_FIELDS = {field.name for field in fields(SubjectRow)}
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


@pytest.mark.parametrize("kind", SubjectKind)
def test_every_kind_is_known_wherever_kinds_are_told_apart(kind: SubjectKind) -> None:
    details = [column.name for column in DETAILS[kind].__table__.columns if not column.foreign_keys]
    # (key, day) is how a fact finds its sessions; a trainee's are those of their coverage
    indexed = {tuple(index.columns.keys()) for index in Base.metadata.tables["session_part"].indexes}
    by = BREAKDOWN_KEYS.get(kind, ())
    commands = get_command(rollcall).commands  # type: ignore[attr-defined]
    [argument] = [one for one in commands["generate"].params if one.name == "kind"]
    known = {
        "models/vocabulary.py says what it is": bool(kind.description),
        "models/report.py has a class of its reports": kind in inspect(BaseReport).polymorphic_map,
        "models/session.py keeps its key, with an index": kind not in DIMENSION or (DIMENSION[kind], "day") in indexed,
        "resolvers/subjects/look_ups.py has a field for each of its details": set(details) <= SUBJECT_FIELDS,
        "resolvers/subjects/hierarchy.py has it below a school": kind in (SCHOOL, *CHILDREN[SCHOOL]),
        "resolvers/bundle/files.py has the file it comes in": kind in {file.kind for file in FILES},
        "exporters/language.py calls it by a name": kind in KINDS,
        "exporters/reports/tables.py says what its breakdown is by": by in BREAKDOWN_TITLES
        and set(by) <= set(KEY_LABELS),
        "graphql_api/cli/commands.py names it": kind in re.findall(r"[A-Z_]+", argument.help or ""),
    }
    assert [sentence for sentence, so in known.items() if not so] == []


@pytest.mark.parametrize("kind", SubjectKind)
def test_every_child_is_reached_from_its_parent(kind: SubjectKind) -> None:
    for child in CHILDREN[kind]:
        try:
            pairs = children(kind, child)
        except KeyError:
            pytest.fail(
                f"resolvers/subjects/hierarchy.py has a {child} below a {kind}, but no way from one to the other"
            )
        assert pairs.selected_columns.keys() == ["parent_id", "child_id"]


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
    kept = kind not in DIMENSION or DIMENSION[kind] in Base.metadata.tables["result_part"].columns
    results, streak = ([] if kept else ["results"]), ([] if kind is SubjectKind.TRAINEE else ["streak"])
    assert [fact.name for fact in lacking] == results + streak
    async with database.read() as session:
        for fact in lacking:
            with pytest.raises(LookupError, match=f"the fact {fact.name} is none of a {kind}"):
                await Counting(session, [], {}).fact(fact, kind)
