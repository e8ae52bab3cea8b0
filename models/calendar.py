"""The school's calendar: terms and holidays."""

from datetime import date

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CodePointText, SmallKey, SubjectKey


class Term(Base):
    """A named range of days of one school, both ends included; one without both dates is no period yet."""

    __tablename__ = "term"
    __table_args__ = (UniqueConstraint("source_id"),)

    id: Mapped[SmallKey]
    source_id: Mapped[CodePointText]
    school_id: Mapped[SubjectKey] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(Text)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]


class Holiday(Base):
    """A day on which a school does not teach."""

    __tablename__ = "holiday"

    school_id: Mapped[SubjectKey] = mapped_column(primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(Text)
