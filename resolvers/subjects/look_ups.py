"""Looking subjects up: by id, by the institution's id, in lists and as somebody's children; always within scope."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Subject, SubjectKind
from models.subject import DETAILS, MOST_SORT_KEY_BYTES, folded
from resolvers.access.scope import contactable, measurable, visible
from resolvers.access.viewers import Viewer
from resolvers.core.any_of import any_of
from resolvers.core.paging import Page, PageRequest, beyond, count_up_to, cut, in_order
from resolvers.core.problems import Refusal
from resolvers.subjects.hierarchy import CHILDREN, children, within


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """A subject the viewer may see.

    parent_id is its home one level up (department of a programme or trainer, programme of a group or course).
    may_contact: its e-mail may be read. may_measure: its figures and reports may be read.
    """

    id: int
    kind: SubjectKind
    school_id: int
    source_id: str
    name: str
    sort_key: str
    parent_id: int | None = None
    code: str | None = None
    email: str | None = field(default=None, repr=False)
    timezone: str | None = None
    locale: str | None = None
    may_contact: bool = False
    may_measure: bool = False


@dataclass(frozen=True, slots=True)
class SubjectQuery:
    """Which subjects of a list: name or id containing a text, given ids, of one school, within another subject."""

    search: str | None = None
    ids: tuple[int, ...] | None = None
    source_ids: tuple[str, ...] | None = None
    within: int | None = None


def _details(kind: SubjectKind) -> dict[str, ColumnElement[Any]]:
    """The detail columns of a kind by the name of the field: what refers to another subject is the parent."""
    table = DETAILS[kind]
    return {
        "parent_id" if column.foreign_keys else column.name: getattr(table, column.name).expression
        for column in table.__table__.columns
        if not column.primary_key
    }


_DETAILS: Final = {kind: _details(kind) for kind in SubjectKind}
_MOST_CHARACTER_BYTES: Final = 4
_PEOPLE: Final = (SubjectKind.TRAINER, SubjectKind.TRAINEE)


def _selected(viewer: Viewer, kind: SubjectKind) -> Select[*tuple[Any, ...]]:
    columns: list[ColumnElement[Any]] = [
        Subject.id.expression,
        Subject.kind.expression,
        Subject.school_id.expression,
        Subject.source_id.expression,
        Subject.name.expression,
        Subject.sort_key.expression,
        *(column.label(name) for name, column in _DETAILS[kind].items()),
    ]
    if kind in _PEOPLE:
        columns.append(contactable(viewer).label("may_contact"))
    if kind is SubjectKind.TRAINER:
        columns.append(measurable(viewer, (kind,)).label("may_measure"))
    statement = select(*columns).where(Subject.kind == kind, visible(viewer, (kind,)))
    table: Any = DETAILS[kind]
    # Every subject has its details; told with an outer join, the planner knows that none is lost, and pages in order.
    return statement.outerjoin(table, table.id == Subject.id) if _DETAILS[kind] else statement


def _row(row: Any) -> SubjectRow:
    values = dict(row)
    values["kind"] = SubjectKind(values["kind"])
    # everybody who sees a subject of another kind may read its figures
    values.setdefault("may_measure", True)
    return SubjectRow(**{name: value for name, value in values.items() if name in SubjectRow.__dataclass_fields__})


async def subjects_by_ids(
    session: AsyncSession, viewer: Viewer, ids: Collection[int], kinds: Collection[SubjectKind] | None = None
) -> dict[int, SubjectRow]:
    """Those of the subjects the viewer may see, by id; one statement per kind, `kinds` unless they are known."""
    if kinds is None:
        found = await session.scalars(select(Subject.kind).where(any_of(Subject.id, ids)).distinct())
        kinds = [SubjectKind(kind) for kind in found]
    rows: dict[int, SubjectRow] = {}
    for kind in kinds:
        result = await session.execute(_selected(viewer, kind).where(any_of(Subject.id, ids)))
        rows.update({row["id"]: _row(row) for row in result.mappings()})
    return rows


async def subject_by_source_id(
    session: AsyncSession, viewer: Viewer, kind: SubjectKind, source_id: str
) -> SubjectRow | None:
    """The subject of that kind with the institution's own id, if the viewer may see it."""
    result = await session.execute(_selected(viewer, kind).where(Subject.source_id == source_id))
    row = result.mappings().one_or_none()
    return _row(row) if row else None


