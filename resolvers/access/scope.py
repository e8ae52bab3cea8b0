"""Rights: what a viewer may see, as SQL. Applied inside `measure` and every look-up, so that no caller can forget it.

A viewer's scope is the union of what their ties open; which ties a role makes use of is in roles.py.
"""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, true, union_all

from models import ClassGroup, Course, Coverage, Programme, Session, Subject, SubjectKind, Teaching, Trainer
from resolvers.access.roles import OWN_TIES
from resolvers.access.viewers import Viewer

Ids = Select[int] | Select[int | None]
Opened = dict[SubjectKind, list[Ids]]

WHO_MAY_CONTACT: Final = "ADMIN, PRINCIPAL, the heads and coordinators over them, and themselves"
"""Who may read somebody's e-mail address (`contactable`), in words."""
_KINDS: Final = frozenset(SubjectKind)


def _below(programmes: Ids) -> Opened:
    """The groups of these programmes, and the courses, trainers and trainees that are or were with them."""
    groups = select(ClassGroup.id).where(ClassGroup.programme_id.in_(programmes))
    return {
        SubjectKind.CLASS_GROUP: [groups],
        SubjectKind.COURSE: [
            select(Course.id).where(Course.programme_id.in_(programmes)),
            select(Teaching.course_id).where(Teaching.class_group_id.in_(groups)),
        ],
        SubjectKind.TRAINER: [
            select(Teaching.trainer_id).where(Teaching.class_group_id.in_(groups), Teaching.trainer_id.is_not(None))
        ],
        SubjectKind.TRAINEE: [select(Coverage.trainee_id).where(Coverage.class_group_id.in_(groups))],
    }


def covers() -> ColumnElement[bool]:
    """Coverage ⋈ Session: the trainee was enrolled for that session on its day."""
    return and_(
        Coverage.class_group_id == Session.class_group_id,
        Session.day.between(Coverage.starts_on, Coverage.ends_on),
        or_(Coverage.course_id.is_(None), Coverage.course_id == Session.course_id),
    )


def _one(kind: SubjectKind, subject_id: int) -> Ids:
    return select(Subject.id).where(Subject.id == subject_id, Subject.kind == kind)


def _of_department(department_id: int) -> Opened:
    programmes = select(Programme.id).where(Programme.department_id == department_id)
    opened = _below(programmes)
    opened[SubjectKind.DEPARTMENT] = [_one(SubjectKind.DEPARTMENT, department_id)]
    opened[SubjectKind.PROGRAMME] = [programmes]
    opened[SubjectKind.TRAINER].append(_at_home(department_id))
    return opened


def _at_home(department_id: int) -> Ids:
    return select(Trainer.id).where(Trainer.department_id == department_id)


def _of_programme(programme_id: int) -> Opened:
    opened = _below(select(Programme.id).where(Programme.id == programme_id))
    opened[SubjectKind.PROGRAMME] = [_one(SubjectKind.PROGRAMME, programme_id)]
    return opened


def _of_trainer(trainer_id: int) -> Opened:
    taught = Teaching.trainer_id == trainer_id
    # From the groups to their trainees, and of each only whether there was a session: not every trainee of each one.
    met = select(Coverage.trainee_id).where(
        Coverage.class_group_id.in_(select(Teaching.class_group_id).where(taught)),
        exists(select(Session.id).where(Session.trainer_id == trainer_id, covers()).correlate(Coverage)),
    )
    return {
        SubjectKind.TRAINER: [_one(SubjectKind.TRAINER, trainer_id)],
        SubjectKind.CLASS_GROUP: [select(Teaching.class_group_id).where(taught)],
        SubjectKind.COURSE: [select(Teaching.course_id).where(taught)],
        SubjectKind.TRAINEE: [met],
    }


def _opened(tie: str, subject_id: int) -> Opened:
    match tie:
        case "department_id":
            return _of_department(subject_id)
        case "programme_id":
            return _of_programme(subject_id)
        case "trainer_id":
            return _of_trainer(subject_id)
        case "trainee_id":
            return {SubjectKind.TRAINEE: [_one(SubjectKind.TRAINEE, subject_id)]}
        case _:  # a school is a column of Subject: _condition
            return {}


def _ids(held: dict[str, int], kinds: Collection[SubjectKind]) -> list[Ids]:
    """The subjects of these kinds that the ties open, a school's apart."""
    opened = [_opened(tie, subject_id) for tie, subject_id in held.items()]
    return [ids for one in opened for kind, found in one.items() if kind in kinds for ids in found]


def _condition(held: dict[str, int], kinds: Collection[SubjectKind], ids: Sequence[Ids]) -> ColumnElement[bool]:
    # One subquery for all ids, so that the database can begin with it instead of asking it about every subject.
    conditions: list[ColumnElement[bool]] = [Subject.id.in_(union_all(*ids) if len(ids) > 1 else ids[0])] if ids else []
    if "school_id" in held:
        conditions.append(and_(Subject.school_id == held["school_id"], *_of_kinds(kinds)))
    return or_(false(), *conditions)


def _of_kinds(kinds: Collection[SubjectKind]) -> list[ColumnElement[bool]]:
    return [] if set(kinds) == _KINDS else [Subject.kind.in_(sorted(kinds))]


def visible(viewer: Viewer, kinds: Collection[SubjectKind] = _KINDS) -> ColumnElement[bool]:
    """The condition on `Subject` under which this viewer may know that a subject exists.

    `kinds` narrows the SQL to the kinds asked for; rows of other kinds are then not visible.
    """
    if viewer.sees_everything:
        return and_(true(), *_of_kinds(kinds))
    held = viewer.ties
    return _condition(held, kinds, _ids(held, kinds))


def measurable(viewer: Viewer, kinds: Collection[SubjectKind] = _KINDS) -> ColumnElement[bool]:
    """The condition under which this viewer may read figures and reports of a subject.

    As `visible`, but of trainers only: for ADMIN, PRINCIPAL, the head of the home department, and themselves.
    """
    if viewer.sees_everything:
        return visible(viewer, kinds)
    held = viewer.ties
    ids = _ids(held, frozenset(kinds) - {SubjectKind.TRAINER})
    if SubjectKind.TRAINER in kinds:
        if "department_id" in held:
            ids.append(_at_home(held["department_id"]))
        if "trainer_id" in held:
            ids.append(_one(SubjectKind.TRAINER, held["trainer_id"]))
    return _condition(held, kinds, ids)


def contactable(viewer: Viewer) -> ColumnElement[bool]:
    """The condition under which this viewer may read a trainee's or trainer's e-mail address.

    ADMIN, PRINCIPAL, heads and coordinators over them, and themselves; not those who merely teach them.
    """
    if viewer.sees_everything:
        return true()
    people = (SubjectKind.TRAINER, SubjectKind.TRAINEE)
    held = viewer.ties
    over = {tie: subject_id for tie, subject_id in held.items() if tie not in OWN_TIES}
    themselves = [subject_id for tie, subject_id in held.items() if tie in OWN_TIES]
    known = _condition(over, people, _ids(over, people))
    return or_(known, Subject.id.in_(themselves)) if themselves else known


def contacts_others(viewer: Viewer) -> bool:
    """Whether `contactable` can hold for anybody but the viewer."""
    return viewer.sees_everything or not viewer.ties.keys() <= OWN_TIES
