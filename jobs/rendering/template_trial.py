"""Changing a school's house style: everything is tried out before a word of it is kept."""

import asyncio
import string
import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from exporters import Cover, Style
from exporters.language import known_texts
from exporters.reports.sample import sample_document
from jobs.queue.failures import Failure
from jobs.rendering.parent import Renderer
from models.database import Database
from resolvers.access.viewers import Viewer
from resolvers.core.problems import ProblemCode, Refusal
from resolvers.schools.branding import BrandingUpdate, checked, update_branding

MOST_REPLACEMENT: Final = 200
"""How many characters a school's own text may have."""
TRIAL_SECONDS: Final = 180.0
"""How long each step of a page with a new template may take by the clock. How long it may work says exporters/pdf, and
that decides: this is for one that waits instead, and leaves a busy machine its time."""
# each takes a process, and as much of the processor and of memory as its template likes
_TRIALS: Final = asyncio.Semaphore(1)
BUSY: Final = "another page template is being tried out at the moment; try again in a minute"


async def change_branding(
    database: Database, viewer: Viewer, school_id: int, changes: Mapping[str, Any], *, now: datetime
) -> BrandingUpdate:
    """Changes the house style of a school the viewer governs: fields of `Branding`, None stands for the built-in.

    `words` are (English text, replacement) in the order in which they were given.
    """
    if not viewer.rights.governs:  # who may not change anything does not get anything tried out
        kept: dict[str, Any] = {}
    else:
        kept, problems = await asyncio.to_thread(checked, changes)
        problems = (*problems, *_word_problems(changes.get("words") or ()))
        template = changes.get("template")
        if template is not None and not any(problem.field == ("template",) for problem in problems):
            problems = (*problems, *await _template_problems(template))
        if problems:
            return BrandingUpdate(tuple(problems))
    async with database.write() as session:
        return await update_branding(session, viewer, school_id, kept, now=now)


def _word_problems(words: Iterable[tuple[str, str]]) -> Iterable[Refusal]:
    seen: set[str] = set()
    for place, (text, replacement) in enumerate(words):
        where = ("words", str(place))
        if text not in known_texts():
            yield Refusal(f"no file ever says {text[:80]!r}; take a text as an English file has it", (*where, "text"))
        elif text in seen:
            yield Refusal(f"{text[:80]!r} is replaced twice", (*where, "text"))
        elif problem := _replacement_problem(text, replacement):
            yield Refusal(problem, (*where, "replacement"))
        seen.add(text)


def _replacement_problem(text: str, replacement: str) -> str | None:
    if not replacement.strip():
        return "it must say something; leave the text out to have the built-in one"
    if len(replacement) > MOST_REPLACEMENT:
        return f"it has {len(replacement):,} characters, {MOST_REPLACEMENT} at most"
    if not replacement.isprintable():
        return "it has characters that cannot be printed"
    wanted = _filled_in(text)
    if wanted and _filled_in(replacement) != wanted:
        return f"it must hold {' and '.join(sorted(wanted or ()))}, as they are, and no other braces"
    return None


def _filled_in(text: str) -> set[str] | None:
    """The parts of a text that are filled in, such as {number}; None: its braces are in no order."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return None
    return {
        "{" + name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "") + "}"
        for _, name, form, conversion in parts
        if name is not None
    }


async def _template_problems(template: str) -> Iterable[Refusal]:
    """Fills the template in with a sample, in a process that may take its time or all of its memory."""
    if _TRIALS.locked():
        return [Refusal(BUSY, ("template",), ProblemCode.CONFLICT)]
    async with _TRIALS:
        return await _trial(template)


async def _trial(template: str) -> Iterable[Refusal]:
    style = Style(template=template)
    sample = sample_document(style.words)
    cover = Cover(title=sample.title, made_at=sample.generated_at, style=style, school_name=sample.school_name)
    renderer = Renderer(children=1, seconds=TRIAL_SECONDS)
    try:
        with tempfile.TemporaryDirectory() as folder:
            async with renderer.open("PDF", cover, Path(folder) / "sample.pdf") as rendering:
                await rendering.add([sample])
                await rendering.close()
    except Failure as failure:
        return [Refusal(failure.sentence, ("template",))]
    finally:
        await renderer.close()
    return []
