"""`brandingUpdate`: changing a school's house style."""

import base64
import binascii
from typing import Annotated, Any

import strawberry

from exporters import Paper
from graphql_api.core.context import Info
from graphql_api.core.ids import subject_of_id
from graphql_api.core.look_ahead import below, nodes_of, return_type
from graphql_api.core.mutations import mutation
from graphql_api.core.user_errors import UserError, user_errors
from graphql_api.schools.branding_types import Branding, branding_of
from graphql_api.schools.loaders import brandings
from graphql_api.subjects.interface import look_ahead_on_subjects, subject_of
from graphql_api.subjects.loaders import SubjectRef, subjects
from graphql_api.subjects.types import School
from jobs.rendering.template_trial import MOST_REPLACEMENT, change_branding
from models import SubjectKind
from resolvers.core.problems import Refusal
from resolvers.schools.branding import BRANDING_NAMES, LEAST_CONTRAST, MOST_TEMPLATE_BYTES
from resolvers.schools.logos import MOST_BYTES, MOST_PIXELS


def _changed(description: str) -> Any:
    return strawberry.field(
        default=strawberry.UNSET, description=f"{description} Left out: stays as it is; null: the built-in."
    )


@strawberry.input(description="A text of files, and what a school's files say instead.")
class ReplacedTextInput:
    """A text of files, and what a school's files say instead."""

    text: str = strawberry.field(description="The text as English files have it.")
    replacement: str = strawberry.field(
        description=f"What to say instead, {MOST_REPLACEMENT} characters at most; with what the text holds in braces."
    )


@strawberry.input(
    description="What to change in a school's house style. A request may have 64 KiB: `rollcall branding` takes larger"
    " files."
)
class BrandingUpdateInput:
    """What to change in a school's house style."""

    school: strawberry.ID = strawberry.field(description="The school, by id.")
    paper: Paper | None = _changed("The sheet its PDF files are laid out for.")
    colour: str | None = _changed(
        f"The colour of headings, as #rrggbb with a contrast to white of {LEAST_CONTRAST}:1 or more."
    )
    accent: str | None = _changed("The colour of lines and marks, likewise.")
    logo: str | None = _changed(
        f"A PNG or JPEG picture in base64, {MOST_BYTES:,} bytes and {MOST_PIXELS:,} × {MOST_PIXELS:,} pixels at most."
    )
    template: str | None = _changed(
        f"A page template of PDF files, {MOST_TEMPLATE_BYTES:,} bytes at most; it is tried out."
    )
    words: list[ReplacedTextInput] | None = _changed("All texts that its files replace.")


@strawberry.type(description="What `brandingUpdate` answers.")
class BrandingUpdatePayload:
    """What `brandingUpdate` answers."""

    branding: Branding | None = strawberry.field(
        default=None, description="The house style as it is now; null: not changed."
    )
    school: School | None = strawberry.field(default=None, description="The school whose house style it is.")
    user_errors: list[UserError] = strawberry.field(default_factory=list, description="Why it has not been done.")


@strawberry.type
class BrandingMutations:
    """`brandingUpdate`."""

    @mutation(
        description="Changes how the files made for a school look and what they call things; files that are there"
        " already stay as they are. For ADMIN and the school's PRINCIPAL."
    )
    async def branding_update(
        self, info: Info, input: Annotated[BrandingUpdateInput, strawberry.argument(description="What to change.")]
    ) -> BrandingUpdatePayload:
        """Changes a house style."""
        context = info.context
        school_id = subject_of_id(input.school, "school", (SubjectKind.SCHOOL,))[1]
        changes = _changes(input)
        update = await change_branding(context.database, context.viewer, school_id, changes, now=context.now)
        if not update.done:
            return BrandingUpdatePayload(user_errors=user_errors(*update.problems))
        context.forget()  # what was read before is not true any more
        school = await subjects(context).load(SubjectRef(SubjectKind.SCHOOL, school_id))
        assert school is not None
        for way in below(info, nodes_of(info), return_type(info), "school"):
            await look_ahead_on_subjects(info, [school], way)
        return BrandingUpdatePayload(
            branding=branding_of(await brandings(context).load(school_id)), school=subject_of(school)
        )


def _changes(asked: BrandingUpdateInput) -> dict[str, Any]:
    """What was asked for as fields of `Branding`. Refusal: the logo is not base64."""
    changes = {name: value for name in BRANDING_NAMES if (value := getattr(asked, name)) is not strawberry.UNSET}
    if changes.get("words") is not None:
        changes["words"] = [(one.text, one.replacement) for one in changes["words"]]
    if changes.get("logo") is not None:
        try:
            changes["logo"] = base64.b64decode(changes["logo"], validate=True)
        except (binascii.Error, ValueError):
            raise Refusal("it must be a picture in base64", ("logo",)) from None
    return changes
