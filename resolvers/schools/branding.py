"""A school's house style: what there is, and changing it, where checks come first and nothing is half changed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import floor
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.branding import Branding
from resolvers.access.governing import hold_governed
from resolvers.access.viewers import Viewer
from resolvers.core.problems import Refusal
from resolvers.schools.logos import checked_logo

BRANDING_NAMES: Final = ("paper", "colour", "accent", "logo", "template", "words")
MOST_TEMPLATE_BYTES: Final = 65_536
LEAST_CONTRAST: Final = 4.5
"""Of text to its white background: WCAG 2.2, criterion 1.4.3."""
_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class BrandingUpdate:
    """Whether it has been done; else the problems, and nothing has been changed."""

    problems: tuple[Refusal, ...] = ()

    @property
    def done(self) -> bool:
        return not self.problems


def checked(changes: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Refusal, ...]]:
    """The changes (fields of `Branding`; None: the built-in) as they are to be kept, and what is wrong with them.

    A logo is read here, which takes a moment. Whether words exist and a template works is not known here.
    """
    kept, problems = dict(changes), []
    for name in ("colour", "accent"):
        if kept.get(name) is not None:
            kept[name] = kept[name].lower()
            if problem := _colour_problem(kept[name]):
                problems.append(Refusal(problem, (name,)))
    if kept.get("logo") is not None:
        try:
            kept["logo"] = checked_logo(kept["logo"])
        except ValueError as error:
            problems.append(Refusal(str(error), ("logo",)))
    if kept.get("template") is not None:
        size = len(kept["template"].encode())
        if size > MOST_TEMPLATE_BYTES:
            problems.append(Refusal(f"it has {size:,} bytes, {MOST_TEMPLATE_BYTES:,} at most", ("template",)))
        elif "\0" in kept["template"]:
            problems.append(Refusal("it has null characters", ("template",)))
    if "words" in kept:
        kept["words"] = dict(kept["words"] or {})
    return kept, tuple(problems)


async def update_branding(
    session: AsyncSession, viewer: Viewer, school_id: int, kept: Mapping[str, Any], *, now: datetime
) -> BrandingUpdate:
    """Writes changes that were `checked` down, for a school the viewer governs."""
    refusal = await hold_governed(session, viewer, school_id, "branding")
    if refusal is not None:
        return BrandingUpdate((refusal,))
    if kept:
        first = {"words": {}, **kept, "changes": 1, "changed_at": now}
        upsert = insert(Branding).values(school_id=school_id, **first)
        again = {**kept, "changes": Branding.changes + 1, "changed_at": now}
        await session.execute(upsert.on_conflict_do_update(index_elements=[Branding.school_id], set_=again))
    return BrandingUpdate()


async def brandings_of_schools(session: AsyncSession, school_ids: Sequence[int]) -> dict[int, Branding | None]:
    """What each of these schools has chosen; one statement."""
    found = await session.scalars(select(Branding).where(Branding.school_id.in_(school_ids)))
    chosen = {branding.school_id: branding for branding in found}
    return {school_id: chosen.get(school_id) for school_id in school_ids}


def contrast_to_white(colour: str) -> float:
    """The contrast ratio of #rrggbb to white, 1 to 21: WCAG 2.2, relative luminance."""
    red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _linear(channel: float) -> float:
    return float(channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4)


def _colour_problem(colour: str) -> str | None:
    if not _COLOUR.fullmatch(colour):
        return f"{colour[:20]!r} is not a colour; write it as #rrggbb, such as #1f3a5f"
    contrast = contrast_to_white(colour)
    if contrast < LEAST_CONTRAST:
        # rounded down: 4.49 is not enough
        told = floor(contrast * 10) / 10
        return f"its contrast to white is {told}:1, and text needs {LEAST_CONTRAST}:1; take a darker one"
    return None
