"""The durable queue: PostgreSQL is the truth, arq and Redis only wake the workers."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Index, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigKey
from models.session import Instant
from models.vocabulary import WorkState

UNENDED: Final = "state in ('QUEUED', 'RUNNING')"


class Job(Base):
    """One piece of work for later: what, with which ids, how far, and who holds it until when.

    `fence` grows with every claim: a worker that lost its lease carries an old one and can no longer write.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index(None, "priority", "due_at", "id", postgresql_where=UNENDED),
        # what failed is counted by whoever watches from outside
        Index("ix_job_failed", "kind", "priority", postgresql_where="state = 'FAILED'"),
        # a job is found by what it works on; by hash, for there is no limit to how long arguments may be
        Index(None, "arguments", postgresql_using="hash", postgresql_where=UNENDED),
    )

    id: Mapped[BigKey]
    kind: Mapped[str] = mapped_column(Text)
    arguments: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(Text, default=WorkState.QUEUED)
    priority: Mapped[int] = mapped_column(Integer, default=0)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    # of the attempts, those that had no end: the worker was gone
    deaths: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    due_at: Mapped[datetime] = mapped_column(Instant)
    leased_until: Mapped[datetime | None] = mapped_column(Instant)
    fence: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(Text)
    # what asked for it, as W3C's header `traceparent` has it; null: it is not traced
    trace: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
