"""The font files that come along: those that are used and no others, each beside its licence."""

import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

import pytest

from exporters.formats.pdf.fonts import _BLOCKS, TYPEFACES, characters, main_faces, pieces

FILES: Final = {
    "source_sans": {"SourceSansPro-Regular.ttf", "SourceSansPro-Semibold.ttf"},
    "noto": {f"{family}[wght].ttf" for family in _BLOCKS},
}


@pytest.mark.parametrize("folder", FILES)
def test_the_files_are_those_that_are_used(folder: str) -> None:
    assert {path.name for path in (TYPEFACES / folder).iterdir()} == FILES[folder] | {"OFL.txt"}


def test_every_folder_has_the_whole_licence_and_who_holds_the_rights() -> None:
    licences = {folder: (TYPEFACES / folder / "OFL.txt").read_text(encoding="utf-8") for folder in FILES}
    texts = {text[text.index("This Font Software is licensed") :] for text in licences.values()}
    (text,) = texts
    assert "SIL OPEN FONT LICENSE Version 1.1 - 26 February 2007" in text
    assert text.rstrip().endswith("OTHER DEALINGS IN THE FONT SOFTWARE.")
    assert licences["source_sans"].startswith("Copyright 2010, 2012, 2014 Adobe Systems Incorporated")
    named = licences["noto"].partition("\n\n")[0].splitlines()
    assert {line.partition(" (")[0] for line in named} == FILES["noto"]
    assert all("): Copyright 20" in line for line in named)


def test_an_installation_has_them_too() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    names = [path.name for folder in FILES for path in (TYPEFACES / folder).iterdir()]
    assert [name for name in names if not any(fnmatch(name, pattern) for pattern in patterns)] == []


@pytest.mark.parametrize("family", _BLOCKS)
def test_every_face_can_be_read(family: str) -> None:
    main_faces()
    drawn = [
        face
        for first, last in _BLOCKS[family]
        for code in range(first, last + 1)
        for face, _, _ in pieces(chr(code), main_faces()[0])
    ]
    assert family in drawn
    assert len(characters(family)) > 50
