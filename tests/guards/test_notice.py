"""NOTICE names every package Rollcall needs whose licence asks for more than a mention."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
NOTICE = (ROOT / "NOTICE").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DEMANDING = re.compile(r"GPL|Mozilla|\bMPL|\bEPL|Eclipse|\bOFL|Open Font|\bCC-", re.IGNORECASE)
TYPEFACES = ROOT / "exporters" / "formats" / "pdf" / "typefaces"


def needed(declared: list[str], extras: frozenset[str] = frozenset()) -> set[tuple[str, frozenset[str]]]:
    """The packages and their extras that these requirements name, for this Python and machine."""
    found: set[tuple[str, frozenset[str]]] = set()
    for text in declared:
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras | {""}):
            found.add((canonicalize_name(requirement.name), frozenset(requirement.extras)))
    return found


def installed_for(declared: list[str]) -> dict[str, str]:
    """Every package that these requirements bring along, with what it says of its licence."""
    licences: dict[str, str] = {}
    open_ends, seen = needed(declared), set()
    while open_ends:
        end = open_ends.pop()
        seen.add(end)
        try:
            about = metadata(end[0])
        except PackageNotFoundError:  # of another machine
            continue
        stated = [*(about.get_all("License-Expression") or [])]
        stated += [text.partition("\n")[0] for text in about.get_all("License") or []]
        stated += [text for text in about.get_all("Classifier") or [] if text.startswith("License ::")]
        licences[end[0]] = "; ".join(stated)
        open_ends |= needed(about.get_all("Requires-Dist") or [], end[1]) - seen
    return licences


def test_every_licence_that_asks_for_more_is_named() -> None:
    licences = installed_for([*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["embedded"]])
    assert licences["starlette"] == "BSD-3-Clause"
    demanding = {name: said for name, said in licences.items() if DEMANDING.search(said)}
    assert demanding["psycopg"] == "LGPL-3.0-only"
    assert {name: said for name, said in demanding.items() if name not in NOTICE} == {}


def test_every_folder_of_fonts_holds_its_licence_and_is_named() -> None:
    folders = [path for path in TYPEFACES.iterdir() if path.is_dir()]
    assert sorted(path.name for path in folders) == ["noto", "source_sans"]
    for folder in folders:
        assert "SIL OPEN FONT LICENSE Version 1.1" in (folder / "OFL.txt").read_text(encoding="utf-8")
    assert "exporters/formats/pdf/typefaces" in NOTICE
