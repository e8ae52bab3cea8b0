"""Who belongs to which class group, and when."""

from datetime import date

from sqlalchemy import Date, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, OptionalSubjectKey, SmallKey, SubjectKey


class Enrolment(Base):
    """A trainee in a class group on the days from starts_on to ends_on (empty: open), for one course or for all."""

    __tablename__ = "enrolment"
    __table_args__ = (
        UniqueConstraint("trainee_id", "class_group_id", "course_id", "starts_on", postgresql_nulls_not_distinct=True),
        Index(None, "class_group_id"),
        Index(None, "course_id", postgresql_where="course_id is not null"),
    )

    id: Mapped[SmallKey]
    trainee_id: Mapped[SubjectKey]
    class_group_id: Mapped[SubjectKey]
    course_id: Mapped[OptionalSubjectKey]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]


class Coverage(Base):
    """Enrolments made disjoint: of one trainee, group and session at most one row matches, so nothing counts twice.

    A course-only enrolment keeps the days that no enrolment in the whole group covers. Open ends are -infinity and
    infinity. Derived; kept by resolvers/metrics/sums.py.
    """

    __tablename__ = "coverage"
    __table_args__ = (
        Index(None, "trainee_id", "class_group_id"),
        Index(None, "class_group_id"),
        Index(None, "course_id", postgresql_where="course_id is not null"),
    )

    id: Mapped[SmallKey]
    trainee_id: Mapped[SubjectKey]
    class_group_id: Mapped[SubjectKey]
    course_id: Mapped[OptionalSubjectKey]
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
