"""What reports are about: one row per subject, and a detail table per kind that shares its key."""

import unicodedata
from typing import Final

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CodePointText, DetailKey, SmallKey, SubjectKey
from models.vocabulary import SubjectKind

MOST_SORT_KEY_BYTES: Final = 2_000
"""An index entry may have 2,704 bytes, and the sort key shares it with three others."""


def folded(name: str) -> str:
    """The name case-folded and without accents."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def sort_key(name: str) -> str:
    """What lists are ordered by, the same on every server: the folded name, or as much of it as an index entry takes.

    Names that begin with the same 2,000 bytes stand in the order of their ids, as equal ones do.
    """
    return folded(name).encode()[:MOST_SORT_KEY_BYTES].decode(errors="ignore")


class Subject(Base):
    """One school, department, programme, class group, course, trainer or trainee; a school is its own school."""

    __tablename__ = "subject"
    __table_args__ = (
        UniqueConstraint("kind", "source_id"),
        Index(None, "kind", "sort_key", "id"),
        Index(None, "school_id", "kind", "sort_key", "id"),
        CheckConstraint("kind in ({})".format(", ".join(f"'{kind}'" for kind in SubjectKind)), name="kind"),
    )

    id: Mapped[SmallKey]
    kind: Mapped[str] = mapped_column(Text)
    school_id: Mapped[SubjectKey]
    source_id: Mapped[CodePointText]
    name: Mapped[str] = mapped_column(Text)
    sort_key: Mapped[CodePointText]


class School(Base):
    """Where days begin and end: the zone cannot change once sessions exist."""

    __tablename__ = "school"

    id: Mapped[DetailKey]
    timezone: Mapped[str] = mapped_column(Text)
    locale: Mapped[str | None] = mapped_column(Text)


class Department(Base):
    """A department; its school is that of its subject."""

    __tablename__ = "department"

    id: Mapped[DetailKey]


class Programme(Base):
    """A programme of study of one department."""

    __tablename__ = "programme"

    id: Mapped[DetailKey]
    department_id: Mapped[SubjectKey] = mapped_column(index=True)


class ClassGroup(Base):
    """A group that is taught together; it carries programme, department and school of every fact."""

    __tablename__ = "class_group"

    id: Mapped[DetailKey]
    programme_id: Mapped[SubjectKey] = mapped_column(index=True)


class Course(Base):
    """A course; its programme is a home link, groups of other programmes may take it."""

    __tablename__ = "course"

    id: Mapped[DetailKey]
    programme_id: Mapped[SubjectKey] = mapped_column(index=True)
    code: Mapped[str | None] = mapped_column(Text)


class Trainer(Base):
    """A trainer; the department is a home link, they may teach elsewhere."""

    __tablename__ = "trainer"

    id: Mapped[DetailKey]
    department_id: Mapped[SubjectKey] = mapped_column(index=True)
    email: Mapped[str | None] = mapped_column(Text)


class Trainee(Base):
    """A trainee; class groups come from enrolments."""

    __tablename__ = "trainee"

    id: Mapped[DetailKey]
    email: Mapped[str | None] = mapped_column(Text)


DETAILS: dict[SubjectKind, type[Base]] = {
    SubjectKind.SCHOOL: School,
    SubjectKind.DEPARTMENT: Department,
    SubjectKind.PROGRAMME: Programme,
    SubjectKind.CLASS_GROUP: ClassGroup,
    SubjectKind.COURSE: Course,
    SubjectKind.TRAINER: Trainer,
    SubjectKind.TRAINEE: Trainee,
}
