"""What a reader should know of a report: above all, what it holds that they may not see."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from resolvers.access.scope import WHO_MAY_CONTACT
from resolvers.core.wording import Remark

EMAILS_LEFT_OUT: Final = f"The column “E-mail” is left out: addresses are read by {WHO_MAY_CONTACT}."


@dataclass(slots=True)
class Hidden:
    """What is outside the reader's access, as counts of rows or trainees; `emails` are those of trainees who are
    listed. `unplaced` rows belong to no child at all."""

    rows: int = 0
    unplaced: int = 0
    trainees: int = 0
    emails: int = 0
    emails_left_out: bool = False
    sessions: bool = False
    courses_left_out: bool = False


def notes_on(hidden: Hidden) -> Iterable[Remark]:
    """The notes that say so."""
    if hidden.rows:
        yield Remark(
            "{number} row of the breakdown is outside your access and is summed up as “Other”.",
            "{number} rows of the breakdown are outside your access and are summed up as “Other”.",
            hidden.rows,
        )
    if hidden.unplaced:
        yield Remark("Results that belong to no class group are in “Other”.")
    if hidden.trainees:
        yield Remark(
            "{number} trainee below a line is outside your access and is not listed.",
            "{number} trainees below a line are outside your access and are not listed.",
            hidden.trainees,
        )
    if hidden.emails_left_out and hidden.emails:
        yield Remark(EMAILS_LEFT_OUT)
    elif hidden.emails:
        yield Remark(
            "{number} e-mail address is outside your access and is left empty.",
            "{number} e-mail addresses are outside your access and are left empty.",
            hidden.emails,
        )
    if hidden.sessions:
        yield Remark("Of sessions outside your access, only the day and time are told, and what was recorded.")
    if hidden.courses_left_out:
        yield Remark("The column “Course” of the sessions is left out: none of the courses is within your access.")
