"""A school's house style: how the files made for it look and what they call things."""

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, DetailKey
from models.session import Instant


class Branding(Base):
    """An empty field is the built-in one (resolvers/schools/branding.py). Colours are #rrggbb, `logo` a PNG or JPEG.

    `template` replaces the page template of PDF files, `words` single texts of all files, by their English text.
    `changes` counts how often it was changed.
    """

    __tablename__ = "branding"

    school_id: Mapped[DetailKey]
    paper: Mapped[str | None] = mapped_column(Text)
    colour: Mapped[str | None] = mapped_column(Text)
    accent: Mapped[str | None] = mapped_column(Text)
    logo: Mapped[bytes | None] = mapped_column(LargeBinary)
    template: Mapped[str | None] = mapped_column(Text)
    words: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    changes: Mapped[int] = mapped_column(Integer, default=0)
    changed_at: Mapped[datetime] = mapped_column(Instant)
