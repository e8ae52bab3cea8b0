"""Runs: the work of generating reports for one subject or many, with progress that can be watched."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigKey
from models.session import Instant
from models.vocabulary import WorkState


class Run(Base):
    """One request for reports. done + failed ≤ total; `subjects` are the ids it covers, fixed when it was asked."""

    __tablename__ = "run"
    __table_args__ = (Index(None, "requested_by", "id"),)

    id: Mapped[BigKey]
    state: Mapped[str] = mapped_column(Text, default=WorkState.QUEUED)
    kind: Mapped[str] = mapped_column(Text)
    period: Mapped[dict[str, Any]] = mapped_column(JSONB)
    subjects: Mapped[list[int]] = mapped_column(JSONB)
    period_from: Mapped[date | None]
    period_to: Mapped[date | None]
    total: Mapped[int] = mapped_column(Integer)
    done: Mapped[int] = mapped_column(Integer, default=0)
    unchanged: Mapped[int] = mapped_column(Integer, default=0)
    failed: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(Text)
    requested_by: Mapped[int | None] = mapped_column(Integer, ForeignKey("account.id", ondelete="CASCADE"))
    requested_at: Mapped[datetime] = mapped_column(Instant)
    # what "last week" is told from: the moment of the request, or the slot of a schedule
    period_as_of: Mapped[datetime] = mapped_column(Instant)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
