"""Timetabled meetings, the marks recorded at them, and the sums kept of those marks."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, DateTime, Enum, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CodePointText, OptionalSubjectKey, SmallKey, SubjectKey
from models.vocabulary import MarkStatus, SessionStatus

mark_status = Enum(MarkStatus, name="mark_status", values_callable=lambda words: [str(word) for word in words])
session_status = Enum(SessionStatus, name="session_status", values_callable=lambda words: [str(word) for word in words])
Instant = DateTime(timezone=True)


class Session(Base):
    """One timetabled meeting of one class group for one course with one trainer, on the local day of its start."""

    __tablename__ = "session"
    __table_args__ = (
        UniqueConstraint("source_id"),
        Index(None, "class_group_id", "day"),
        # whom a course or trainer met: of each group, whether there was a session between two days
        Index(None, "course_id", "class_group_id", "day"),
        Index(None, "trainer_id", "class_group_id", "day"),
        Index(None, "school_id"),
    )

    id: Mapped[SmallKey]
    source_id: Mapped[CodePointText]
    school_id: Mapped[SubjectKey]
    class_group_id: Mapped[SubjectKey]
    course_id: Mapped[SubjectKey]
    trainer_id: Mapped[OptionalSubjectKey]
    day: Mapped[date]
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    actual_starts_at: Mapped[datetime | None] = mapped_column(Instant)
    actual_ends_at: Mapped[datetime | None] = mapped_column(Instant)
    flag: Mapped[str | None] = mapped_column(session_status)
    joint_id: Mapped[str | None] = mapped_column(Text(collation="C"))


class Mark(Base):
    """One trainee's recorded attendance at one session. The day is the session's, so that a trainee's own read fast.

    No foreign keys: two checks a row would be most of the cost of loading marks. The import joins each mark to its
    session and trainee, refuses to remove either while a mark refers to it, and `rollcall verify` looks for strays.
    """

    __tablename__ = "mark"
    __table_args__ = (Index(None, "trainee_id", "day"),)

    session_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    trainee_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    school_id: Mapped[int] = mapped_column(Integer)
    day: Mapped[date]
    status: Mapped[str] = mapped_column(mark_status)
    arrived_at: Mapped[datetime | None] = mapped_column(Instant)
    left_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str | None] = mapped_column(Text)


class SessionPart(Base):
    """What is kept of a session for counting: its keys, its status, and sums over its counted marks.

    Lengths are microseconds. late_from is the instant after which PRESENT counts as LATE (null: the policy derives
    nothing). Derived; kept by resolvers/metrics/sums.py and recomputed by `rollcall verify`.
    """

    __tablename__ = "session_part"
    __table_args__ = (
        Index(None, "school_id", "day"),
        Index(None, "department_id", "day"),
        Index(None, "programme_id", "day"),
        Index(None, "class_group_id", "day"),
        Index(None, "course_id", "day"),
        Index(None, "trainer_id", "day"),
    )

    session_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("session.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    school_id: Mapped[int] = mapped_column(Integer)
    department_id: Mapped[int] = mapped_column(Integer)
    programme_id: Mapped[int] = mapped_column(Integer)
    class_group_id: Mapped[int] = mapped_column(Integer)
    course_id: Mapped[int] = mapped_column(Integer)
    trainer_id: Mapped[int | None] = mapped_column(Integer)
    day: Mapped[date]
    status: Mapped[str] = mapped_column(session_status)
    starts_at: Mapped[datetime] = mapped_column(Instant)
    began_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime] = mapped_column(Instant)
    late_from: Mapped[datetime | None] = mapped_column(Instant)
    joint_id: Mapped[str | None] = mapped_column(Text(collation="C"))
    punctual: Mapped[bool | None] = mapped_column(Boolean)
    held_micros: Mapped[int] = mapped_column(BigInteger)
    present: Mapped[int] = mapped_column(Integer)
    late: Mapped[int] = mapped_column(Integer)
    excused: Mapped[int] = mapped_column(Integer)
    absent: Mapped[int] = mapped_column(Integer)
    unmarked: Mapped[int] = mapped_column(Integer)
    late_timed: Mapped[int] = mapped_column(Integer)
    late_micros: Mapped[int] = mapped_column(BigInteger)
    attended_micros: Mapped[int] = mapped_column(BigInteger)


class Teaching(Base):
    """Which course and trainer met which class group, ever: the links that children and scope follow. Derived."""

    __tablename__ = "teaching"
    __table_args__ = (
        UniqueConstraint("class_group_id", "course_id", "trainer_id", postgresql_nulls_not_distinct=True),
        Index(None, "course_id"),
        Index(None, "trainer_id"),
    )

    id: Mapped[SmallKey]
    class_group_id: Mapped[SubjectKey]
    course_id: Mapped[SubjectKey]
    trainer_id: Mapped[OptionalSubjectKey]
