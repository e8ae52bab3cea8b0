"""`rollcall branding`: a house style from files, and what is left of the one before."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.graphql_api.cli.conftest import Installation
from tests.support.pictures import picture

BUILT_IN = "paper: A4\ncolour: #1f3a5f\naccent: #c8553d\nlogo: none\ntemplate: built-in\nwords: built-in\n"


@pytest.fixture
def plain(attend: Installation) -> Iterator[Installation]:
    """The installation without a house style."""
    attend.ask("delete from branding")
    yield attend
    attend.ask("delete from branding")


def school_id(installation: Installation) -> str:
    return str(installation.ask("select min(source_id) from subject where kind = 'SCHOOL'"))


def test_files_become_the_house_style(plain: Installation, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(picture())
    (tmp_path / "words.json").write_text('{"Trainee": "Learner", "Trainer": "Tutor"}')
    id_ = school_id(plain)
    changed = plain.rollcall(
        "branding", id_, "--logo", tmp_path / "logo.png", "--words", tmp_path / "words.json", "--colour", "#00477A"
    )
    assert (changed.code, changed.err) == (0, "")
    kept = plain.ask("select length(logo) from branding")
    shown = (
        f"paper: A4\ncolour: #00477a\naccent: #c8553d\nlogo: {kept} bytes\n"
        "template: built-in\nwords: Trainee, Trainer\n"
    )
    assert (changed.out, plain.rollcall("branding", id_).out) == (shown, shown)
    again = plain.rollcall("branding", id_, "--reset", "--paper", "letter")
    assert (again.code, again.out) == (0, BUILT_IN.replace("A4", "LETTER"))
    assert plain.ask("select changes from branding") == 2


def test_what_is_wrong_is_said_and_nothing_changed(plain: Installation, tmp_path: Path) -> None:
    (tmp_path / "large.png").write_bytes(b"\0" * 300_000)
    (tmp_path / "words.json").write_text("{")
    id_ = school_id(plain)
    wrong = plain.rollcall("branding", id_, "--logo", tmp_path / "large.png", "--colour", "#eeeeee")
    assert (wrong.code, wrong.out) == (1, "")
    assert wrong.err == (
        "colour: its contrast to white is 1.1:1, and text needs 4.5:1; take a darker one.\n"
        "logo: it has 300,000 bytes, 200,000 at most.\n"
    )
    missing = plain.rollcall("branding", id_, "--logo", tmp_path / "none.png")
    assert (missing.code, missing.err) == (1, f"{tmp_path / 'none.png'}: No such file or directory.\n")
    broken = plain.rollcall("branding", id_, "--words", tmp_path / "words.json")
    assert (broken.code, broken.err.startswith(f"{tmp_path / 'words.json'} is not JSON: ")) == (1, True)
    nobody = plain.rollcall("branding", "no such school", "--paper", "A4")
    assert (nobody.code, nobody.err) == (1, "There is no school 'no such school'.\n")
    assert plain.rollcall("branding", id_, "--paper", "A5").code == 2
    assert plain.ask("select count(*) from branding") == 0
