"""A catalogue has every text that a file can ask for, whole and no other; a school's own words go before it."""

import string
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Message

from exporters import Words
from exporters.language import CATALOGUES, catalogue_of
from tests.exporters.asked_texts import plurals, singles

LANGUAGES = sorted(path.stem for path in CATALOGUES.glob("*.po"))


def messages(language: str) -> Iterator[Message]:
    catalogue = catalogue_of(language)
    assert catalogue is not None
    return (message for message in catalogue if message.id)


def said(message: Message) -> tuple[str, ...]:
    """The forms of a message."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_there_is_a_language_from_right_to_left() -> None:
    assert [language for language in LANGUAGES if Words(language).rtl] == ["ar"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_every_text_that_is_asked_for_and_no_other(language: str) -> None:
    ids = [message.id for message in messages(language)]
    assert sorted(id_ for id_ in ids if isinstance(id_, str)) == sorted(singles())
    assert sorted(id_ for id_ in ids if not isinstance(id_, str)) == sorted(plurals())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_is_whole(language: str) -> None:
    catalogue = catalogue_of(language)
    assert catalogue is not None
    broken = []
    for message in messages(language):
        forms = 1 if isinstance(message.id, str) else catalogue.num_plurals
        if message.fuzzy or len(said(message)) != forms or not all(said(message)):
            broken.append(message.id)
    assert broken == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_fills_in_what_the_english_text_does(language: str) -> None:
    wrong: list[str] = []
    for message in messages(language):
        if isinstance(message.id, str):
            wrong += [form for form in said(message) if placeholders(form) != placeholders(message.id)]
        else:  # a form for none, one or two may say the number as a word
            wanted = placeholders(message.id[1])
            wrong += [form for form in said(message) if placeholders(form) not in (wanted, wanted - {"number"})]
    assert wrong == []


def test_arabic_has_a_form_for_every_number() -> None:
    texts = (
        "{number} row of the breakdown is outside your access and is summed up as “Other”.",
        "{number} rows of the breakdown are outside your access and are summed up as “Other”.",
    )
    words = Words("ar-EG")
    assert [words.many(*texts, number).split(" من ")[0] for number in (1, 2, 3, 11, 100, 1234)] == [
        "صف واحد",
        "صفان",
        "٣ صفوف",
        "١١ صفًّا",
        "١٠٠ صف",
        "١٬٢٣٤ صفًّا",
    ]


def test_a_schools_own_words_go_before_the_catalogue() -> None:
    own = {"Trainee": "Learner", "{number} page": "{number} sheet", "Attendance": ""}
    english, arabic = Words("en", own), Words("ar", own)
    assert (english("Trainee"), arabic("Trainee"), arabic("Trainer")) == ("Learner", "Learner", "المدرب")
    assert (english.many("{number} page", "{number} pages", 1), english.many("{number} page", "{number} pages", 2)) == (
        "1 sheet",
        "2 pages",
    )
    assert (english("Attendance"), english("page {page} of {pages}", page=1, pages=2)) == ("Attendance", "page 1 of 2")


@pytest.mark.parametrize(
    ("tag", "language", "rtl", "attendance"),
    [
        ("en", "en", False, "Attendance"),
        ("en-GB", "en-GB", False, "Attendance"),
        ("ar", "ar", True, "نسبة الحضور"),
        ("ar_EG", "ar-EG", True, "نسبة الحضور"),
        ("de-CH", "en", False, "Attendance"),  # there is no catalogue: the words are English
        ("he", "en", False, "Attendance"),
        ("xx", "en", False, "Attendance"),
        ("", "en", False, "Attendance"),
        ("../../etc/passwd", "en", False, "Attendance"),
    ],
)
def test_the_language_is_that_of_the_words_used(tag: str, language: str, rtl: bool, attendance: str) -> None:
    words = Words(tag)
    assert (words.language, words.rtl, words("Attendance")) == (language, rtl, attendance)
    assert (words.code("AT_RISK"), words.code("Welding")) == (words("At risk"), "Welding")
