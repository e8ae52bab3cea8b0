"""The house style of a school's files: its branding and its language."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from exporters import Paper, Style, Words
from models import School
from models.branding import Branding


async def style_of(
    session: AsyncSession, school_id: int, *, locale: str | None = None, paper: Paper | None = None
) -> Style:
    """How files made for the school look, in its own language and on its own paper unless others are given.

    What it has not chosen is the built-in; one statement.
    """
    found = (
        await session.execute(
            select(School.locale, Branding)
            .outerjoin(Branding, Branding.school_id == School.id)
            .where(School.id == school_id)
        )
    ).one_or_none()
    own, branding = found or (None, None)
    built_in = Style()
    if branding is None:
        return Style(words=Words(locale or own or "en"), paper=paper or built_in.paper)
    return Style(
        words=Words(locale or own or "en", dict(branding.words)),
        paper=paper or (Paper(branding.paper) if branding.paper else built_in.paper),
        colour=branding.colour or built_in.colour,
        accent=branding.accent or built_in.accent,
        logo=branding.logo,
        template=branding.template,
    )
