"""The recipes of docs/adding.md, followed in a copy: what they promise appears, and they touch the files they name."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.guards.copied import RECIPES, ROOT, Copy


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def a_metric(copy: Copy) -> None:
    row = """
    Metric("heldShare", "Held share", "Held sessions per timetabled session.",
           _RATE, _UP, ("held", "timetabled"), _share("held", "timetabled"), sample=_FIVE_DUE),"""
    copy.change("resolvers/metrics/registry.py", "_ROWS: Final = (", row)
    copy.change(
        "models/report.py",
        "    expected: Mapped[int | None] = _count()",
        "\n    held_share: Mapped[float | None] = _figure()",
    )
    copy.write("models/migrations/versions/9999_held_share.py", '"""Held sessions per timetabled session."""\n')
    schema, printed = copy.schema_and(
        "from resolvers.metrics.registry import METRICS\n"
        "from resolvers.metrics.policies import DEFAULTS\n"
        "from models import SubjectKind\n"
        "print(METRICS['heldShare'].of(SubjectKind.COURSE, {'held': 3, 'timetabled': 4}, DEFAULTS))"
    )
    assert "  heldShare: Float" in schema
    assert "  HELD_SHARE" in schema
    assert printed == "0.75\n"


def a_format(copy: Copy) -> None:
    copy.write(
        "exporters/formats/titles.py",
        '"""Titles: a line for each report."""\n'
        "from exporters.format import FileType, Format\n"
        "class Titles:\n"
        "    def __init__(self, cover, out):\n        self.out = out\n"
        "    def add(self, document):\n        self.out.write(document.title.encode() + b'\\n')\n"
        "    def close(self):\n        pass\n"
        'FORMAT = Format("TITLES", "A line for each report.", lambda cover: FileType(".txt", "text/plain"), Titles)\n',
    )
    schema, printed = copy.schema_and("from exporters import all_formats; print(*all_formats())")
    assert re.search(r'"""A line for each report\."""\s+TITLES\n', schema)
    assert printed.split() == ["CSV", "JSON", "PDF", "TITLES", "XLSX"]


def a_mutation(copy: Copy) -> None:
    copy.write(
        "graphql_api/schools/bell_mutations.py",
        '"""`bellRing`: ringing the bell of a school."""\n'
        "import strawberry\n"
        "from graphql_api.core.context import Info\n"
        "from graphql_api.core.mutations import mutation\n"
        "from graphql_api.core.user_errors import UserError\n"
        "from resolvers.core.problems import Refusal\n"
        '@strawberry.type(description="How it rang.")\n'
        "class BellRingPayload:\n"
        '    sound: str | None = strawberry.field(default=None, description="What was heard.")\n'
        '    user_errors: list[UserError] = strawberry.field(default_factory=list, description="Why it did not.")\n'
        "@strawberry.type\n"
        "class BellMutations:\n"
        '    @mutation(description="Rings the bell.")\n'
        "    async def bell_ring(self, info: Info) -> BellRingPayload:\n"
        '        raise Refusal("it is broken", ("bell",))\n',
    )
    copy.change(
        "graphql_api/schema.py", "import cache\n", "\nfrom graphql_api.schools.bell_mutations import BellMutations\n"
    )
    copy.change("graphql_api/schema.py", "class Mutation(\n", "    BellMutations,\n")
    schema, printed = copy.schema_and(
        "import asyncio\n"
        "from types import SimpleNamespace\n"
        "from graphql_api.schools.bell_mutations import BellMutations\n"
        "field = BellMutations.__strawberry_definition__.fields[0]\n"
        "payload = asyncio.run(field.base_resolver.wrapped_func(None, SimpleNamespace()))\n"
        "print(payload.sound, payload.user_errors[0].message, payload.user_errors[0].field)\n"
    )
    assert "  bellRing: BellRingPayload!" in schema
    assert printed == "None it is broken ['bell']\n"


def a_setting(copy: Copy) -> None:
    copy.change(
        "models/settings/table.py",
        '    `files` is None where files are kept in a folder of `data`.\n    """\n',
        '\n    bells: int = setting("ROLLCALL_BELLS", "How many bells there are.", whole(0, 9), default="2")\n',
    )
    answer = copy.answer(
        "from models.settings import load_settings, settings_page\n"
        "print(load_settings({'ROLLCALL_BELLS': '7'}).bells, load_settings({}).bells)\n"
        "print('| `ROLLCALL_BELLS` | `2` | How many bells there are. |' in settings_page())"
    )
    assert answer.split() == ["7", "2", "True"]


def a_role(copy: Copy) -> None:
    copy.change("models/vocabulary.py", '    PRINCIPAL = "PRINCIPAL"', '\n    INSPECTOR = "INSPECTOR"')
    copy.change(
        "resolvers/access/roles.py",
        "ROLES: Final[Mapping[Role, RoleRights]] = MappingProxyType(\n    {",
        "\n        Role.INSPECTOR: RoleRights(\n"
        '            "Sees their school and changes nothing.", Reach.THEMSELVES, tie="school_id"\n        ),',
    )
    copy.write("models/migrations/versions/9999_inspectors.py", '"""Accounts may be of inspectors."""\n')
    schema, printed = copy.schema_and(
        "from models import Role\n"
        "from resolvers.access.viewers import Viewer\n"
        "viewer = Viewer(user_id=1, email=None, name='I', role=Role.INSPECTOR, school_id=4, trainer_id=5)\n"
        "print(viewer.ties, viewer.sees_everything, viewer.rights.governs)"
    )
    assert re.search(r'"""Sees their school and changes nothing\."""\s+INSPECTOR\n', schema)
    assert printed == "{'school_id': 4, 'trainer_id': 5} False False\n"


FOLLOWED: dict[str, Callable[[Copy], None]] = {
    "A metric": a_metric,
    "A format": a_format,
    "A mutation": a_mutation,
    "A setting": a_setting,
    "A role": a_role,
}


@pytest.mark.parametrize("title", FOLLOWED)
def test_a_recipe_does_what_it_says_and_touches_what_it_names(copy: Copy, title: str) -> None:
    FOLLOWED[title](copy)
    assert copy.touched_unnamed(title) == []


def test_every_recipe_names_files_that_exist() -> None:
    assert set(FOLLOWED) <= set(RECIPES)
    assert [path for paths in RECIPES.values() for path in paths if not (ROOT / path).exists()] == []
