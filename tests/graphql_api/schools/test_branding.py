"""House style: who may change it, what is refused, and that files then have it."""

import asyncio
import base64
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import func, select

from exporters import Paper, Style, Words
from exporters.reports.styles import style_of
from jobs.rendering.template_trial import _TRIALS, BUSY
from models import Branding, Subject, SubjectKind
from models.database import Database
from resolvers.schools.branding import contrast_to_white
from resolvers.schools.logos import checked_logo
from tests.graphql_api.subjects.test_scope import ids
from tests.support.asking import Ask
from tests.support.college import ADMIN, HEAD, PRINCIPAL, SERVICE, TRAINER
from tests.support.pictures import picture
from tests.support.polling import until
from tests.support.statements import statements

BRANDING = "branding { paper colour accent logo template words { text replacement } changedAt }"
UPDATE = f"""mutation ($input: BrandingUpdateInput!) {{ brandingUpdate(input: $input) {{ {BRANDING}
    school {{ sourceId {BRANDING} }} userErrors {{ field message code }} }} }}"""
BUILT_IN: dict[str, Any] = {
    "paper": "A4",
    "colour": "#1f3a5f",
    "accent": "#c8553d",
    "logo": None,
    "template": None,
    "words": [],
    "changedAt": None,
}
LOGO = checked_logo(picture())
CHANGED_AT = "2026-03-13T12:00:00+00:00"
TEMPLATE = "<html><head><style>@page {{ size: a4; margin: 2cm }}</style></head><body><h1>{}</h1></body></html>"


async def school(ask: Ask, source_id: str = "A") -> str:
    return (await ids(ask))[SubjectKind.SCHOOL, source_id]


async def update(ask: Ask, email: str = PRINCIPAL, **changes: Any) -> Any:
    answer = await ask(email, UPDATE, input={"school": await school(ask), **changes})
    return answer.whole["brandingUpdate"]


async def kept(database: Database) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(Branding)) or 0


async def style(database: Database, source_id: str = "A", **chosen: Any) -> Style:
    async with database.read() as session:
        (id_,) = await session.scalars(
            select(Subject.id).where(Subject.kind == "SCHOOL", Subject.source_id == source_id)
        )
        return await style_of(session, id_, **chosen)


async def test_what_is_chosen_is_shown_and_used(ask_own: Ask, own_college: Database) -> None:
    words = [{"text": "Trainee", "replacement": "Learner"}, {"text": "Attendance", "replacement": "Present (%)"}]
    changed = await update(ask_own, paper="LETTER", colour="#00477A", logo=base64.b64encode(LOGO).decode(), words=words)
    shown = {
        **BUILT_IN,
        "paper": "LETTER",
        "colour": "#00477a",
        "logo": base64.b64encode(LOGO).decode(),
        "words": [words[1], words[0]],
        "changedAt": CHANGED_AT,
    }
    assert changed == {"branding": shown, "school": {"sourceId": "A", "branding": shown}, "userErrors": []}
    own = {"Trainee": "Learner", "Attendance": "Present (%)"}
    assert await style(own_college) == Style(Words("en-GB", own), Paper.LETTER, "#00477a", "#c8553d", LOGO)
    asked = await style(own_college, locale="ar", paper=Paper.A4)
    assert (asked.words, asked.paper, asked.colour) == (Words("ar", own), Paper.A4, "#00477a")
    assert (asked.words("Trainee"), asked.words("Trainer")) == ("Learner", "المدرب")
    assert await style(own_college, "B") == Style(Words("en"))


async def test_left_out_stays_and_null_is_the_built_in(ask_own: Ask, own_college: Database) -> None:
    await update(ask_own, paper="LETTER", colour="#00477a", words=[{"text": "Trainee", "replacement": "Learner"}])
    again = await update(ask_own, ADMIN, accent="#7a0047", colour=None, words=None)
    shown = {**BUILT_IN, "paper": "LETTER", "accent": "#7a0047", "changedAt": CHANGED_AT}
    assert (again["branding"], again["school"]["branding"]) == (shown, shown)
    async with own_college.read() as session:
        assert await session.scalar(select(Branding.changes)) == 2


async def test_nothing_to_change(ask_own: Ask, own_college: Database) -> None:
    changed = await update(ask_own)
    assert (changed["branding"], changed["userErrors"], await kept(own_college)) == (BUILT_IN, [], 0)


def replaced(text: str, replacement: str) -> dict[str, Any]:
    return {"words": [{"text": text, "replacement": replacement}]}


