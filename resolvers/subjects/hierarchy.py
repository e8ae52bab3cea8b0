"""Parents and children along the dimensions: which subjects of one kind belong to a subject of another.

A parent's children are those at home there plus those that taught or met there. Every relation goes through class
groups, because a session, mark or result belongs where its class group belongs.
"""

from typing import Any, Final

from sqlalchemy import CompoundSelect, Select, and_, exists, or_, select, union
from sqlalchemy.orm import aliased

from models import ClassGroup, Course, Coverage, Programme, Session, Subject, SubjectKind, Teaching, Trainer
from resolvers.access.scope import covers

Columns = tuple[Any, ...]
Pairs = Select[*Columns] | CompoundSelect[*Columns]

_K: Final = SubjectKind
# the kinds a subject of each kind has below or beside it
CHILDREN: Final[dict[SubjectKind, tuple[SubjectKind, ...]]] = {
    _K.SCHOOL: (_K.DEPARTMENT, _K.PROGRAMME, _K.CLASS_GROUP, _K.COURSE, _K.TRAINER, _K.TRAINEE),
    _K.DEPARTMENT: (_K.PROGRAMME, _K.CLASS_GROUP, _K.COURSE, _K.TRAINER, _K.TRAINEE),
    _K.PROGRAMME: (_K.CLASS_GROUP, _K.COURSE, _K.TRAINER, _K.TRAINEE),
    _K.CLASS_GROUP: (_K.COURSE, _K.TRAINER, _K.TRAINEE),
    _K.COURSE: (_K.CLASS_GROUP, _K.TRAINER, _K.TRAINEE),
    _K.TRAINER: (_K.CLASS_GROUP, _K.COURSE, _K.TRAINEE),
    _K.TRAINEE: (_K.CLASS_GROUP, _K.COURSE, _K.TRAINER),
}
# the column of Teaching that a course or trainer is linked to groups by
_TAUGHT: Final = {_K.COURSE: Teaching.course_id, _K.TRAINER: Teaching.trainer_id}
_MET: Final = {_K.COURSE: Session.course_id, _K.TRAINER: Session.trainer_id}


def children(parent: SubjectKind, child: SubjectKind) -> Pairs:
    """Distinct pairs (parent_id, child_id) of two kinds; join or filter on parent_id."""
    if child not in CHILDREN[parent]:
        raise KeyError(f"{parent} has no {child}")
    if parent is _K.SCHOOL:
        return select(Subject.school_id.label("parent_id"), Subject.id.label("child_id")).where(Subject.kind == child)
    if parent is _K.TRAINEE:
        return _of_trainee(child)
    if child is _K.PROGRAMME:
        return select(Programme.department_id.label("parent_id"), Programme.id.label("child_id"))
    if child is _K.CLASS_GROUP:
        return _groups(parent)
    if child is _K.TRAINEE and parent in _MET:
        return _met(parent)
    return _through_groups(parent, child)


def _met(parent: SubjectKind) -> Pairs:
    """The trainees of the groups it met, enrolled on the day of a session: asked is only whether there is one."""
    taught = _groups(parent).subquery("taught")
    session = select(Session.id).where(_MET[parent] == taught.c.parent_id, covers())
    return (
        select(taught.c.parent_id, Coverage.trainee_id.label("child_id"))
        .join(Coverage, Coverage.class_group_id == taught.c.child_id)
        .where(exists(session.correlate(taught, Coverage)))
        .distinct()
    )


def _groups(parent: SubjectKind) -> Pairs:
    if parent in _TAUGHT:
        taught = _TAUGHT[parent]
        return (
            select(taught.label("parent_id"), Teaching.class_group_id.label("child_id"))
            .where(taught.is_not(None))
            .distinct()
        )
    if parent is _K.PROGRAMME:
        return select(ClassGroup.programme_id.label("parent_id"), ClassGroup.id.label("child_id"))
    if parent is _K.CLASS_GROUP:
        return select(ClassGroup.id.label("parent_id"), ClassGroup.id.label("child_id"))
    return select(Programme.department_id.label("parent_id"), ClassGroup.id.label("child_id")).join(
        ClassGroup, ClassGroup.programme_id == Programme.id
    )


def _through_groups(parent: SubjectKind, child: SubjectKind) -> Pairs:
    groups = _groups(parent).subquery("groups")
    if child is _K.TRAINEE:
        return (
            select(groups.c.parent_id, Coverage.trainee_id.label("child_id"))
            .join(Coverage, Coverage.class_group_id == groups.c.child_id)
            .distinct()
        )
    if parent in _TAUGHT:  # which courses a trainer taught, which trainers taught a course: to whichever group
        taught = select(_TAUGHT[parent].label("parent_id"), _TAUGHT[child].label("child_id"))
        return taught.where(_TAUGHT[parent].is_not(None), _TAUGHT[child].is_not(None)).distinct()
    met = (
        select(groups.c.parent_id, _TAUGHT[child].label("child_id"))
        .join(Teaching, Teaching.class_group_id == groups.c.child_id)
        .where(_TAUGHT[child].is_not(None))
    )
    home = _at_home(parent, child)
    return met.distinct() if home is None else union(met, home)


def _at_home(parent: SubjectKind, child: SubjectKind) -> Select[*Columns] | None:
    if child is _K.COURSE and parent is _K.PROGRAMME:
        return select(Course.programme_id.label("parent_id"), Course.id.label("child_id"))
    if child is _K.COURSE and parent is _K.DEPARTMENT:
        return select(Programme.department_id.label("parent_id"), Course.id.label("child_id")).join(
            Course, Course.programme_id == Programme.id
        )
    if child is _K.TRAINER and parent is _K.DEPARTMENT:
        return select(Trainer.department_id.label("parent_id"), Trainer.id.label("child_id"))
    return None


def _of_trainee(child: SubjectKind) -> Pairs:
    parent_id = Coverage.trainee_id.label("parent_id")
    if child is _K.CLASS_GROUP:
        return select(parent_id, Coverage.class_group_id.label("child_id")).distinct()
    taught = _TAUGHT[child]
    for_course = or_(Coverage.course_id.is_(None), Coverage.course_id == Teaching.course_id)
    joined = and_(Coverage.class_group_id == Teaching.class_group_id, for_course)
    return select(parent_id, taught.label("child_id")).join(Teaching, joined).where(taught.is_not(None)).distinct()


def within(parent_id: int, parent: SubjectKind, child: SubjectKind) -> Select[*Columns]:
    """The ids of the children of one subject."""
    pairs = aliased(children(parent, child).subquery())
    return select(pairs.c.child_id).where(pairs.c.parent_id == parent_id)
