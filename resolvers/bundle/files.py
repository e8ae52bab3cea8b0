"""The files of a source bundle: a declaration each, in the order in which they are read (parents before children).

Rules and derived columns are SQL over `e`, a row with what is given and what is stored: `e.val_x` is the value column x
will have, `e.cell_x` its text in the file, `e.was_x` what is stored; for a reference `e.school_x` is its school.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from models import Base, MarkStatus, Role, SessionStatus, SubjectKind
from resolvers.access.roles import ROLES, TIES
from resolvers.bundle.cells import (
    COUNT,
    DATE,
    EMAIL,
    FLAG,
    ID,
    INSTANT,
    LABEL,
    LOCALE,
    LONG_TEXT,
    MAXIMUM,
    MINUTES,
    NAME,
    SCORE,
    SHARE,
    SIGN_IN_EMAIL,
    ZONE,
    Cell,
    literal,
    words,
)

NOT_STORED: Final = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: how its cells are read, or the file whose ids they name. `stored`: its column in the table."""

    name: str
    cell: Cell = ID
    refers: str | None = None
    required: bool = False
    stored: str | None = None
    empty: str | None = None  # SQL for the value of an empty cell, over t (the stored row)

    @property
    def into(self) -> str:
        """The column of the table, or NOT_STORED where the value is only used to find another."""
        return self.name if self.stored is None else self.stored


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition under which a row is refused, and the sentence, both SQL; reported at `column`."""

    column: str
    when: str
    why: str


@dataclass(frozen=True, slots=True)
class File:
    """A file: its columns, its key, where its rows are kept, and what must hold of them.

    `home`: the references whose school the row must agree on, the deciding one first. `school`: SQL for the row's own
    school. `derived`: stored columns that are worked out, not given. `joins` may be used by them. `keeps`: columns of
    which the stored value is needed once the row is written.
    """

    name: str
    thing: str
    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("id",)
    kind: SubjectKind | None = None
    home: tuple[str, ...] = ()
    school: str | None = None
    moves: bool = False  # whether its rows have a stored school to stay in
    stored_school: str = "t.school_id"
    joins: str = ""
    extras: Mapping[str, str] = field(default_factory=dict)
    derived: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    keeps: tuple[str, ...] = ()

    @property
    def has_id(self) -> bool:
        """Whether rows are known by an id of the institution, not by what they tie together."""
        return self.key == ("id",)

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)

    def must_be_given(self, column: Column) -> bool:
        """Whether an empty cell is refused: required by the contract, or nowhere to keep an unknown."""
        if column.required or column.empty is not None or not column.into:
            return column.required
        stored = Base.metadata.tables[self.table].columns.get(column.into)
        return stored is not None and not stored.nullable


def _id() -> Column:
    return Column("id", required=True, stored="source_id")


def _name(*, stored: str | None = None) -> Column:
    return Column("name", NAME, required=True, stored=stored)


def _parent(name: str, refers: str, *, stored: str | None = None) -> Column:
    return Column(name, refers=refers, required=True, stored=stored)


def _link(name: str, refers: str) -> Column:
    return Column(name, refers=refers)


def _subject(
    name: str, thing: str, kind: SubjectKind, *columns: Column, keeps: tuple[str, ...] = (), home: str = ""
) -> File:
    return File(
        name,
        thing,
        table=kind.lower(),
        kind=kind,
        columns=(_id(), *columns),
        home=(home,) if home else (),
        moves=True,
        keeps=keeps,
    )


def _ordered(first: str, last: str) -> Rule:
    why = f"'is before ' || {literal(first)}"
    return Rule(last, f"e.val_{last} < e.val_{first}", why)


def _ties() -> tuple[Rule, ...]:
    return tuple(
        Rule(
            column,
            f"e.val_role in ({', '.join(literal(role) for role in roles)})"
            f" and e.val_{column} is null and e.cell_{column} is null",
            f"'is empty; a ' || e.val_role || ' is tied to a {column.removesuffix('_id')}'",
        )
        for column in TIES
        if (roles := [role for role, rights in ROLES.items() if rights.tie == column])
    )


FILES: Final[tuple[File, ...]] = (
    File(
        "schools",
        "school",
        table="school",
        kind=SubjectKind.SCHOOL,
        columns=(
            _id(),
            _name(),
            Column("timezone", ZONE, empty="coalesce(t.timezone, 'UTC')"),
            Column("locale", LOCALE),
        ),
        rules=(
            Rule(
                "timezone",
                "e.val_timezone <> e.was_timezone and exists (select from session s where s.school_id = e.target_id)",
                "'cannot change from ' || e.was_timezone || ' to ' || e.val_timezone || ': the school has sessions'",
            ),
        ),
    ),
    _subject(
        "departments",
        "department",
        SubjectKind.DEPARTMENT,
        _parent("school_id", "schools", stored=NOT_STORED),
        _name(),
        home="school_id",
    ),
    _subject(
        "programmes",
        "programme",
        SubjectKind.PROGRAMME,
        _parent("department_id", "departments"),
        _name(),
        home="department_id",
        keeps=("department_id",),
    ),
    _subject(
        "class_groups",
        "class group",
        SubjectKind.CLASS_GROUP,
        _parent("programme_id", "programmes"),
        _name(),
        home="programme_id",
        keeps=("programme_id",),
    ),
    _subject(
        "courses",
        "course",
        SubjectKind.COURSE,
        _parent("programme_id", "programmes"),
        Column("code", LABEL),
        _name(),
        home="programme_id",
        keeps=("programme_id",),
    ),
    _subject(
        "trainers",
        "trainer",
        SubjectKind.TRAINER,
        _parent("department_id", "departments"),
        _name(),
        Column("email", EMAIL),
        home="department_id",
    ),
    File(
        "trainees",
        "trainee",
        table="trainee",
        kind=SubjectKind.TRAINEE,
        columns=(
            _id(),
            _name(),
            Column("email", EMAIL),
            Column("school_id", refers="schools", stored=NOT_STORED),
        ),
        home=("school_id",),
        # "school_id (empty: that of the first enrolment)"; who is stored already has one
        school="coalesce(e.school_school_id, e.stored_school, e.x_first_school)",
        moves=True,
        joins="left join first_enrolment on first_enrolment.trainee_id = i.id",
        extras={"first_school": "first_enrolment.school_id", "enrolled": "first_enrolment.trainee_id is not null"},
        rules=(
            Rule(
                "school_id",
                "e.cell_school_id is null and coalesce(e.stored_school, e.x_first_school) is null",
                # of an enrolment in an unknown group the bad row is the enrolment's
                "case when not e.x_enrolled then 'is empty, and the trainee has no enrolment to take it from' end",
            ),
        ),
    ),
    File(
        "enrolments",
        "enrolment",
        table="enrolment",
        key=("trainee_id", "class_group_id", "course_id", "starts_on"),
        columns=(
            _parent("trainee_id", "trainees"),
            _parent("class_group_id", "class_groups"),
            _link("course_id", "courses"),
            Column("starts_on", DATE),
            Column("ends_on", DATE),
        ),
        home=("class_group_id", "trainee_id", "course_id"),
        rules=(_ordered("starts_on", "ends_on"),),
    ),
    File(
        "terms",
        "term",
        table="term",
        columns=(
            _id(),
            _parent("school_id", "schools"),
            _name(),
            Column("starts_on", DATE),
            Column("ends_on", DATE),
        ),
        home=("school_id",),
        moves=True,
        rules=(_ordered("starts_on", "ends_on"),),
    ),
    File(
        "holidays",
        "holiday",
        table="holiday",
        key=("school_id", "on"),
        columns=(
            _parent("school_id", "schools"),
            Column("on", DATE, required=True),
            _name(),
        ),
        home=("school_id",),
    ),
    File(
        "sessions",
        "session",
        table="session",
        columns=(
            _id(),
            _parent("course_id", "courses"),
            _parent("class_group_id", "class_groups"),
            _link("trainer_id", "trainers"),
            Column("starts_at", INSTANT, required=True),
            Column("ends_at", INSTANT, required=True),
            Column("status", words(SessionStatus, "session_status"), stored="flag"),
            Column("actual_starts_at", INSTANT),
            Column("actual_ends_at", INSTANT),
            Column("joint_id", LABEL),
        ),
        home=("class_group_id", "course_id", "trainer_id"),
        moves=True,
        joins="left join school z on z.id = f_class_group_id.school_id",
        extras={"zone": "z.timezone"},
        derived={"school_id": "e.school", "day": "(e.val_starts_at at time zone e.x_zone)::date"},
        rules=(_ordered("starts_at", "ends_at"), _ordered("actual_starts_at", "actual_ends_at")),
        keeps=("class_group_id", "day"),
    ),
    File(
        "attendance",
        "mark",
        table="mark",
        key=("session_id", "trainee_id"),
        columns=(
            _parent("session_id", "sessions"),
            _parent("trainee_id", "trainees"),
            Column("status", words(MarkStatus, "mark_status"), required=True),
            Column("arrived_at", INSTANT),
            Column("left_at", INSTANT),
            Column("reason", LONG_TEXT),
        ),
        home=("session_id", "trainee_id"),
        extras={"day": "f_session_id.day"},
        derived={"school_id": "e.school", "day": "e.x_day"},
        rules=(_ordered("arrived_at", "left_at"),),
    ),
    File(
        "assessments",
        "assessment",
        table="assessment",
        columns=(
            _id(),
            _parent("course_id", "courses"),
            _link("class_group_id", "class_groups"),
            _link("trainer_id", "trainers"),
            _name(),
            Column("kind", LABEL),
            Column("held_on", DATE),
            Column("max_score", MAXIMUM),
            Column("pass_score", SCORE),
        ),
        home=("class_group_id", "course_id", "trainer_id"),
        moves=True,
        derived={"school_id": "e.school"},
    ),
    File(
        "results",
        "result",
        table="result",
        key=("assessment_id", "trainee_id"),
        columns=(
            _parent("assessment_id", "assessments"),
            _parent("trainee_id", "trainees"),
            Column("score", SCORE),
        ),
        home=("assessment_id", "trainee_id"),
    ),
    File(
        "users",
        "user",
        table="account",
        columns=(
            _id(),
            Column("email", SIGN_IN_EMAIL),
            _name(),
            Column("role", words(Role), required=True),
            _link("school_id", "schools"),
            _link("department_id", "departments"),
            _link("programme_id", "programmes"),
            _link("trainer_id", "trainers"),
            _link("trainee_id", "trainees"),
        ),
        home=("school_id", "department_id", "programme_id", "trainer_id", "trainee_id"),
        moves=True,
        stored_school="(select s.school_id from subject s where s.id ="
        " coalesce(t.school_id, t.department_id, t.programme_id, t.trainer_id, t.trainee_id))",
        rules=_ties(),
        keeps=("role",),
    ),
    File(
        "policies",
        "policy",
        table="policy",
        key=("school_id",),
        columns=(
            _parent("school_id", "schools"),
            Column("present_weight", SHARE),
            Column("late_weight", SHARE),
            Column("excused_weight", SHARE),
            Column("absent_weight", SHARE),
            Column("excused_counts", FLAG),
            Column("late_after_minutes", MINUTES),
            Column("chronic_threshold", SHARE),
            Column("chronic_min_expected", COUNT),
            Column("watch_below", SHARE),
            Column("at_risk_below", SHARE),
        ),
        home=("school_id",),
        keeps=("late_after_minutes",),
    ),
)

FILE: Final[Mapping[str, File]] = {file.name: file for file in FILES}
