"""What exists and where it is kept.

One file per noun, each a table or a few that belong together: `subject` (what reports are about), `enrolment`,
`calendar`, `session` (with marks and the parts kept of them), `assessment`, `policy`, `user` are source data;
`report`, `run`, `export` and `job` are ours. `migrations/` makes the tables, `database` opens sessions on them,
`embedded` starts our own PostgreSQL and Redis, `settings` reads the environment, `files` keeps exported files.
Nothing here knows a metric, a right, or GraphQL. Importing this package maps every table.
"""

from models.assessment import Assessment, Result, ResultPart
from models.base import Base
from models.calendar import Holiday, Term
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
from models.session import Mark, Session, SessionPart, Teaching
from models.subject import ClassGroup, Course, Department, Programme, School, Subject, Trainee, Trainer
from models.user import User
from models.words import MarkStatus, Role, SessionStatus, SubjectKind, WorkState

__all__ = [
    "Assessment", "Base", "BaseReport", "ClassGroup", "ClassGroupReport", "Course", "CourseReport", "Coverage",
    "Department", "DepartmentReport", "Enrolment", "Export", "Holiday", "Job", "Mark", "MarkStatus", "Policy",
    "Programme", "ProgrammeReport", "Result", "ResultPart", "Role", "Run", "School", "SchoolReport", "Session",
    "SessionPart", "SessionStatus", "Subject", "SubjectKind", "Teaching", "Term", "Trainee", "TraineeReport",
    "Trainer", "TrainerReport", "User", "WorkState",
]  # fmt: skip
