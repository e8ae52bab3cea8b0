"""`rollcall branding`: a school's house style, with files of any size that is allowed."""

import json
from pathlib import Path
from typing import Any

import typer

from graphql_api.cli.core.arguments import paper_of
from graphql_api.cli.core.composition import run
from graphql_api.cli.core.console import result
from graphql_api.cli.core.failing import CommandFailed
from graphql_api.core.context import utc_now
from graphql_api.schools.branding_types import branding_of
from jobs.rendering.template_trial import change_branding
from jobs.work.task import WorkContext
from models import SubjectKind
from resolvers.access.viewers import SYSTEM
from resolvers.core.problems import Refusal
from resolvers.schools.branding import BRANDING_NAMES, brandings_of_schools
from resolvers.subjects.look_ups import subject_by_source_id


def run_branding(
    school: str,
    logo: Path | None,
    template: Path | None,
    colour: str | None,
    accent: str | None,
    paper: str | None,
    words: Path | None,
    *,
    reset: bool,
) -> None:
    """Changes what is given, and prints what there is then."""
    given: dict[str, Any] = {
        "logo": None if logo is None else logo.read_bytes(),
        "template": None if template is None else _text(template),
        "colour": colour,
        "accent": accent,
        "paper": paper_of(paper) if paper else None,
        "words": None if words is None else _words(words),
    }
    changes = {name: value for name, value in given.items() if reset or value is not None}
    run(lambda work: _branding(work, school, changes))


async def _branding(work: WorkContext, source_id: str, changes: dict[str, Any]) -> None:
    async with work.database.read() as session:
        school = await subject_by_source_id(session, SYSTEM, SubjectKind.SCHOOL, source_id)
    if school is None:
        raise CommandFailed(f"There is no school {source_id!r}.")
    if changes:
        update = await change_branding(work.database, SYSTEM, school.id, changes, now=utc_now())
        if not update.done:
            raise CommandFailed("\n".join(_said(problem) for problem in update.problems))
    async with work.database.read() as session:
        chosen = (await brandings_of_schools(session, [school.id]))[school.id]
    shown = branding_of(chosen)
    for name in BRANDING_NAMES:
        match name:
            case "logo":
                result(f"logo: {len(chosen.logo):,} bytes" if chosen and chosen.logo else "logo: none")
            case "template":
                result("template: its own" if shown.template else "template: built-in")
            case "words":
                result(f"words: {', '.join(one.text for one in shown.words) or 'built-in'}")
            case _:
                result(f"{name}: {getattr(shown, name)}")


def _said(problem: Refusal) -> str:
    return f"{str(problem).rstrip('.')}."


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise CommandFailed(f"{path} is not UTF-8 text.") from None


def _words(path: Path) -> list[tuple[str, str]]:
    try:
        words = json.loads(_text(path))
    except json.JSONDecodeError as error:
        raise CommandFailed(f"{path} is not JSON: {error}.") from None
    if not isinstance(words, dict) or not all(isinstance(said, str) for said in words.values()):
        raise typer.BadParameter(f'{path} must hold an object of texts, such as {{"Trainee": "Learner"}}.')
    return list(words.items())
