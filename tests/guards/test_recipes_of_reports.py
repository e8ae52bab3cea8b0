"""The recipes of docs/adding.md for reports, followed in a copy that then counts, stores, answers and writes files."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from models.schema_version import known_revisions
from tests.guards.copied import ROOT, Copy
from tests.support.bundles import Bundle, bundle_of, write_bundle
from tests.support.worked_examples import school

ASKED: Final = (ROOT / "tests" / "guards" / "asked.py").read_text(encoding="utf-8")
# Ann and Bob are in G, Cy is in H, and both groups have the hour of the 2nd together.
BUNDLE: Final = school(
    "UTC",
    trainees="id,name,school_id\nann,Ann,\nbob,Bob,\ncy,Cy,",
    enrolments="trainee_id,class_group_id\nann,G\nbob,G\ncy,H",
    sessions="""id,course_id,class_group_id,trainer_id,starts_at,ends_at,status,joint_id
        s1,C,G,T,2026-03-02T09:00:00Z,2026-03-02T10:00:00Z,HELD,j
        s2,C,H,T,2026-03-02T09:00:00Z,2026-03-02T10:00:00Z,HELD,j
        s3,C,G,T,2026-03-03T09:00:00Z,2026-03-03T11:00:00Z,HELD,
        s4,E,G,U,2026-03-03T13:00:00Z,2026-03-03T14:00:00Z,HELD,
        s5,C,H,U,2026-03-04T09:00:00Z,2026-03-04T10:00:00Z,,""",
    attendance="""session_id,trainee_id,status
        s1,ann,PRESENT
        s1,bob,ABSENT
        s2,cy,PRESENT
        s3,ann,PRESENT
        s3,bob,LATE
        s4,ann,PRESENT
        s4,bob,ABSENT""",
)
KIND: Final = "A report kind"
SECTION: Final = "A section of reports"
ROOM_OF: Final = {"s1": "R1", "s2": "R1", "s3": "R1", "s4": "R2", "s5": "R2"}


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path / "copy")


def asked(copy: Copy, bundle: Bundle, **of: Any) -> Any:
    """What asked.py prints in the copy."""
    folder = copy.folder.parent / "bundle"
    write_bundle(bundle, folder)
    return json.loads(copy.answer(ASKED, json.dumps({"bundle": str(folder), **of})))


def fields_of(schema: str, type_: str) -> list[str]:
    """The names of the fields of a type that implements something."""
    [found] = re.findall(rf"^type {type_} implements .*?^}}", schema, re.MULTILINE | re.DOTALL)
    return re.findall(r"^  (\w+)[(:]", found, re.MULTILINE)


ROOM_MIGRATION: Final = '''"""Rooms, and which of them a session is held in."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{last}"


def upgrade() -> None:
    kinds = "'SCHOOL', 'DEPARTMENT', 'PROGRAMME', 'CLASS_GROUP', 'COURSE', 'TRAINER', 'TRAINEE', 'ROOM'"
    op.execute("alter table subject drop constraint ck_subject_kind")
    op.execute(f"alter table subject add constraint ck_subject_kind check (kind in ({{kinds}}))")
    subject = sa.ForeignKey("subject.id", ondelete="CASCADE")
    op.create_table("room", sa.Column("id", sa.Integer(), subject, primary_key=True))
    op.execute("grant select, insert, update, delete on room to rollcall_app")
    op.add_column("session", sa.Column("room_id", sa.Integer(), sa.ForeignKey("subject.id")))
    op.create_index(None, "session", ["room_id"])
    op.add_column("session_part", sa.Column("room_id", sa.Integer()))
    op.create_index(None, "session_part", ["room_id", "day"])
