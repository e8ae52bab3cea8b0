"""Schedules: standing requests for reports, and the slots in which they fell due."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigKey, OptionalSubjectKey, SubjectKey
from models.session import Instant
from models.vocabulary import CatchUp, ScheduleState, SlotState


class Schedule(Base):
    """Reports of these subjects, over a period told from the slot, at these times in the zone of the school.

    The subjects are `subjects` (ids), or those of `kind` within `within`, or all of the kind the owner may read in the
    school. `period` has the shape of resolvers/runs, `recurrence`, `condition` and `recipients` those of
    resolvers/{recurrence,schedule_drafts,recipients}, `options` that of jobs/exports/options.py. It works under the
    rights its owner has at each slot.
    `next_slot_at` is null when it never falls due: paused or deleted.
    """

    __tablename__ = "schedule"
    __table_args__ = (
        Index(None, "owner_id", "id"),
        Index(None, "school_id", "id"),
        Index(None, "within"),
        Index(None, "next_slot_at", "id", postgresql_where="next_slot_at is not null"),
    )

    id: Mapped[BigKey]
    school_id: Mapped[SubjectKey]
    owner_id: Mapped[int] = mapped_column(Integer, ForeignKey("account.id"))
    name: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=ScheduleState.ACTIVE)
    kind: Mapped[str] = mapped_column(Text)
    subjects: Mapped[list[int] | None] = mapped_column(JSONB(none_as_null=True))
    within: Mapped[OptionalSubjectKey]
    period: Mapped[dict[str, Any]] = mapped_column(JSONB)
    recurrence: Mapped[dict[str, Any]] = mapped_column(JSONB)
    not_on_holidays: Mapped[bool] = mapped_column(Boolean, default=False)
    only_in_terms: Mapped[bool] = mapped_column(Boolean, default=False)
    only_with_data: Mapped[bool] = mapped_column(Boolean, default=False)
    condition: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    formats: Mapped[list[str]] = mapped_column(JSONB, default=list)
    # the database fills it in for a server of before, which does not know of it
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    recipients: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    attach: Mapped[bool] = mapped_column(Boolean, default=False)
    catch_up: Mapped[str] = mapped_column(Text, default=CatchUp.LATEST)
    next_slot_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class ScheduleSlot(Base):
    """One time a schedule fell due, or was run by hand: there is never a second one of the same moment.

    `note` says why it was skipped or failed, or what was left out.
    """

    __tablename__ = "schedule_slot"
    __table_args__ = (
        UniqueConstraint("schedule_id", "slot_at"),
        Index(None, "run_id", postgresql_where="run_id is not null"),
        Index("ix_schedule_slot_open", "created_at", postgresql_where="finished_at is null"),
    )

    id: Mapped[BigKey]
    schedule_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("schedule.id"))
    slot_at: Mapped[datetime] = mapped_column(Instant)
    by_hand: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[str] = mapped_column(Text, default=SlotState.QUEUED)
    note: Mapped[str | None] = mapped_column(Text)
    run_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("run.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
