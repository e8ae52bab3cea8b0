"""Exports: a file made from one or more reports, with status, progress, size and expiry."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigKey
from models.session import Instant
from models.vocabulary import WorkState


class Export(Base):
    """One file in one format, made under the rights of who asked for it. `file_key` names it in the file store;
    it is there before the file is, so that a file is never without a row.

    `report_ids` are its reports in their order, each once, and `report_count` is how many: those asked for, in the end
    those that are in the file. `report_id` is the one of a file of one report. `matching` counts what was asked for,
    which may be more than a file holds (resolvers/exports/selection.py); `done` the reports that are written. `filters`
    are what was asked for as [key, value] (resolvers/exports/selection.py), `options` how it is to be written
    (jobs/exports/options.py). `names` are the ids of the subjects the file names: who fetches it must still be allowed
    to see them all, and so with `contacts`, the trainees whose e-mail addresses are in it.
    `left_out` are the reports that could not be written, [report id, why] each (resolvers/exports/left_out.py).
    `slot_id` is the slot of the schedule it was made for, if any.
    """

    __tablename__ = "export"
    __table_args__ = (
        Index(None, "report_id"),
        Index(None, "requested_by", "id"),
        Index(None, "expires_at"),
        Index(None, "slot_id", "requested_by", postgresql_where="slot_id is not null"),
    )

    id: Mapped[BigKey]
    report_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("report.id"))
    report_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    report_count: Mapped[int] = mapped_column(Integer, default=1)
    format: Mapped[str] = mapped_column(Text)
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    filters: Mapped[list[list[Any]]] = mapped_column(JSONB, default=list)
    matching: Mapped[int] = mapped_column(Integer, default=1)
    done: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[str] = mapped_column(Text, default=WorkState.QUEUED)
    file_name: Mapped[str | None] = mapped_column(Text)
    media_type: Mapped[str | None] = mapped_column(Text)
    file_key: Mapped[str | None] = mapped_column(Text)
    byte_size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(Text)
    names: Mapped[list[int]] = mapped_column(JSONB, default=list)
    contacts: Mapped[list[int]] = mapped_column(JSONB, default=list)
    left_out: Mapped[list[list[Any]]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    error: Mapped[str | None] = mapped_column(Text)
    requested_by: Mapped[int] = mapped_column(Integer, ForeignKey("account.id", ondelete="CASCADE"))
    slot_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("schedule_slot.id"))
    requested_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
