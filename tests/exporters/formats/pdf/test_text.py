"""Text on pages: every character is drawn, in the right order, and lines are no wider than they may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.formats.pdf.fonts import BOLD, REGULAR, characters, main_faces, pieces
from exporters.formats.pdf.text import broken, measure, one_line, visual

main_faces()
TEXT = st.text(st.sampled_from("abcÄéλжاب न मि0123 ,.–€()😀\n"), max_size=120)


@given(TEXT)
def test_pieces_put_together_are_the_text(text: str) -> None:
    assert "".join(piece for _, piece, _ in pieces(text, REGULAR)) == text


@given(TEXT, st.sampled_from([20.0, 60.0, 200.0]), st.sampled_from([REGULAR, BOLD]))
def test_no_line_is_wider_than_it_may_be_and_no_letter_is_lost(text: str, width: float, face: str) -> None:
    lines = broken(text, face, 9.0, width)
    kept = "".join(line.text for line in lines)

    assert all(line.width <= width or len(line.text) == 1 for line in lines)
    assert all(line.width == measure(line.text, face, 9.0) for line in lines)
    if not any("\u0600" <= character <= "\u06ff" for character in text):  # whose letters join
        assert sorted(kept.replace(" ", "")) == sorted(text.replace(" ", "").replace("\n", ""))


@pytest.mark.parametrize(
    ("text", "faces"),
    [
        ("Anna Lindström", [REGULAR]),
        ("Ελένη Παπαδοπούλου", [REGULAR]),
        ("Олена Шевченко", [REGULAR]),
        ("محمد الأحمد", ["NotoSansArabic"]),
        ("नेहा शर्मा", ["NotoSansDevanagari"]),
        ("שרה 12", ["NotoSansHebrew", REGULAR]),
        ("Ana 😀", [REGULAR, "NotoEmoji"]),
    ],
)
def test_each_script_has_a_face_with_its_letters(text: str, faces: list[str]) -> None:
    found = pieces(text, REGULAR)

    assert [face for face, _, _ in found] == faces
    assert all(characters(face).issuperset(piece) for face, piece, _ in found)


def test_only_letters_that_change_with_their_neighbours_are_laid_by_harfbuzz() -> None:
    assert pieces("कि b", REGULAR) == (("NotoSansDevanagari", "कि ", True), (REGULAR, "b", False))


def test_devanagari_is_as_wide_as_its_joined_letters() -> None:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    # क्ष is one glyph, not three
    assert measure("क्ष", REGULAR, 10) < stringWidth("क", "NotoSansDevanagari", 10) * 2


def test_right_to_left_text_is_drawn_from_its_end_with_joined_letters() -> None:
    assert visual("שרה", False) == "הרש"
    assert visual("محمد", False) == "\ufeaa\ufee4\ufea4\ufee3"
    assert visual("Anna (שרה) 12", True) == "12 (הרש) Anna"
    assert visual("Anna", True) == "Anna"


def test_marks_of_direction_are_not_drawn() -> None:
    assert visual("85.29\u200e%\u200e", False) == "85.29%"
    assert "".join(line.text for line in broken("85.29\u200e%\u200e", REGULAR, 9.0, 100.0, True)) == "85.29%"


def test_lines_of_right_to_left_text_follow_its_reading() -> None:
    words = [f"{letter}{letter}" for letter in "אבגד"]
    lines = broken(" ".join(words), REGULAR, 10.0, measure(" ".join(words[:2]), REGULAR, 10.0) + 0.1, True)

    assert [line.text for line in lines] == ["בב אא", "דד גג"]


@pytest.mark.parametrize("text", ["2026-W40", "+44 20 7946", "Welding (2)", "R&D: Ana"])
def test_what_is_written_from_left_to_right_is_read_so_on_every_page(text: str) -> None:
    assert [line.text for line in broken(text, REGULAR, 9.0, 500.0, rtl=True)] == [text]


def test_a_number_of_arabic_digits_is_read_as_its_page() -> None:
    assert [line.text for line in broken("٪٩٠", REGULAR, 9.0, 500.0, rtl=True)] == ["٩٠٪"]


@pytest.mark.parametrize(
    ("text", "line"),
    [("Ana", "Ana"), ("Applied Mathematics and more", "Applied…"), ("x" * 60, "x" * 10 + "…"), ("a\nb", "a…")],
)
def test_one_line_ends_in_dots_where_text_is_cut(text: str, line: str) -> None:
    assert one_line(text, REGULAR, 9.0, 52.0).text == line
    assert one_line(text, REGULAR, 9.0, 52.0).width <= 52.0
