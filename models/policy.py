"""A school's rules of counting; an empty field is the default of design section 4 (resolvers/metrics/policies.py)."""

from decimal import Decimal

from sqlalchemy import Boolean, ForeignKey, Integer, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Policy(Base):
    """Weights per mark (0 to 1), whether EXCUSED is expected, and the thresholds of the bands."""

    __tablename__ = "policy"

    school_id: Mapped[int] = mapped_column(Integer, ForeignKey("subject.id"), primary_key=True, autoincrement=False)
    present_weight: Mapped[Decimal | None] = mapped_column(Numeric)
    late_weight: Mapped[Decimal | None] = mapped_column(Numeric)
    excused_weight: Mapped[Decimal | None] = mapped_column(Numeric)
    absent_weight: Mapped[Decimal | None] = mapped_column(Numeric)
    excused_counts: Mapped[bool | None] = mapped_column(Boolean)
    late_after_minutes: Mapped[Decimal | None] = mapped_column(Numeric)
    chronic_threshold: Mapped[Decimal | None] = mapped_column(Numeric)
    chronic_min_expected: Mapped[int | None] = mapped_column(Integer)
    watch_below: Mapped[Decimal | None] = mapped_column(Numeric)
    at_risk_below: Mapped[Decimal | None] = mapped_column(Numeric)
