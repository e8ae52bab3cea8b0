"""Names of files mean something, are unique, and can be kept by every system."""

import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.file_names import LONGEST, Taken, file_name, report_file_name
from tests.support.documents import document

FAMILY = "👩\u200d👩\u200d👧"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("course-Welding-2026-03", "course-Welding-2026-03.pdf"),
        ("Metal & wood: a / b \\ c", "Metal-wood-a-b-c.pdf"),
        ("../../etc/passwd", "etc-passwd.pdf"),
        ("C:\\a?b*c<d>e|f\"g'h", "C-a-b-c-d-e-f-g-h.pdf"),
        ("a\x00b\nc\td", "a-b-c-d.pdf"),
        (" .hidden. ", "hidden.pdf"),
        ("Prof. Dr. Å", "Prof.-Dr.-Å.pdf"),
        ("e\u0301", "é.pdf"),
        ("محمد الأحمد", "محمد-الأحمد.pdf"),
        ("नेहा शर्मा", "नेहा-शर्मा.pdf"),
        (f"{FAMILY} 👍🏽 smile", f"{FAMILY}-👍🏽-smile.pdf"),
        ("\u202egpj.exe", "gpj.exe.pdf"),
        ("lone \ud800 surrogate", "lone-surrogate.pdf"),
        ("con", "_con.pdf"),
        ("NUL.txt", "_NUL.txt.pdf"),
        ("COM1", "_COM1.pdf"),
        ("console", "console.pdf"),
        ("", "file.pdf"),
        ("-/-", "file.pdf"),
    ],
)
def test_words_become_a_name(words: str, name: str) -> None:
    assert file_name(words, ".pdf") == name


def test_of_many_with_one_name_each_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def fitting(stem: str, ending: str) -> str:
        tried.append(ending)
        return stem + ending

    monkeypatch.setattr("exporters.file_names._fitting", fitting)
    taken: Taken = {}
    assert [file_name("Ana", ".pdf", taken) for _ in range(100)][-1] == "Ana-100.pdf"
    assert len(tried) == 100 + 99


def test_long_names_are_cut_between_characters() -> None:
    assert file_name("x" * 200, ".xlsx") == "x" * 145 + ".xlsx"
    assert file_name("ж" * 200, ".pdf") == "ж" * 73 + ".pdf"
    assert file_name("a" * 142 + FAMILY, ".pdf") == "a" * 142 + "👩.pdf"
    assert file_name("y" * 145 + "-z", ".pdf") == "y" * 145 + ".pdf"


def test_a_name_is_given_once() -> None:
    taken: Taken = {"contents.csv": 1}

    names = [
        file_name(words, ".csv", taken) for words in ("Contents", "a b", "A B", "a-b", "a-b-2", "x" * 200, "X" * 200)
    ]

    assert names == [
        "Contents-2.csv",
        "a-b.csv",
        "A-B-2.csv",
        "a-b-3.csv",
        "a-b-2-2.csv",
        "x" * 146 + ".csv",
        "X" * 144 + "-2.csv",
    ]
    assert taken.keys() == {"contents.csv", *(name.casefold() for name in names)}


def test_a_folder_has_no_ending() -> None:
    taken: Taken = {}

    assert [file_name("Dr. A", "", taken) for _ in range(2)] == ["Dr.-A", "Dr.-A-2"]


def test_the_file_of_a_report_says_what_it_is_about() -> None:
    assert report_file_name(document(), ".pdf") == "course-Welding-2026-03.pdf"
    days = replace(document(name="Metal/Wood"), period_name=None)
    assert report_file_name(days, ".zip") == "course-Metal-Wood-2026-03-01_2026-03-31.zip"


@given(st.lists(st.text() | st.text("ab. -/\\😀é\u200d", min_size=60)))
def test_every_system_takes_every_name(words: list[str]) -> None:
    taken: Taken = {}

    names = [file_name(text, ".csv", taken) for text in words]

    assert len({unicodedata.normalize("NFC", name).casefold() for name in names}) == len(names)
    for name in names:
        assert len(name.encode()) <= LONGEST
        assert not re.search(r'[\x00-\x1f\x7f/\\:*?"<>| \u202a-\u202e]', name)
        assert name.removesuffix(".csv").strip(".-") == name.removesuffix(".csv") != ""
