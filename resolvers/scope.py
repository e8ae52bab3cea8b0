"""Rights: what a viewer may see, as SQL. Applied inside `measure` and every look-up, so that no caller can forget it.

A viewer's scope is the union of what their ties open. A role honours the ties of its own level and below: an account
with role TRAINER and a department_id does not become a head.
"""

from collections.abc import Collection
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true

from models import ClassGroup, Course, Coverage, Programme, Role, Session, Subject, SubjectKind, Teaching, Trainer
from resolvers.viewers import Viewer

Ids = Select[int]
Opened = dict[SubjectKind, list[ColumnElement[bool]]]

# Which ties a role makes use of; the one table of roles.
HONOURED_TIES: Final[dict[Role, tuple[str, ...]]] = {
    Role.ADMIN: (),
    Role.PRINCIPAL: ("school_id", "department_id", "programme_id", "trainer_id", "trainee_id"),
    Role.DEPARTMENT_HEAD: ("department_id", "programme_id", "trainer_id", "trainee_id"),
    Role.PROGRAMME_COORDINATOR: ("programme_id", "trainer_id", "trainee_id"),
    Role.TRAINER: ("trainer_id", "trainee_id"),
    Role.TRAINEE: ("trainee_id",),
    Role.SERVICE: (),
}
_KINDS: Final = frozenset(SubjectKind)


def _ties(viewer: Viewer) -> dict[str, int]:
    held = ((tie, getattr(viewer, tie)) for tie in HONOURED_TIES[viewer.role])
    return {tie: subject_id for tie, subject_id in held if subject_id is not None}


def _below(programmes: Ids) -> Opened:
    """The groups of these programmes, and the courses, trainers and trainees that are or were with them."""
    groups = select(ClassGroup.id).where(ClassGroup.programme_id.in_(programmes))
    return {
        SubjectKind.CLASS_GROUP: [Subject.id.in_(groups)],
        SubjectKind.COURSE: [
            Subject.id.in_(select(Course.id).where(Course.programme_id.in_(programmes))),
            Subject.id.in_(select(Teaching.course_id).where(Teaching.class_group_id.in_(groups))),
        ],
        SubjectKind.TRAINER: [
            Subject.id.in_(
                select(Teaching.trainer_id).where(Teaching.class_group_id.in_(groups), Teaching.trainer_id.is_not(None))
            )
        ],
        SubjectKind.TRAINEE: [Subject.id.in_(select(Coverage.trainee_id).where(Coverage.class_group_id.in_(groups)))],
    }


def covers() -> ColumnElement[bool]:
    """Coverage ⋈ Session: the trainee was enrolled for that session on its day."""
    return and_(
        Coverage.class_group_id == Session.class_group_id,
        Session.day.between(Coverage.starts_on, Coverage.ends_on),
        or_(Coverage.course_id.is_(None), Coverage.course_id == Session.course_id),
    )


def _of_department(department_id: int) -> Opened:
    programmes = select(Programme.id).where(Programme.department_id == department_id)
    opened = _below(programmes)
    opened[SubjectKind.DEPARTMENT] = [Subject.id == department_id]
    opened[SubjectKind.PROGRAMME] = [Subject.id.in_(programmes)]
    opened[SubjectKind.TRAINER].append(Subject.id.in_(select(Trainer.id).where(Trainer.department_id == department_id)))
    return opened


def _of_programme(programme_id: int) -> Opened:
    opened = _below(select(Programme.id).where(Programme.id == programme_id))
    opened[SubjectKind.PROGRAMME] = [Subject.id == programme_id]
    return opened


def _of_trainer(trainer_id: int) -> Opened:
    def taught(column: ColumnElement[int]) -> ColumnElement[bool]:
        return Subject.id.in_(select(column).where(Teaching.trainer_id == trainer_id))

    met = select(Coverage.trainee_id).join(Session, covers()).where(Session.trainer_id == trainer_id)
    return {
        SubjectKind.TRAINER: [Subject.id == trainer_id],
        SubjectKind.CLASS_GROUP: [taught(Teaching.class_group_id.expression)],
        SubjectKind.COURSE: [taught(Teaching.course_id.expression)],
        SubjectKind.TRAINEE: [Subject.id.in_(met)],
    }


def _opened(tie: str, subject_id: int) -> Opened:
    match tie:
        case "school_id":
            return {kind: [Subject.school_id == subject_id] for kind in SubjectKind}
        case "department_id":
            return _of_department(subject_id)
        case "programme_id":
            return _of_programme(subject_id)
        case "trainer_id":
            return _of_trainer(subject_id)
        case _:
            return {SubjectKind.TRAINEE: [Subject.id == subject_id]}


def _union(viewer: Viewer, ties: Collection[str], kinds: Collection[SubjectKind]) -> ColumnElement[bool]:
    held = _ties(viewer)
    branches = [
        and_(Subject.kind == kind, or_(*conditions))
        for tie in ties
        if tie in held
        for kind, conditions in _opened(tie, held[tie]).items()
        if kind in kinds
    ]
    return or_(false(), *branches)


def visible(viewer: Viewer, kinds: Collection[SubjectKind] = _KINDS) -> ColumnElement[bool]:
    """The condition on `Subject` under which this viewer may know that a subject exists.

    `kinds` narrows the SQL to the kinds asked for; rows of other kinds are then not visible.
    """
    if viewer.role is Role.ADMIN:
        return Subject.kind.in_(kinds) if set(kinds) != _KINDS else true()
    return _union(viewer, HONOURED_TIES[viewer.role], kinds)


def measurable(viewer: Viewer, kinds: Collection[SubjectKind] = _KINDS) -> ColumnElement[bool]:
    """The condition under which this viewer may read figures and reports of a subject.

    As `visible`, but of trainers only: for ADMIN, PRINCIPAL, the head of the home department, and themselves.
    """
    if viewer.role is Role.ADMIN:
        return visible(viewer, kinds)
    ties = _ties(viewer)
    own: list[ColumnElement[bool]] = [false()]
    if SubjectKind.TRAINER in kinds:
        if "school_id" in ties:
            own.append(Subject.school_id == ties["school_id"])
        if "department_id" in ties:
            own.append(Subject.id.in_(select(Trainer.id).where(Trainer.department_id == ties["department_id"])))
        if "trainer_id" in ties:
            own.append(Subject.id == ties["trainer_id"])
    others = frozenset(kinds) - {SubjectKind.TRAINER}
    return or_(visible(viewer, others), and_(Subject.kind == SubjectKind.TRAINER, or_(*own)))


def contactable(viewer: Viewer) -> ColumnElement[bool]:
    """The condition under which this viewer may read a trainee's or trainer's e-mail address.

    ADMIN, PRINCIPAL, heads and coordinators over them, and themselves; not those who merely teach them.
    """
    if viewer.role is Role.ADMIN:
        return true()
    people = (SubjectKind.TRAINER, SubjectKind.TRAINEE)
    over = _union(viewer, ("school_id", "department_id", "programme_id"), people)
    themselves = [subject_id for tie, subject_id in _ties(viewer).items() if tie in ("trainer_id", "trainee_id")]
    return or_(over, Subject.id.in_(themselves)) if themselves else over
