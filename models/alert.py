"""Alerts: word to one account that something is ready or needs attention; what an account wants of them; rules."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigKey, SubjectKey
from models.session import Instant
from models.vocabulary import MailTiming, ScheduleState


class Alert(Base):
    """One alert. `number` counts from 1 per account and grows in the order in which alerts become visible.

    `occurrence` names what happened, so that the account is told once however often the work is done. `data` holds
    ids and numbers, never names: they are read under the account's rights when the alert is shown.
    """

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("account_id", "number"),
        UniqueConstraint("account_id", "occurrence"),
        Index("ix_alert_unread", "account_id", "number", postgresql_where="read_at is null"),
        Index(None, "created_at"),
    )

    id: Mapped[BigKey]
    account_id: Mapped[int] = mapped_column(Integer, ForeignKey("account.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(Text)
    occurrence: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    in_app: Mapped[bool] = mapped_column(Boolean, default=True)
    digest: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)


class AlertCounter(Base):
    """The last number given to an account. Its row is locked until the giver commits, so numbers commit in order."""

    __tablename__ = "alert_counter"

    account_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    last: Mapped[int] = mapped_column(Integer)


class AlertPreference(Base):
    """How an account wants alerts of one kind; no row: the default of that kind."""

    __tablename__ = "alert_preference"

    account_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    in_app: Mapped[bool] = mapped_column(Boolean)
    email: Mapped[str] = mapped_column(Text, default=MailTiming.NEVER)
    webhook: Mapped[bool] = mapped_column(Boolean)


class AlertRule(Base):
    """A standing watch over the trainees or sessions within a subject, looked at once a day and after an import.

    `limits` holds what the kind needs (a band, a count); `recipients` as in a schedule; `check_time` is HH:MM in the
    zone of the school. It works under the rights its owner has when it is checked; `error` says why it could not be.
    """

    __tablename__ = "alert_rule"
    __table_args__ = (
        Index(None, "owner_id", "id"),
        Index(None, "school_id", "id"),
        Index(None, "within"),
        Index(None, "next_check_at", "id", postgresql_where="next_check_at is not null"),
    )

    id: Mapped[BigKey]
    school_id: Mapped[SubjectKey]
    owner_id: Mapped[int] = mapped_column(Integer, ForeignKey("account.id"))
    name: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=ScheduleState.ACTIVE)
    kind: Mapped[str] = mapped_column(Text)
    within: Mapped[SubjectKey]
    period: Mapped[dict[str, Any]] = mapped_column(JSONB)
    limits: Mapped[dict[str, Any]] = mapped_column(JSONB)
    recipients: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    check_time: Mapped[str] = mapped_column(Text)
    next_check_at: Mapped[datetime | None] = mapped_column(Instant)
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)


class RuleOccurrence(Base):
    """What a rule found, from when until when: while it lasts nobody is told again."""

    __tablename__ = "rule_occurrence"
    __table_args__ = (
        Index(
            "uq_rule_occurrence_open", "rule_id", "subject_id", "key", unique=True, postgresql_where="ended_at is null"
        ),
        Index(None, "subject_id"),
        # whether a session was told of before, however long ago
        Index(None, "rule_id", "key"),
    )

    id: Mapped[BigKey]
    rule_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("alert_rule.id"))
    subject_id: Mapped[int] = mapped_column(Integer, ForeignKey("subject.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(Text, default="")
    began_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
