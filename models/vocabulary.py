"""The closed vocabularies of the product: kinds, statuses, roles, states."""

from enum import StrEnum
from typing import Self


class SubjectKind(StrEnum):
    """What a report can be about: each word with its sentence."""

    description: str

    def __new__(cls, word: str, description: str = "") -> Self:
        kind = str.__new__(cls, word)
        kind._value_ = word
        kind.description = description
        return kind

    SCHOOL = "SCHOOL", "A school."
    DEPARTMENT = "DEPARTMENT", "A department of a school."
    PROGRAMME = "PROGRAMME", "A programme of study of a department."
    CLASS_GROUP = "CLASS_GROUP", "A group that is taught together."
    COURSE = "COURSE", "A course."
    TRAINER = "TRAINER", "A trainer."
    TRAINEE = "TRAINEE", "A trainee."


class MarkStatus(StrEnum):
    """One trainee's recorded attendance at one session; no mark at all is "unmarked"."""

    PRESENT = "PRESENT"
    LATE = "LATE"
    EXCUSED = "EXCUSED"
    ABSENT = "ABSENT"


class SessionStatus(StrEnum):
    """What became of a session: CANCELLED if so flagged, else HELD if so flagged or marked, else SCHEDULED."""

    SCHEDULED = "SCHEDULED"
    HELD = "HELD"
    CANCELLED = "CANCELLED"


class Role(StrEnum):
    """What a user is in the institution; models/user.py ties them to subjects."""

    ADMIN = "ADMIN"
    PRINCIPAL = "PRINCIPAL"
    DEPARTMENT_HEAD = "DEPARTMENT_HEAD"
    PROGRAMME_COORDINATOR = "PROGRAMME_COORDINATOR"
    TRAINER = "TRAINER"
    TRAINEE = "TRAINEE"
    SERVICE = "SERVICE"


class WorkState(StrEnum):
    """The life of a job, a run or an export."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class ScheduleState(StrEnum):
    """Whether a standing request (a schedule, a rule of alerts) works. A deleted one keeps its history."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    DELETED = "DELETED"


class SlotState(StrEnum):
    """What became of one slot of a schedule."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


class Frequency(StrEnum):
    """How often a schedule falls due."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


class CatchUp(StrEnum):
    """Which slots are made good that fell due while no scheduler was running."""

    LATEST = "LATEST"
    ALL = "ALL"
    NONE = "NONE"


class AlertKind(StrEnum):
    """What an alert is about. The last four are raised by rules."""

    REPORT_READY = "REPORT_READY"
    EXPORT_READY = "EXPORT_READY"
    RUN_FAILED = "RUN_FAILED"
    BELOW_BAND = "BELOW_BAND"
    CHRONIC_ABSENCE = "CHRONIC_ABSENCE"
    ABSENCES_IN_A_ROW = "ABSENCES_IN_A_ROW"
    SESSIONS_WITHOUT_MARKS = "SESSIONS_WITHOUT_MARKS"


class MailTiming(StrEnum):
    """When an alert is also sent by e-mail."""

    NEVER = "NEVER"
    AT_ONCE = "AT_ONCE"
    DAILY = "DAILY"


class Channel(StrEnum):
    """A way out of Rollcall."""

    EMAIL = "EMAIL"
    WEBHOOK = "WEBHOOK"
