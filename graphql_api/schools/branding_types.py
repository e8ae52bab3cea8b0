"""A school's house style: how the files made for it look."""

import base64
from datetime import datetime

import strawberry

from exporters import Paper, Style
from models import Branding as ChosenBranding


@strawberry.type(description="A text of files that a school has replaced.")
class ReplacedText:
    """A text that a school has replaced."""

    text: str = strawberry.field(description="The text as English files have it.")
    replacement: str = strawberry.field(description="What the school's files say instead, in every language.")


@strawberry.type(description="How the files made for a school look and what they call things.")
class Branding:
    """How the files made for a school look and what they call things."""

    paper: Paper = strawberry.field(description="The sheet its PDF files are laid out for.")
    colour: str = strawberry.field(description="The colour of headings, as #rrggbb.")
    accent: str = strawberry.field(description="The colour of lines and marks, as #rrggbb.")
    logo: str | None = strawberry.field(description="A PNG or JPEG picture in base64; null: none.")
    template: str | None = strawberry.field(description="Its own page template of PDF files; null: the built-in one.")
    words: list[ReplacedText] = strawberry.field(description="The texts it has replaced, in alphabetical order.")
    changed_at: datetime | None = strawberry.field(description="When it was last changed; null: never.")


def branding_of(chosen: ChosenBranding | None) -> Branding:
    """The house style as clients see it, the built-in one where nothing is chosen."""
    built_in = Style()
    if chosen is None:
        return Branding(
            paper=built_in.paper,
            colour=built_in.colour,
            accent=built_in.accent,
            logo=None,
            template=None,
            words=[],
            changed_at=None,
        )
    return Branding(
        paper=Paper(chosen.paper) if chosen.paper else built_in.paper,
        colour=chosen.colour or built_in.colour,
        accent=chosen.accent or built_in.accent,
        logo=base64.b64encode(chosen.logo).decode() if chosen.logo else None,
        template=chosen.template,
        words=[ReplacedText(text=text, replacement=said) for text, said in sorted(chosen.words.items())],
        changed_at=chosen.changed_at,
    )
