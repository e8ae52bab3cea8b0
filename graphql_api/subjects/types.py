"""The kinds of subject. The lists of children are those of resolvers/subjects/hierarchy.py."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import strawberry

from graphql_api.core.connections import Connection  # noqa: F401 (named as text: lists of types yet to come)
from graphql_api.core.context import Info
from graphql_api.core.ids import TYPE_NAMES
from graphql_api.core.look_ahead import PREPARE, Nodes, answer, nodes_of
from graphql_api.core.nodes import LOOK_UPS
from graphql_api.metrics.fields import metrics_field, trend_field
from graphql_api.metrics.loaders import calendars
from graphql_api.metrics.periods import Term, term_of
from graphql_api.subjects.interface import (
    PLURALS,
    TYPES,
    Subject,
    children_field,
    look_ahead_on_subjects,
    parent_field,
    subject_of,
)
from graphql_api.subjects.loaders import SubjectRef, subjects
from graphql_api.subjects.permissions import MayContact, MayMeasure
from models import SubjectKind
from resolvers.subjects.hierarchy import CHILDREN
from resolvers.subjects.look_ups import SubjectRow

Cls = TypeVar("Cls", bound=type)


def _subject_type(kind: SubjectKind, description: str | None = None) -> Callable[[Cls], Cls]:
    """Makes a class the GraphQL type of that kind, with a field for the children of each kind it has.

    `description`: where there is more to say of it than the sentence of the kind.
    """

    def decorate(cls: Cls) -> Cls:
        for child in CHILDREN[kind]:
            setattr(cls, PLURALS[child], children_field(kind, child))
        TYPES[kind] = strawberry.type(cls, description=description or kind.description)
        LOOK_UPS[TYPE_NAMES[kind]] = lambda info, number: subject_by_id(info, kind, number)
        return cls

    return decorate


async def subject_by_id(info: Info, kind: SubjectKind, number: int) -> Any:
    """The subject with that key, or None; what is selected below is loaded with it."""
    row = await subjects(info.context).load(SubjectRef(kind, number))
    if row is None:
        return None
    await look_ahead_on_subjects(info, [row], nodes_of(info))
    return subject_of(row)


def _school_id(row: SubjectRow) -> int:
    return row.school_id


def _parent_id(row: SubjectRow) -> int | None:
    return row.parent_id


async def _prepare_terms(info: Info, rows: Sequence[SubjectRow], _arguments: dict[str, Any], _nodes: Nodes) -> None:
    await calendars(info.context).load_many({row.id for row in rows})


def _terms(self: Any, info: Info) -> Any:
    def read() -> list[Term]:
        return [term_of(term) for term in calendars(info.context)[self.row.id].terms]

    return answer(info, read, lambda: _prepare_terms(info, [self.row], {}, nodes_of(info)))


@_subject_type(SubjectKind.SCHOOL, "A school: its zone decides where days begin and end.")
class School(Subject):
    """A school."""

    @strawberry.field(description="Its IANA time zone, such as Europe/London.")
    def time_zone(self) -> str:
        """Its time zone."""
        return self.row.timezone or ""

    @strawberry.field(description="Its language, a BCP 47 tag such as en-GB.")
    def locale(self) -> str | None:
        """Its language."""
        return self.row.locale

    terms = strawberry.field(
        resolver=_terms, graphql_type=list[Term], description="Its terms in order.", metadata={PREPARE: _prepare_terms}
    )


@_subject_type(SubjectKind.DEPARTMENT)
class Department(Subject):
    """A department."""

    school = parent_field(SubjectKind.SCHOOL, _school_id)


@_subject_type(SubjectKind.PROGRAMME)
class Programme(Subject):
    """A programme."""

    school = parent_field(SubjectKind.SCHOOL, _school_id)
    department = parent_field(SubjectKind.DEPARTMENT, _parent_id)


@_subject_type(SubjectKind.CLASS_GROUP)
class ClassGroup(Subject):
    """A class group."""

    school = parent_field(SubjectKind.SCHOOL, _school_id)
    programme = parent_field(SubjectKind.PROGRAMME, _parent_id)


@_subject_type(SubjectKind.COURSE, "A course. Groups of other programmes may take it, too.")
class Course(Subject):
    """A course."""

    school = parent_field(SubjectKind.SCHOOL, _school_id)
    programme = parent_field(SubjectKind.PROGRAMME, _parent_id)

    @strawberry.field(description="The code it goes by in the institution.")
    def code(self) -> str | None:
        """The code it goes by."""
        return self.row.code


@_subject_type(SubjectKind.TRAINER, "A trainer. They may teach outside of their home department, too.")
class Trainer(Subject):
    """A trainer."""

    school = parent_field(SubjectKind.SCHOOL, _school_id)
    department = parent_field(SubjectKind.DEPARTMENT, _parent_id)
    metrics = metrics_field(MayMeasure())
    trend = trend_field(MayMeasure())

    @strawberry.field(description="Their e-mail address.", extensions=[MayContact()])
    def email(self) -> str | None:
        """Their e-mail address."""
        return self.row.email


@_subject_type(SubjectKind.TRAINEE, "A trainee. Their class groups come from enrolments.")
class Trainee(Subject):
    """A trainee."""

    school = parent_field(SubjectKind.SCHOOL, _school_id)

    @strawberry.field(description="Their e-mail address.", extensions=[MayContact()])
    def email(self) -> str | None:
        """Their e-mail address."""
        return self.row.email