ROWS = "{number} rows of the breakdown are outside your access and are summed up as “Other”."
BRACES = "it must hold {number}, as they are, and no other braces"
REFUSED: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"colour": "navy"}, [("colour", "'navy' is not a colour; write it as #rrggbb, such as #1f3a5f")]),
    ({"accent": "#12345"}, [("accent", "'#12345' is not a colour; write it as #rrggbb, such as #1f3a5f")]),
    ({"colour": "#777777"}, [("colour", "its contrast to white is 4.4:1, and text needs 4.5:1; take a darker one")]),
    (
        {"colour": "#ffffff", "accent": "#ff0000"},
        [
            ("colour", "its contrast to white is 1.0:1, and text needs 4.5:1; take a darker one"),
            ("accent", "its contrast to white is 3.9:1, and text needs 4.5:1; take a darker one"),
        ],
    ),
    ({"logo": "%%%"}, [("logo", "it must be a picture in base64")]),
    ({"logo": "aGVsbG8="}, [("logo", "it is neither a PNG nor a JPEG picture")]),
    (
        {"logo": base64.b64encode(picture((2001, 1))).decode()},
        [("logo", "it has 2,001 × 1 pixels, 2,000 × 2,000 at most")],
    ),
    (replaced("Pupil", "X"), [("words.0.text", "no file ever says 'Pupil'; take a text as an English file has it")]),
    (
        replaced("Trainee", " "),
        [("words.0.replacement", "it must say something; leave the text out to have the built-in one")],
    ),
    (replaced("Trainee", "x" * 201), [("words.0.replacement", "it has 201 characters, 200 at most")]),
    (replaced("Trainee", "a\nb"), [("words.0.replacement", "it has characters that cannot be printed")]),
    (replaced(ROWS, "Rows are hidden."), [("words.0.replacement", BRACES)]),
    (replaced(ROWS, "{number} {other}"), [("words.0.replacement", BRACES)]),
    (replaced(ROWS, "{number:>999999999}"), [("words.0.replacement", BRACES)]),
    (replaced(ROWS, "{number.__class__}"), [("words.0.replacement", BRACES)]),
    (replaced(ROWS, "{number!r}"), [("words.0.replacement", BRACES)]),
    (replaced(ROWS, "{number} {"), [("words.0.replacement", BRACES)]),
    (
        {"words": [{"text": "Trainee", "replacement": "A"}, {"text": "Trainee", "replacement": "B"}]},
        [("words.1.text", "'Trainee' is replaced twice")],
    ),
    ({"template": "a\0b"}, [("template", "it has null characters")]),
]


@pytest.mark.parametrize(("changes", "problems"), REFUSED)
async def test_refusals_change_nothing(
    ask_own: Ask, own_college: Database, changes: dict[str, Any], problems: list[tuple[str, str]]
) -> None:
    # what would be right does not get in beside what is wrong
    refused = await update(ask_own, **{"paper": "LETTER", **changes})
    assert refused == {
        "branding": None,
        "school": None,
        "userErrors": [
            {"field": field.split("."), "message": message, "code": "INVALID"} for field, message in problems
        ],
    }
    assert await kept(own_college) == 0


async def test_a_template_is_tried_out(ask_own: Ask, own_college: Database) -> None:
    changed = await update(ask_own, template=TEMPLATE.format("{{ title }}"))
    assert (changed["userErrors"], changed["branding"]["template"]) == ([], TEMPLATE.format("{{ title }}"))
    assert (await style(own_college)).template == TEMPLATE.format("{{ title }}")


@pytest.mark.parametrize(
    ("inside", "told"),
    [
        ("{% if %}", "The school's page template has an error in line 1"),
        ("{{ nothing_of_that_name }}", "The school's page template has an error"),
        ("{{ ''.__class__.__mro__ }}", "The school's page template has an error"),
        ("{{ 1 / 0 }}", "The school's page template cannot be filled in"),
    ],
)
async def test_a_template_that_does_not_work_is_refused(
    ask_own: Ask, own_college: Database, inside: str, told: str
) -> None:
    refused = await update(ask_own, template=TEMPLATE.format(inside))
    ((field, message),) = [(error["field"], error["message"]) for error in refused["userErrors"]]
    assert (field, message[: len(told)]) == (["template"], told)
    assert (refused["branding"], await kept(own_college)) == (None, 0)


async def test_one_template_is_tried_out_at_a_time(ask_own: Ask, own_college: Database) -> None:
    endless = TEMPLATE.format("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}")
    first = asyncio.create_task(update(ask_own, template=endless))

    async def begun() -> bool:
        return _TRIALS.locked()

    await until(begun)
    refused = await update(ask_own, template=TEMPLATE.format(""))
    first.cancel()
    busy = {"field": ["template"], "message": BUSY, "code": "CONFLICT"}
    assert (refused["branding"], refused["userErrors"], await kept(own_college)) == (None, [busy], 0)
    with suppress(asyncio.CancelledError):
        await first
    assert not _TRIALS.locked()
    assert (await update(ask_own, template=TEMPLATE.format("")))["userErrors"] == []


async def test_only_those_who_govern_the_school_change_it(ask_own: Ask, own_college: Database) -> None:
    hidden = [{"field": ["school"], "message": "there is no such school", "code": "NOT_FOUND"}]
    for email, source_id in ((HEAD, "A"), (SERVICE, "A"), (TRAINER, "A"), (PRINCIPAL, "B")):
        # of what is wrong with it they are not told either
        colour = "#00477a" if email == PRINCIPAL else "no colour"
        asked = {"school": await school(ask_own, source_id), "paper": "LETTER", "colour": colour}
        refused = (await ask_own(email, UPDATE, input=asked)).whole["brandingUpdate"]
        assert (refused["userErrors"], refused["branding"]) == (hidden, None)
    assert await kept(own_college) == 0


async def test_schools_are_read_with_their_style_in_one_statement(ask_own: Ask, own_college: Database) -> None:
    await update(ask_own, colour="#00477a")
    with statements(own_college) as seen:
        answer = await ask_own(ADMIN, "{ schools { nodes { sourceId branding { colour paper } } } }")
    assert {node["sourceId"]: node["branding"] for node in answer.whole["schools"]["nodes"]} == {
        "A": {"colour": "#00477a", "paper": "A4"},
        "B": {"colour": "#1f3a5f", "paper": "A4"},
    }
    assert sum("from branding" in " ".join(statement.lower().split()) for statement in seen) == 1


@pytest.mark.parametrize(
    ("colour", "contrast"), [("#ffffff", 1.0), ("#000000", 21.0), ("#777777", 4.478), ("#767676", 4.542)]
)
def test_contrast_is_that_of_the_standard(colour: str, contrast: float) -> None:
    assert round(contrast_to_white(colour), 3) == contrast


@pytest.mark.parametrize("colour", [Style().colour])
def test_the_built_in_colour_is_one_that_a_school_could_take(colour: str) -> None:
    assert contrast_to_white(colour) >= 4.5
