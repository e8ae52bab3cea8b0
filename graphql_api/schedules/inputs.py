"""What is asked for when a schedule is made or changed."""

from typing import Any, Final

import strawberry

from graphql_api.core.arguments import text_argument
from graphql_api.core.ids import USER, number_of, subject_of_id
from graphql_api.exports.options import ExportOptionsInput
from graphql_api.exports.types import ExportFormat
from graphql_api.schedules.vocabulary import RecurrenceInput, ScheduleConditionInput
from models import CatchUp, Role, SubjectKind
from resolvers.calendar.periods import PeriodName
from resolvers.calendar.school_days import Restraint
from resolvers.deliveries.recipients import MAX_RECIPIENTS, Recipient, RecipientType
from resolvers.schedules.drafts import LONGEST_NAME, MAX_SUBJECTS, ScheduleDraft

WEBHOOK: Final = "Webhook"


@strawberry.input(description="The accounts of a role within a subject, as they are at each slot.")
class RoleRecipientInput:
    """The accounts of a role within a subject."""

    role: Role = strawberry.field(description="The role; ADMIN and SERVICE are tied to no subject.")
    within: strawberry.ID = strawberry.field(
        description="The subject they are tied to, or one above it: TRAINER within a department is its trainers."
    )


@strawberry.input(
    one_of=True,
    description="Whom to tell. ADMIN may address anybody, PRINCIPAL, heads and coordinators their school and approved"
    " domains, TRAINER and TRAINEE themselves and their own webhooks. Everybody gets only what they may see.",
)
class RecipientInput:
    """Whom to tell, named in one of four ways."""

    user: strawberry.ID | None = strawberry.field(description="An account, such as `viewer { id }`.")
    role: RoleRecipientInput | None = strawberry.field(description="The accounts of a role within a subject.")
    email: str | None = strawberry.field(
        description="An e-mail address. One that belongs to an account stands for that account; any other must be in an"
        " approved domain, and gets what the owner may see, less guarded fields."
    )
    webhook: strawberry.ID | None = strawberry.field(description="A webhook of the owner's own.")

    def recipient(self, place: int) -> Recipient:
        """What is asked for, not yet checked. Refuses ids of other types."""
        where = f"recipients.{place}"
        if self.user is not None:
            return Recipient(RecipientType.USER, account=number_of(self.user, f"{where}.user", USER))
        if self.role is not None:
            within = subject_of_id(self.role.within, f"{where}.role.within")[1]
            return Recipient(RecipientType.ROLE, role=self.role.role, within=within)
        if self.webhook is not None:
            return Recipient(RecipientType.WEBHOOK, webhook=number_of(self.webhook, f"{where}.webhook", WEBHOOK))
        return Recipient(RecipientType.EMAIL, address=text_argument(self.email, where, "email"))


_NAME: Final = f"What it is called, 1 to {LONGEST_NAME} characters."
_KIND: Final = "Reports of subjects of this kind."
_SUBJECTS: Final = f"Of these subjects, all of one school; {MAX_SUBJECTS} at most."
_WITHIN: Final = "Of all subjects of the kind within this one, as they are at each slot: every course of a department."
_SCHOOL: Final = "Of all subjects of the kind in this school that the owner may read."
_PERIOD: Final = "The days to count, told from the slot: LAST_WEEK is the week before the one the slot lies in."
_RECIPIENTS: Final = f"Whom to tell; {MAX_RECIPIENTS} entries at most."
_FORMATS: Final = "Also as files of these formats: one in each for every recipient, with all the reports they may read."
_OPTIONS: Final = (
    "What may be chosen of the files; each heeds what its format has, and a choice that none of the formats has is"
    " refused. As the school has it unless given."
)
_ATTACH: Final = "Whether the files are attached to e-mails; else e-mails hold links."
_HOLIDAYS: Final = "Whether slots on holidays of the school are skipped."
_TERMS: Final = "Whether slots outside the terms of the school are skipped."
_DATA: Final = (
    "Only if any of the reports has a session held or a result. Else whoever would get none that has is told that there"
    " was nothing to report, without files."
)
_CONDITION: Final = "Only if a metric is below or above a value in any of the reports."
_CATCH_UP: Final = "What becomes of slots that were missed."