async def _filtered(
    session: AsyncSession, viewer: Viewer, kind: SubjectKind, query: SubjectQuery
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.search:
        searched = query.search.strip()
        # of a name whose sort key is cut the rest is searched as it stands
        cut_short = func.octet_length(Subject.sort_key) > MOST_SORT_KEY_BYTES - _MOST_CHARACTER_BYTES
        conditions.append(
            or_(
                Subject.sort_key.contains(folded(searched), autoescape=True),
                Subject.source_id.contains(searched, autoescape=True),
                and_(cut_short, Subject.name.icontains(searched, autoescape=True)),
            )
        )
    if query.ids is not None:
        conditions.append(Subject.id.in_(query.ids))
    if query.source_ids is not None:
        conditions.append(Subject.source_id.in_(query.source_ids))
    if query.within is not None:
        conditions.append(Subject.id.in_(await ids_within(session, viewer, query.within, kind)))
    return conditions


async def ids_within(
    session: AsyncSession, viewer: Viewer, parent_id: int, kind: SubjectKind
) -> Select[*tuple[Any, ...]]:
    """The ids of a visible subject's children of one kind, as a subquery; the subject itself for its own kind."""
    parent = (await subjects_by_ids(session, viewer, [parent_id])).get(parent_id)
    if parent is None:
        raise Refusal("there is no such subject", ("within",))
    if parent.kind is kind:
        return select(Subject.id).where(Subject.id == parent_id)
    if kind not in CHILDREN[parent.kind]:
        raise Refusal(f"a {parent.kind} has no {kind} within it", ("within",))
    return within(parent_id, parent.kind, kind)


async def list_subjects(
    session: AsyncSession, viewer: Viewer, kind: SubjectKind, query: SubjectQuery, asked: PageRequest
) -> Page[SubjectRow]:
    """One page of the subjects of a kind, by sort key and id; keys are (sort_key, id)."""
    statement = _selected(viewer, kind).where(*await _filtered(session, viewer, kind, query))
    keys = (Subject.sort_key, Subject.id)
    page = statement.where(*beyond(keys, asked)).order_by(*in_order(keys, asked)).limit(asked.size + 1)
    result = await session.execute(page)
    return cut([_row(row) for row in result.mappings()], asked)


async def count_subjects(session: AsyncSession, viewer: Viewer, kind: SubjectKind, query: SubjectQuery) -> int | None:
    """How many subjects the whole list has; exact up to 10,000, None beyond."""
    conditions = (Subject.kind == kind, visible(viewer, (kind,)), *await _filtered(session, viewer, kind, query))
    return await count_up_to(session, select(Subject.id).where(*conditions))


def _pairs(parent: SubjectKind, child: SubjectKind, parent_ids: Collection[int]) -> Subquery:
    pairs = children(parent, child).subquery()
    return select(pairs).where(pairs.c.parent_id.in_(sorted(parent_ids))).subquery("pairs")


async def children_of(
    session: AsyncSession,
    viewer: Viewer,
    parent: SubjectKind,
    parent_ids: Sequence[int],
    child: SubjectKind,
    asked: PageRequest,
) -> dict[int, Page[SubjectRow]]:
    """One page of children for each parent, in one statement; the same page arguments for all."""
    pairs = _pairs(parent, child, parent_ids)
    keys = (Subject.sort_key, Subject.id)
    conditions = beyond(keys, asked)
    place = func.row_number().over(partition_by=pairs.c.parent_id, order_by=in_order(keys, asked)).label("place")
    ranked = (
        _selected(viewer, child)
        .add_columns(pairs.c.parent_id.label("of_parent"), place)
        .join(pairs, pairs.c.child_id == Subject.id)
        .where(*conditions)
        .subquery("ranked")
    )
    result = await session.execute(
        select(ranked).where(ranked.c.place <= asked.size + 1).order_by(ranked.c.of_parent, ranked.c.place)
    )
    found: dict[int, list[SubjectRow]] = {parent_id: [] for parent_id in parent_ids}
    for row in result.mappings():
        found[row["of_parent"]].append(_row(row))
    return {parent_id: cut(rows, asked) for parent_id, rows in found.items()}


async def count_children(
    session: AsyncSession, viewer: Viewer, parent: SubjectKind, parent_ids: Sequence[int], child: SubjectKind
) -> dict[int, int]:
    """How many children of one kind each parent has that the viewer may see; one statement."""
    pairs = _pairs(parent, child, parent_ids)
    result = await session.execute(
        select(pairs.c.parent_id, func.count())
        .join(Subject, and_(Subject.id == pairs.c.child_id, Subject.kind == child))
        .where(visible(viewer, (child,)))
        .group_by(pairs.c.parent_id)
    )
    counts = dict.fromkeys(parent_ids, 0)
    counts.update({row[0]: row[1] for row in result})
    return counts
