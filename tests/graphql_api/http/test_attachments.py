"""The name of a download survives whatever is in it."""

import re
import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from graphql_api.http.attachments import LONGEST, attachment, saved_name

# the characters that RFC 8187 leaves as they are
VALUE = re.compile(
    r"attachment; filename=\"([ !#-\[\]-~]+)\"; filename\*=UTF-8''((?:[A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-F]{2})+)"
)
ANY_NAME = st.text(st.characters(exclude_categories=())) | st.text("./\\\"' %\r\n\x00a\ud83d\ude00é\u202e", max_size=30)


@pytest.mark.parametrize(
    ("name", "saved", "plain"),
    [
        ("course-Colour-2026-03.csv", "course-Colour-2026-03.csv", "course-Colour-2026-03.csv"),
        ('the "best".pdf', 'the "best".pdf', "the _best_.pdf"),
        ("back\\slash.pdf", "back_slash.pdf", "back_slash.pdf"),
        ("../../etc/passwd", "_.._etc_passwd", "_.._etc_passwd"),
        (".htaccess", "htaccess", "htaccess"),
        ("a\r\nSet-Cookie: b=c.pdf", "a__Set-Cookie: b=c.pdf", "a__Set-Cookie: b=c.pdf"),
        ("nul\x00and\x7f\x9bcontrols.csv", "nul_and__controls.csv", "nul_and__controls.csv"),
        ("lines\u2028and\u2029parts.csv", "lines_and_parts.csv", "lines_and_parts.csv"),
        ("=?utf-8?q?=2e=2e=2fa?=.csv", "=?utf-8?q?=2e=2e=2fa?=.csv", "=_utf-8?q?=2e=2e=2fa?=.csv"),
        ("50%25.csv", "50%25.csv", "50_25.csv"),
        ("a; filename=b.exe", "a; filename=b.exe", "a; filename=b.exe"),
        ("Übersicht Émile.xlsx", "Übersicht Émile.xlsx", "Ubersicht Emile.xlsx"),
        ("U\u0308bersicht.xlsx", "Übersicht.xlsx", "Ubersicht.xlsx"),
        ("木.pdf", "木.pdf", "_.pdf"),
        ("تقرير.pdf", "تقرير.pdf", "_____.pdf"),
        ("report\u202efdp.exe", "report_fdp.exe", "report_fdp.exe"),
        ("👩\u200d🏫.pdf", "👩\u200d🏫.pdf", "___.pdf"),
        ("\ud83d.pdf", "_.pdf", "_.pdf"),
        ("\ud83d\ude00.pdf", "😀.pdf", "_.pdf"),
        ("", "report", "report"),
        (" . ", "report", "report"),
        ("a" * 300 + ".json", "a" * 195 + ".json", "a" * 195 + ".json"),
        ("a" * 300, "a" * 200, "a" * 200),
        ("木" * 100 + ".pdf", "木" * 65 + ".pdf", "_" * 65 + ".pdf"),
        ("a." + "b" * 300, "a." + "b" * 198, "a." + "b" * 198),
    ],
)
def test_names(name: str, saved: str, plain: str) -> None:
    assert saved_name(name) == saved
    found = VALUE.fullmatch(attachment(name))
    assert found is not None
    assert (found[1], unquote(found[2])) == (plain, saved)


@given(ANY_NAME)
@example("\ud800" * 300)
def test_any_name_survives(name: str) -> None:
    saved = saved_name(name)
    assert 0 < len(saved.encode()) <= LONGEST
    assert not re.search(r"[/\\\x00-\x1f\x7f-\x9f]|^[. ]|[. ]$", saved)
    assert saved_name(saved) == saved
    value = attachment(name)
    assert VALUE.fullmatch(value) is not None
    assert parse_options_header(value) == ("attachment", {"filename": saved})


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20))
def test_an_ordinary_name_stays_as_it_is(name: str) -> None:
    assert saved_name(f"{name}.pdf") == unicodedata.normalize("NFC", f"{name}.pdf")
