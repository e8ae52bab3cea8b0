"""Deliveries: e-mails and webhook calls, each attempt written down."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigKey
from models.session import Instant
from models.vocabulary import WorkState


class Webhook(Base):
    """An address of an account that is called, signed after Standard Webhooks.

    `secrets` are the ones calls are signed with, newest first, each `{"secret", "until"}`; an old one goes on until its
    `until`, so that the receiver can change over. A deleted one is not called any more and keeps its log.
    """

    __tablename__ = "webhook"
    __table_args__ = (Index(None, "owner_id", "id"),)

    id: Mapped[BigKey]
    owner_id: Mapped[int] = mapped_column(Integer, ForeignKey("account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    secrets: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    deleted: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(Instant)


class Delivery(Base):
    """One message to one receiver: an account's e-mail, an address without an account, or a webhook.

    `key` names the message, so that it is written once; `content` holds what it is about (ids, never names).
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("key"),
        Index(None, "account_id", "id"),
        Index(None, "webhook_id", "id", postgresql_where="webhook_id is not null"),
        Index(None, "alert_id", postgresql_where="alert_id is not null"),
        Index(None, "slot_id", postgresql_where="slot_id is not null"),
        # what is not sent is counted by whoever watches from outside
        Index("ix_delivery_unsent", "channel", "state", postgresql_where="state <> 'SUCCEEDED'"),
    )

    id: Mapped[BigKey]
    key: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("account.id", ondelete="CASCADE"))
    address: Mapped[str | None] = mapped_column(Text)
    webhook_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("webhook.id", ondelete="CASCADE"))
    alert_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("alert.id", ondelete="CASCADE"))
    slot_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("schedule_slot.id"))
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(Text, default=WorkState.QUEUED)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    next_attempt_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class DeliveryAttempt(Base):
    """One attempt at a delivery and how it ended: the answer's status code, or why there was none."""

    __tablename__ = "delivery_attempt"
    __table_args__ = (UniqueConstraint("delivery_id", "number"),)

    id: Mapped[BigKey]
    delivery_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("delivery.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    attempted_at: Mapped[datetime] = mapped_column(Instant)
    milliseconds: Mapped[int] = mapped_column(Integer)
    status: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(Text)