'''


def add_rooms(copy: Copy) -> None:
    """Rooms as a kind, on the key of a session that says where it is held."""
    copy.change("models/vocabulary.py", '    TRAINEE = "TRAINEE", "A trainee."', '\n    ROOM = "ROOM", "A room."')
    copy.change(
        "models/subject.py",
        "    sort_key: Mapped[CodePointText]\n",
        '\n\nclass Room(Base):\n    """A room."""\n\n    __tablename__ = "room"\n\n    id: Mapped[DetailKey]\n',
    )
    copy.change("models/subject.py", "    SubjectKind.TRAINEE: Trainee,", "\n    SubjectKind.ROOM: Room,")
    keys = "    trainer_id: Mapped[OptionalSubjectKey]\n    day: Mapped[date]\n"
    copy.change("models/session.py", keys, "    room_id: Mapped[OptionalSubjectKey]\n")
    kept = "    trainer_id: Mapped[int | None] = mapped_column(Integer)\n"
    copy.change("models/session.py", kept, "    room_id: Mapped[int | None] = mapped_column(Integer)\n")
    for columns, index in (
        ('"trainer_id", "class_group_id", "day"', '"room_id"'),
        ('"trainer_id", "day"', '"room_id", "day"'),
    ):
        copy.change("models/session.py", f"        Index(None, {columns}),\n", f"        Index(None, {index}),\n")
    copy.change(
        "models/report.py",
        '    __mapper_args__ = {"polymorphic_identity": SubjectKind.TRAINEE}\n',
        '\n\nclass RoomReport(BaseReport):\n    """A room over a period: trend, figures by course."""\n\n'
        '    __mapper_args__ = {"polymorphic_identity": SubjectKind.ROOM}\n',
    )
    copy.write("models/migrations/versions/9999_rooms.py", ROOM_MIGRATION.format(last=known_revisions()[-1]))
    in_a_school = (
        '        parent("school_id", "schools", stored=NOT_STORED),\n'
        '        name_column(),\n        home="school_id",\n    ),\n'
    )
    copy.change(
        "resolvers/bundle/files.py",
        in_a_school,
        f'    subject_file(\n        "rooms",\n        SubjectKind.ROOM,\n{in_a_school}',
    )
    copy.change(
        "resolvers/bundle/files.py",
        '            Column("joint_id", LABEL),\n',
        '            link("room_id", "rooms"),\n',
    )
    copy.change(
        "resolvers/bundle/files.py",
        '            link("room_id", "rooms"),\n        ),\n        home=("class_group_id", "course_id", "trainer_id"',
        ', "room_id"',
    )
    copy.change("resolvers/subjects/hierarchy.py", "    _K.SCHOOL: (", "_K.ROOM, ")
    copy.change(
        "resolvers/subjects/hierarchy.py",
        "    _K.TRAINEE: (_K.CLASS_GROUP, _K.COURSE, _K.TRAINER),\n",
        "    _K.ROOM: (),\n",
    )
    copy.change(
        "resolvers/reports/sections/breakdown.py",
        '    _K.TRAINEE: ("course_id",),\n',
        '    _K.ROOM: ("course_id",),\n',
    )
    copy.change("resolvers/reports/sections/section.py", "TAUGHT: Final = frozenset({", "SubjectKind.ROOM, ")
    school_field = "    school = parent_field(SubjectKind.SCHOOL, _school_id)\n"
    copy.change(
        "graphql_api/subjects/types.py",
        f'class Department(Subject):\n    """A department."""\n\n{school_field}',
        f'\n\n@_subject_type(SubjectKind.ROOM)\nclass Room(Subject):\n    """A room."""\n\n{school_field}',
    )
    copy.change("graphql_api/cli/commands.py", 'help="SCHOOL, ', "ROOM, ")
    copy.change(
        "exporters/language.py",
        '    "TRAINEE": (noop("Trainee"), noop("Trainee report"), noop("Trainee reports")),\n',
        '    "ROOM": (noop("Room"), noop("Room report"), noop("Room reports")),\n',
    )
    copy.change(
        "exporters/locale/ar.po",
        'msgid "Trainer reports"\nmsgstr "تقارير المدربين"\n',
        '\nmsgid "Room"\nmsgstr "القاعة"\n\nmsgid "Room report"\nmsgstr "تقرير قاعة"\n\n'
        'msgid "Room reports"\nmsgstr "تقارير القاعات"\n',
    )
    copy.change("docs/glossary.md", "what a report is about: one school, ", "room, ")


def test_a_report_kind_is_counted_stored_answered_and_written(copy: Copy, database_url: str) -> None:
    add_rooms(copy)
    rooms = bundle_of(rooms="id,school_id,name\nR1,S,Room 1\nR2,S,Room 2")
    sessions = [{**row, "room_id": ROOM_OF[row["id"]]} for row in BUNDLE["sessions"]]
    answer = asked(
        copy,
        BUNDLE | rooms | {"sessions": sessions},
        url=database_url,
        kind="ROOM",
        source_id="R2",
        live="""
            rooms { nodes { sourceId school { sourceId } metrics(period: {month: "2026-03"}) {
                attendanceRate sessionCount sessionsUnrecorded contactHours traineeCount averageScore
            } } }
            schools { nodes { rooms { totalCount } } }
        """,
        report="""
            __typename subject { __typename name } metrics { attendanceRate }
            ... on RoomReport {
                breakdown { rows { subjects { sourceId } metrics { attendanceRate } } }
                sessionsWithoutMarks { session }
            }
        """,
        tables=["reports", "breakdown"],
    )
    assert "type RoomReport implements Report & Node {" in answer["schema"]
    assert {"breakdown", "sessionsWithoutMarks", "traineesBelow", "trend"} <= set(
        fields_of(answer["schema"], "RoomReport")
    )
    # the hour together counts once; whom a room had are those of the groups that met there
    first = {
        "attendanceRate": 4 / 5,
        "sessionCount": 3,
        "sessionsUnrecorded": 0,
        "contactHours": 3.0,
        "traineeCount": 3,
    }
    second = {
        "attendanceRate": 1 / 2,
        "sessionCount": 1,
        "sessionsUnrecorded": 1,
        "contactHours": 1.0,
        "traineeCount": 3,
    }
    assert answer["live"]["rooms"]["nodes"] == [
        {"sourceId": source_id, "school": {"sourceId": "S"}, "metrics": {**figures, "averageScore": None}}
        for source_id, figures in (("R1", first), ("R2", second))
    ]
    assert answer["live"]["schools"]["nodes"] == [{"rooms": {"totalCount": 2}}]
    assert answer["report"] == {
        "__typename": "RoomReport",
        "subject": {"__typename": "Room", "name": "Room 2"},
        "metrics": {"attendanceRate": 1 / 2},
        "breakdown": {
            "rows": [
                {"subjects": [{"sourceId": "C"}], "metrics": {"attendanceRate": None}},
                {"subjects": [{"sourceId": "E"}], "metrics": {"attendanceRate": 1 / 2}},
            ]
        },
        "sessionsWithoutMarks": [{"session": "s5"}],
    }
    assert (answer["differing"], answer["published"], answer["file"]) == (0, True, "room-Room-2-2026-03.json")
    assert [row["attendanceRate"] for row in answer["tables"]["reports"]] == ["0.5"]
    assert [(row["course"], row["absent"]) for row in answer["tables"]["breakdown"]] == [
        ("Course C", "0"),
        ("Course E", "1"),
    ]
    # no tie opens a room, so that below the school nobody knows of it
    assert answer["seen"] == {"PRINCIPAL": 2, "DEPARTMENT_HEAD": 0, "TRAINER": 0}
    assert copy.touched_unnamed(KIND) == []
    assert copy.named_untouched(KIND) == []


SPAN: Final = '''"""From when to when sessions were held. Stored: {from, to}, or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from resolvers.metrics.dimensions import ASKED, DIMENSION
from resolvers.reports.content import ReportContent
from resolvers.reports.sections.section import TAUGHT, Batch, Built, Reading, Section
from resolvers.reports.shapes import Named


@dataclass(frozen=True, slots=True)
class Span:
    first: date
    last: date


async def _build(batch: Batch) -> Built:
    sql = f"""
    with {ASKED}
    select a.n, min(p.day)::text as from, max(p.day)::text as to
    from asked a
    join session_part p on p.{DIMENSION[batch.kind]} = a.subject_id and p.day between a.first_day and a.last_day
    where p.status = 'HELD' group by a.n"""
    return {subject_id: rows[0] for subject_id, rows in (await batch.rows(sql)).items()}


def _read(stored: Mapping[str, str], _reading: Reading) -> Span | None:
    return Span(*map(date.fromisoformat, (stored["from"], stored["to"]))) if stored else None


def _shape(span: Span | None, _named: Named) -> dict[str, str] | None:
    return None if span is None else {"from": span.first.isoformat(), "to": span.last.isoformat()}


def _record(span: Span | None, _content: ReportContent) -> dict[str, Any]:
    return {"heldSpan": _shape(span, lambda _subject: None)}


SPAN: Final = Section[Span | None]("span", TAUGHT, _build, _read, _shape, _record, empty=dict)
'''


def add_span(copy: Copy) -> None:
    """The span of the sessions held, of a class group and a course."""
    copy.write("resolvers/reports/sections/span.py", SPAN)
    copy.change(
        "resolvers/reports/sections/registry.py",
        "from resolvers.reports.sections.sessions import CANCELLED, UNRECORDED\n",
        "from resolvers.reports.sections.span import SPAN\n",
    )
    copy.change("resolvers/reports/sections/registry.py", " STARTS, STREAKS, TIMELINE,", " SPAN,")
    copy.change(
        "graphql_api/reports/sections.py",
        "from resolvers.reports.sections.sessions import CANCELLED, UNRECORDED, Sessions\n",
        "from resolvers.reports.sections.span import SPAN\n",
    )
    copy.change(
        "graphql_api/reports/sections.py",
        '    punctual: int = strawberry.field(description="Those that began no later than timetabled.")\n',
        """