@strawberry.input(description="A schedule: of what, when, for whom. Give one of `subjects`, `within` and `school`.")
class ScheduleCreateInput:
    """A schedule: of what, when, for whom."""

    name: str = strawberry.field(description=_NAME)
    kind: SubjectKind = strawberry.field(description=_KIND)
    period: PeriodName = strawberry.field(description=_PERIOD)
    recurrence: RecurrenceInput = strawberry.field(description="When it falls due.")
    recipients: list[RecipientInput] = strawberry.field(description=_RECIPIENTS)
    subjects: list[strawberry.ID] | None = strawberry.field(default=None, description=_SUBJECTS)
    within: strawberry.ID | None = strawberry.field(default=None, description=_WITHIN)
    school: strawberry.ID | None = strawberry.field(default=None, description=_SCHOOL)
    formats: list[ExportFormat] = strawberry.field(default_factory=list, description=_FORMATS)
    options: ExportOptionsInput | None = strawberry.field(default=None, description=_OPTIONS)
    attach: bool = strawberry.field(default=False, description=_ATTACH)
    not_on_holidays: bool = strawberry.field(default=False, description=_HOLIDAYS)
    only_in_terms: bool = strawberry.field(default=False, description=_TERMS)
    only_with_data: bool = strawberry.field(default=False, description=_DATA)
    condition: ScheduleConditionInput | None = strawberry.field(default=None, description=_CONDITION)
    catch_up: CatchUp = strawberry.field(default=CatchUp.LATEST, description=_CATCH_UP)

    def draft(self) -> ScheduleDraft:
        """What is asked for, not yet checked. Refuses ids of other types, naming the field."""
        return ScheduleDraft(
            name=text_argument(self.name, "name") or "",
            kind=self.kind,
            period=self.period,
            recurrence=self.recurrence.recurrence(),
            recipients=recipients_of(self.recipients),
            restraint=Restraint(self.not_on_holidays, self.only_in_terms),
            only_with_data=self.only_with_data,
            condition=self.condition.condition() if self.condition else None,
            formats=_formats(self.formats),
            options=_options(self.options) or {},
            attach=self.attach,
            catch_up=self.catch_up,
            **_subjects(self.kind, self.subjects, self.within, self.school),
        )


def _changed(description: str) -> Any:
    return strawberry.field(default=None, description=f"{description} Left out: stays as it is.")


@strawberry.input(description="What to change in a schedule.")
class ScheduleUpdateInput:
    """What to change in a schedule."""

    id: strawberry.ID = strawberry.field(description="The schedule.")
    name: str | None = _changed(_NAME)
    kind: SubjectKind | None = _changed(_KIND + " Give the subjects anew with it.")
    period: PeriodName | None = _changed(_PERIOD)
    recurrence: RecurrenceInput | None = _changed("When it falls due.")
    recipients: list[RecipientInput] | None = _changed(_RECIPIENTS)
    subjects: list[strawberry.ID] | None = _changed(_SUBJECTS)
    within: strawberry.ID | None = _changed(_WITHIN)
    school: strawberry.ID | None = _changed(_SCHOOL)
    formats: list[ExportFormat] | None = _changed(_FORMATS)
    options: ExportOptionsInput | None = _changed(_OPTIONS + " What is not given anew is not chosen any more.")
    attach: bool | None = _changed(_ATTACH)
    not_on_holidays: bool | None = _changed(_HOLIDAYS)
    only_in_terms: bool | None = _changed(_TERMS)
    only_with_data: bool | None = _changed(_DATA)
    condition: ScheduleConditionInput | None = strawberry.field(
        default=strawberry.UNSET, description=f"{_CONDITION} Left out: stays as it is; null: none."
    )
    catch_up: CatchUp | None = _changed(_CATCH_UP)

    def changes(self) -> dict[str, Any]:
        """What is to change, named as in ScheduleDraft, not yet checked. Refuses ids of other types."""
        given: dict[str, Any] = {
            "name": text_argument(self.name, "name"),
            "kind": self.kind,
            "period": self.period,
            "recurrence": self.recurrence and self.recurrence.recurrence(),
            "recipients": None if self.recipients is None else recipients_of(self.recipients),
            "formats": None if self.formats is None else _formats(self.formats),
            "options": _options(self.options),
            "attach": self.attach,
            "only_with_data": self.only_with_data,
            "catch_up": self.catch_up,
            "not_on_holidays": self.not_on_holidays,
            "only_in_terms": self.only_in_terms,
            **_subjects(self.kind, self.subjects, self.within, self.school),
        }
        changes = {name: value for name, value in given.items() if value is not None}
        if self.condition is not strawberry.UNSET:
            changes["condition"] = self.condition and self.condition.condition()
        return changes


def _formats(given: list[Any]) -> tuple[str, ...]:
    return tuple(str(format_.value) for format_ in given)


def _options(given: ExportOptionsInput | None) -> dict[str, Any] | None:
    """What was chosen, fit to be stored; whether the formats have it is checked with the whole schedule."""
    return None if given is None else given.chosen().sound().stored()


def recipients_of(given: list[RecipientInput]) -> tuple[Recipient, ...]:
    """The recipients as asked for, not yet checked. Refuses ids of other types."""
    return tuple(one.recipient(place) for place, one in enumerate(given))


def _subjects(kind: SubjectKind | None, subjects: Any, within: Any, school: Any) -> dict[str, Any]:
    kinds = tuple(SubjectKind) if kind is None else (kind,)
    return {
        "subject_ids": None
        if subjects is None
        else tuple(subject_of_id(id_, "subjects", kinds)[1] for id_ in subjects),
        "within": None if within is None else subject_of_id(within, "within")[1],
        "school_id": None if school is None else subject_of_id(school, "school", (SubjectKind.SCHOOL,))[1],
    }
