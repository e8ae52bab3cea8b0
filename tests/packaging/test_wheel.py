"""A wheel holds everything that a running Rollcall reads, the built pages too, or it is not made."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = ("graphql_api", "resolvers", "models", "jobs", "exporters")
BUILDING = ("pyproject.toml", "setup.py", "README.md", "LICENSE", "NOTICE")
# what the build of the pages leaves: pages, and files of which some are packed
PAGES = ("index.html", "open.html", "assets/index-1a2b.js", "assets/index-1a2b.js.br", "assets/codicon-3c4d.ttf")
BUILD = "import sys; from setuptools import build_meta; getattr(build_meta, sys.argv[1])(sys.argv[2])"
FOUND = """
from graphql_api.http.pages import BUILT_PAGES
from models.schema_version import known_revisions
print(BUILT_PAGES, len(known_revisions()))
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what git has of the product, without pages. Of typefaces the names will do: to pack them takes long."""
    listed = subprocess.run(["git", "ls-files", *LAYERS, *BUILDING], cwd=ROOT, capture_output=True, check=True)
    copy = tmp_path / "tree"
    for name in listed.stdout.decode().splitlines():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(os.devnull if name.endswith(".ttf") else ROOT / name, copy / name)
    return copy


def build(tree: Path, what: str, out: Path) -> subprocess.CompletedProcess[str]:
    """Has the tree's own build backend make something, as pip does."""
    out.mkdir()
    return subprocess.run(
        [sys.executable, "-c", BUILD, what, str(out)], cwd=tree, capture_output=True, text=True, check=False
    )


def pages(tree: Path) -> Path:
    """Where the pages are built."""
    return tree / "graphql_api" / "web" / "dist"


def test_without_pages_there_is_no_wheel_but_an_editable_install(tree: Path, tmp_path: Path) -> None:
    refused = build(tree, "build_wheel", tmp_path / "wheels")
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1] == (
        "error: The pages are not built: there is no graphql_api/web/dist/index.html and no"
        " graphql_api/web/dist/open.html. Run `make setup`, or `npm ci && npm run build` in graphql_api/web,"
        " and build the wheel again."
    )
    assert list((tmp_path / "wheels").iterdir()) == []
    editable = build(tree, "build_editable", tmp_path / "editable")
    assert (editable.returncode, len(list((tmp_path / "editable").iterdir()))) == (0, 1), editable.stderr


def test_the_wheel_has_every_file_of_the_packages_and_runs_elsewhere(tree: Path, tmp_path: Path) -> None:
    for name in PAGES:
        (pages(tree) / name).parent.mkdir(parents=True, exist_ok=True)
        (pages(tree) / name).write_text(name)
    former = tree / "build" / "lib" / "graphql_api" / "web" / "dist" / "assets" / "index-0000.js"
    former.parent.mkdir(parents=True)
    former.write_text("of the build before")
    built = build(tree, "build_wheel", tmp_path / "wheels")
    assert built.returncode == 0, built.stderr
    [wheel] = (tmp_path / "wheels").iterdir()

    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    source = {str(path.relative_to(tree)) for layer in LAYERS for path in (tree / layer).rglob("*") if path.is_file()}
    web = {name for name in source if name.startswith("graphql_api/web/")}
    needed = {f"graphql_api/web/dist/{name}" for name in PAGES} | {"graphql_api/web/src/icon.svg"}
    assert held == source - web | needed

    site = tmp_path / "site"
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--no-index", "--target", str(site)]
    subprocess.run([sys.executable, *install, str(wheel)], check=True, capture_output=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def run(*command: str) -> str:
        return subprocess.run(
            command,
            cwd=elsewhere,
            env=os.environ | {"PYTHONPATH": str(site)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    assert run(str(site / "bin" / "rollcall"), "--version") == "rollcall 0.1.0\n"
    revisions = len(list((tree / "models" / "migrations" / "versions").glob("[0-9]*")))
    found = run(sys.executable, "-c", FOUND)
    assert found == f"{site / 'graphql_api' / 'web' / 'dist'} {revisions}\n"
