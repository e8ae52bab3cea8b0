"""Assessments, their results, and the sums kept of those results."""

from datetime import date
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, Integer, Numeric, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CodePointText, OptionalSubjectKey, SmallKey, SubjectKey


class Assessment(Base):
    """Something that is scored: of a course, perhaps of one group and trainer; counted once it has a day."""

    __tablename__ = "assessment"
    __table_args__ = (
        UniqueConstraint("source_id"),
        Index(None, "course_id"),
        Index(None, "class_group_id", postgresql_where="class_group_id is not null"),
        Index(None, "trainer_id", postgresql_where="trainer_id is not null"),
    )

    id: Mapped[SmallKey]
    source_id: Mapped[CodePointText]
    school_id: Mapped[SubjectKey] = mapped_column(index=True)
    course_id: Mapped[SubjectKey]
    class_group_id: Mapped[OptionalSubjectKey]
    trainer_id: Mapped[OptionalSubjectKey]
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str | None] = mapped_column(Text)
    held_on: Mapped[date | None]
    max_score: Mapped[Decimal | None] = mapped_column(Numeric)
    pass_score: Mapped[Decimal | None] = mapped_column(Numeric)


class Result(Base):
    """One trainee's score in one assessment."""

    __tablename__ = "result"
    __table_args__ = (Index(None, "trainee_id"),)

    assessment_id: Mapped[int] = mapped_column(Integer, ForeignKey("assessment.id"), primary_key=True)
    trainee_id: Mapped[SubjectKey] = mapped_column(primary_key=True)
    score: Mapped[Decimal | None] = mapped_column(Numeric)


class ResultPart(Base):
    """Sums over the results of one assessment that belong to one group and trainer, with its keys. Derived."""

    __tablename__ = "result_part"
    __table_args__ = (
        UniqueConstraint("assessment_id", "class_group_id", "trainer_id", postgresql_nulls_not_distinct=True),
        Index(None, "school_id", "day"),
        Index(None, "department_id", "day"),
        Index(None, "programme_id", "day"),
        Index(None, "class_group_id", "day"),
        Index(None, "course_id", "day"),
        Index(None, "trainer_id", "day"),
    )

    id: Mapped[SmallKey]
    assessment_id: Mapped[int] = mapped_column(Integer, ForeignKey("assessment.id", ondelete="CASCADE"))
    school_id: Mapped[int] = mapped_column(Integer)
    department_id: Mapped[int] = mapped_column(Integer)
    programme_id: Mapped[int] = mapped_column(Integer)
    class_group_id: Mapped[int | None] = mapped_column(Integer)
    course_id: Mapped[int] = mapped_column(Integer)
    trainer_id: Mapped[int | None] = mapped_column(Integer)
    day: Mapped[date]
    results: Mapped[int] = mapped_column(Integer)
    score: Mapped[Decimal] = mapped_column(Numeric)
    max_score: Mapped[Decimal] = mapped_column(Numeric)
    passed: Mapped[int] = mapped_column(Integer)
    passable: Mapped[int] = mapped_column(Integer)
