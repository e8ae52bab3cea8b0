"""The declarative base: one metadata, one naming convention, one set of column types."""

from typing import Annotated

from sqlalchemy import BigInteger, ForeignKey, Identity, Integer, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every mapped class of Rollcall."""

    metadata = MetaData(naming_convention=NAMING)


# Source data counts in millions, so four bytes do; work and reports keep coming, so they take eight.
SmallKey = Annotated[int, mapped_column(Integer, Identity(), primary_key=True)]
BigKey = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
# text compared by code point, so that order and paging are the same on every server
CodePointText = Annotated[str, mapped_column(Text(collation="C"))]
SubjectKey = Annotated[int, mapped_column(Integer, ForeignKey("subject.id"))]
OptionalSubjectKey = Annotated[int | None, mapped_column(Integer, ForeignKey("subject.id"))]
DetailKey = Annotated[int, mapped_column(Integer, ForeignKey("subject.id", ondelete="CASCADE"), primary_key=True)]
