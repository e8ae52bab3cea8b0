"""Stored reports: one abstract mapped base with what all share, a class for each kind, one physical table."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Double, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigKey, SubjectKey
from models.session import Instant
from models.vocabulary import SubjectKind


def _count() -> Mapped[int | None]:
    return mapped_column(Integer)


def _figure() -> Mapped[float | None]:
    return mapped_column(Double)


class BaseReport(Base):
    """The stored metrics of one subject over one period, as they stood at generated_at; never edited.

    Revisions of one (subject, from, to) form a chain. `data` holds the parts only some kinds have, in the shape of
    `report_data`: ids and numbers, never names. `policy` is the policy the figures were counted by.
    """

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("subject_id", "period_from", "period_to", "revision"),
        Index(None, "generated_at", "id"),
        Index(None, "school_id", "generated_at", "id"),
        Index(None, "kind", "generated_at", "id"),
        Index(None, "period_from", "id"),
        Index("ix_report_by_attendance", text("coalesce(attendance_rate, -1)"), "id"),
        Index("ix_report_by_chronic_absence", text("coalesce(chronic_absence_rate, -1)"), "id"),
        Index("ix_report_by_score", text("coalesce(average_score, -1)"), "id"),
        Index(None, "run_id", postgresql_where="run_id is not null"),
    )
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_abstract": True}

    id: Mapped[BigKey]
    kind: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[SubjectKey]
    school_id: Mapped[SubjectKey]
    period_name: Mapped[str | None] = mapped_column(Text)
    period_from: Mapped[date]
    period_to: Mapped[date]
    revision: Mapped[int] = mapped_column(Integer)
    generated_at: Mapped[datetime] = mapped_column(Instant)
    generated_by: Mapped[int | None] = mapped_column(Integer, ForeignKey("account.id", ondelete="SET NULL"))
    run_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("run.id", ondelete="SET NULL"))
    policy: Mapped[dict[str, Any]] = mapped_column(JSONB)
    content_hash: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)

    expected: Mapped[int | None] = _count()
    marked: Mapped[int | None] = _count()
    present: Mapped[int | None] = _count()
    late: Mapped[int | None] = _count()
    excused: Mapped[int | None] = _count()
    absent: Mapped[int | None] = _count()
    unmarked: Mapped[int | None] = _count()
    attendance_rate: Mapped[float | None] = _figure()
    absence_rate: Mapped[float | None] = _figure()
    excused_rate: Mapped[float | None] = _figure()
    late_rate: Mapped[float | None] = _figure()
    punctuality_rate: Mapped[float | None] = _figure()
    average_minutes_late: Mapped[float | None] = _figure()
    session_count: Mapped[int | None] = _count()
    sessions_scheduled: Mapped[int | None] = _count()
    sessions_cancelled: Mapped[int | None] = _count()
    sessions_unrecorded: Mapped[int | None] = _count()
    delivery_rate: Mapped[float | None] = _figure()
    average_session_minutes: Mapped[float | None] = _figure()
    contact_hours: Mapped[float | None] = _figure()
    average_attended_minutes: Mapped[float | None] = _figure()
    register_completeness: Mapped[float | None] = _figure()
    average_score: Mapped[float | None] = _figure()
    pass_rate: Mapped[float | None] = _figure()
    result_count: Mapped[int | None] = _count()
    trainee_count: Mapped[int | None] = _count()
    chronic_absence_rate: Mapped[float | None] = _figure()
    watch_count: Mapped[int | None] = _count()
    at_risk_count: Mapped[int | None] = _count()
    daily_attendance_rate: Mapped[float | None] = _figure()
    average_daily_attendance: Mapped[float | None] = _figure()
    longest_absence_streak: Mapped[int | None] = _count()


class SchoolReport(BaseReport):
    """A school over a period: trend, breakdown by department, best and worst."""

    __mapper_args__ = {"polymorphic_identity": SubjectKind.SCHOOL}


class DepartmentReport(BaseReport):
    """A department over a period: trend, breakdown by programme, best and worst."""

    __mapper_args__ = {"polymorphic_identity": SubjectKind.DEPARTMENT}


class ProgrammeReport(BaseReport):
    """A programme over a period: trend, breakdown by class group, best and worst."""

    __mapper_args__ = {"polymorphic_identity": SubjectKind.PROGRAMME}


class ClassGroupReport(BaseReport):
    """A class group over a period: trend, trainees below each band, sessions without marks."""

    __mapper_args__ = {"polymorphic_identity": SubjectKind.CLASS_GROUP}


class CourseReport(BaseReport):
    """A course over a period: trend, trainees below each band, sessions without marks."""

    __mapper_args__ = {"polymorphic_identity": SubjectKind.COURSE}


class TrainerReport(BaseReport):
    """A trainer over a period: sessions taught by course and group, cancelled sessions, punctual starts."""

    __mapper_args__ = {"polymorphic_identity": SubjectKind.TRAINER}


class TraineeReport(BaseReport):
    """A trainee over a period: figures per course, streaks, every mark in order."""

    __mapper_args__ = {"polymorphic_identity": SubjectKind.TRAINEE}
