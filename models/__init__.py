"""What exists and where it is kept.

One file per noun, each a table or a few that belong together: `subject` (what reports are about), `enrolment`,
`calendar`, `session` (with marks and the parts kept of them), `assessment`, `policy`, `user` are source data;
`report`, `run`, `export`, `branding`, `schedule`, `alert`, `delivery` and `job` are ours. `migrations/` makes the
tables, `database` opens sessions on them, `embedded` starts our own PostgreSQL and Redis, `settings` reads the
environment, `files` keeps exported files. Nothing here knows a metric, a right, or GraphQL. Importing this package
maps every table.
"""

from models.alert import Alert, AlertCounter, AlertPreference, AlertRule, RuleOccurrence
from models.assessment import Assessment, Result, ResultPart
from models.base import Base
from models.branding import Branding
from models.calendar import Holiday, Term
from models.delivery import Delivery, DeliveryAttempt, Webhook
from models.enrolment import Coverage, Enrolment
from models.export import Export
from models.job import Job
from models.policy import Policy
from models.report import (
    BaseReport,
    ClassGroupReport,
    CourseReport,
    DepartmentReport,
    ProgrammeReport,
    SchoolReport,
    TraineeReport,
    TrainerReport,
)
from models.run import Run
from models.schedule import Schedule, ScheduleSlot
from models.session import Mark, Session, SessionPart, Teaching
from models.subject import ClassGroup, Course, Department, Programme, School, Subject, Trainee, Trainer
from models.user import User
from models.vocabulary import (
    AlertKind,
    CatchUp,
    Channel,
    Frequency,
    MailTiming,
    MarkStatus,
    Role,
    ScheduleState,
    SessionStatus,
    SlotState,
    SubjectKind,
    WorkState,
)

__all__ = [
    "Alert", "AlertCounter", "AlertKind", "AlertPreference", "AlertRule", "Assessment", "Base", "BaseReport",
    "Branding", "CatchUp", "Channel", "ClassGroup", "ClassGroupReport", "Course", "CourseReport", "Coverage",
    "Delivery", "DeliveryAttempt", "Department", "DepartmentReport", "Enrolment", "Export", "Frequency", "Holiday",
    "Job", "MailTiming", "Mark", "MarkStatus", "Policy", "Programme", "ProgrammeReport", "Result", "ResultPart", "Role",
    "RuleOccurrence", "Run", "Schedule", "ScheduleSlot", "ScheduleState", "School", "SchoolReport", "Session",
    "SessionPart", "SessionStatus", "SlotState", "Subject", "SubjectKind", "Teaching", "Term", "Trainee",
    "TraineeReport", "Trainer", "TrainerReport", "User", "Webhook", "WorkState",
]  # fmt: skip