@strawberry.type(description="The days from the first session held to the last.")
class HeldSpan:
    first: date = strawberry.field(name="from", description="The day of the first.")
    last: date = strawberry.field(name="to", description="The day of the last.")


def _span(content: ReportContent) -> HeldSpan | None:
    span = SPAN.of(content)
    return None if span is None else HeldSpan(first=span.first, last=span.last)
""",
    )
    copy.change(
        "graphql_api/reports/sections.py",
        "SECTION_FIELDS: Final[dict[str, dict[str, Any]]] = {\n",
        '    "span": {"held_span": content_field(HeldSpan, "From when to when sessions were held.", _span)},\n',
    )
    copy.change(
        "exporters/reports/tables.py",
        "from resolvers.reports.sections.sessions import CANCELLED, UNRECORDED, Sessions\n",
        "from resolvers.reports.sections.span import SPAN, Span\n",
    )
    copy.change(
        "exporters/reports/tables.py",
        '        return Table("streaks", words("Absences in a row"), columns, rows)\n',
        """
    def span(self, span: Span) -> Table:
        columns = (Column("from", self.words("From"), Kind.DATE), Column("to", self.words("To"), Kind.DATE))
        return Table("span", self.words("Span of sessions"), columns, ((span.first, span.last),))
""",
    )
    copy.change("exporters/reports/tables.py", "    TIMELINE: _Tables.timeline,\n", "    SPAN: _Tables.span,\n")
    copy.change(
        "exporters/locale/ar.po",
        'msgid "Trainer reports"\nmsgstr "تقارير المدربين"\n',
        '\nmsgid "Span of sessions"\nmsgstr "مدة الجلسات"\n',
    )


def test_a_section_is_stored_answered_and_written(copy: Copy, database_url: str) -> None:
    add_span(copy)
    answer = asked(
        copy,
        BUNDLE,
        url=database_url,
        kind="CLASS_GROUP",
        source_id="G",
        live="courses { totalCount }",
        report="... on ClassGroupReport { heldSpan { from to } } data",
        tables=["span"],
    )
    having = [
        kind
        for kind in ("ClassGroup", "Course", "Trainer")
        if "heldSpan" in fields_of(answer["schema"], f"{kind}Report")
    ]
    assert having == ["ClassGroup", "Course"]
    span = {"from": "2026-03-02", "to": "2026-03-03"}
    assert (answer["report"]["heldSpan"], answer["report"]["data"]["span"], answer["record"]["heldSpan"]) == (
        span,
        span,
        span,
    )
    assert answer["published"] is True
    assert [{key: row[key] for key in span} for row in answer["tables"]["span"]] == [span]
    assert copy.touched_unnamed(SECTION) == []
    assert copy.named_untouched(SECTION) == []
