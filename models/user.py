"""Who may sign in, as what, and tied to which subjects."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CodePointText, OptionalSubjectKey, SmallKey
from models.vocabulary import Role


class User(Base):
    """An account: one role and up to five ties. Without a password hash nobody signs in by password."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("source_id"),
        UniqueConstraint("email"),
        CheckConstraint("role in ({})".format(", ".join(f"'{role}'" for role in Role)), name="role"),
    )

    id: Mapped[SmallKey]
    source_id: Mapped[CodePointText]
    # kept in lower case: an address signs in however it is typed
    email: Mapped[str | None] = mapped_column(Text(collation="C"))
    name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    school_id: Mapped[OptionalSubjectKey]
    department_id: Mapped[OptionalSubjectKey]
    programme_id: Mapped[OptionalSubjectKey]
    trainer_id: Mapped[OptionalSubjectKey]
    trainee_id: Mapped[OptionalSubjectKey]
    password_hash: Mapped[str | None] = mapped_column(Text)
    # tokens issued before this instant are void: set when the password or the role changes
    tokens_from: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
