"""The closed vocabularies of the product: kinds, statuses, roles, states."""

from enum import StrEnum


class SubjectKind(StrEnum):
    """What a report can be about."""

    SCHOOL = "SCHOOL"
    DEPARTMENT = "DEPARTMENT"
    PROGRAMME = "PROGRAMME"
    CLASS_GROUP = "CLASS_GROUP"
    COURSE = "COURSE"
    TRAINER = "TRAINER"
    TRAINEE = "TRAINEE"


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
