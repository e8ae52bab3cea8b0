"""A report as a document: its figures, tables and charts, in the language of the file."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from exporters import Bands, Chart, Document, Kind, Shape, Table
from models import SubjectKind
from tests.exporters.reports.conftest import Make
from tests.support.reported_school import Subject
from tests.support.school import K


def shape(table: Table) -> list[tuple[str, str, Kind]]:
    return [(column.key, column.label, column.kind) for column in table.columns]


def picture(chart: Chart) -> tuple[str, Shape, str, tuple[str, ...]]:
    return chart.table, chart.shape, chart.names, chart.values


async def test_what_a_document_says_of_its_report(make: Make) -> None:
    document = await make((K.COURSE, "C"))
    assert (document.title, document.kind, document.subject_source_id, document.school_name) == (
        "Colour",
        "COURSE",
        "C",
        "School",
    )
    assert (document.period_name, document.period_from, document.period_to) == (
        "2026-03",
        date(2026, 3, 1),
        date(2026, 3, 31),
    )
    assert (document.generated_by, document.time_zone, document.record) == ("Admin", "Europe/London", None)
    assert document.bands == Bands(Decimal("0.9"), Decimal("0.4"))
    assert document.policy == (
        ("Weight of PRESENT", 1),
        ("Weight of LATE", Decimal("0.5")),
        ("Weight of EXCUSED", 1),
        ("Weight of ABSENT", 0),
        ("EXCUSED is expected", "yes"),
        ("LATE after minutes", "not set"),
        ("Chronic absence from", Decimal("0.5")),
        ("Marks needed to judge a trainee", 2),
        ("Watch below", Decimal("0.9")),
        ("At risk below", Decimal("0.4")),
    )
    assert [figure.key for figure in document.figures][:9] == [
        "attendanceRate",
        "absenceRate",
        "chronicAbsenceRate",
        "punctualityRate",
        "averageScore",
        "passRate",
        "traineeCount",
        "sessionCount",
        "expected",
    ]
    first = document.figures[0]
    assert (first.label, first.value, first.kind, first.description) == (
        "Attendance",
        2.5 / 7,
        Kind.RATE,
        "Sum of the policy's weights over the expected marks, per expected mark.",
    )


async def test_marks_are_the_figures_of_the_report_side_by_side(make: Make) -> None:
    table = (await make((K.COURSE, "C"))).table("marks")
    assert shape(table) == [
        ("status", "Mark", Kind.TEXT),
        ("marks", "Number", Kind.INTEGER),
        ("share", "Share of marks", Kind.RATE),
    ]
    assert table.rows == (
        ("Present", 2, 2 / 7),
        ("Late", 1, 1 / 7),
        ("Excused", 0, 0.0),
        ("Absent", 4, 4 / 7),
        ("Unmarked", 1, None),
    )


async def test_of_no_marks_there_are_no_shares(make: Make) -> None:
    document = await make((K.TRAINEE, "dan"))
    assert document.table("marks").rows == (
        ("Present", 0, None),
        ("Late", 0, None),
        ("Excused", 0, None),
        ("Absent", 0, None),
        ("Unmarked", 0, None),
    )
    assert document.charts == ()


async def test_trainees_below_a_line_are_listed_with_their_addresses(make: Make) -> None:
    table = (await make((K.COURSE, "C"))).table("bands")
    assert shape(table) == [
        ("traineeId", "Trainee id", Kind.TEXT),
        ("trainee", "Trainee", Kind.TEXT),
        ("email", "E-mail", Kind.TEXT),
        ("band", "Band", Kind.BAND),
        ("chronic", "Chronically absent", Kind.TEXT),
        ("attendanceRate", "Attendance", Kind.RATE),
        ("absenceRate", "Absence", Kind.RATE),
        ("expected", "Expected marks", Kind.INTEGER),
        ("absent", "Absent", Kind.INTEGER),
    ]
    assert [column.key for column in table.columns if column.judged] == ["attendanceRate"]
    assert table.rows == (
        ("bob", "Bob", None, "AT_RISK", "yes", 0.0, 1.0, 3, 3),
        ("ann", "Ann", "ann@school.example", "WATCH", "no", 0.5, 1 / 3, 3, 1),
    )


async def test_a_breakdown_names_its_children_and_sums_up_the_others(make: Make) -> None:
    table = (await make((K.COURSE, "C"), "arts")).table("breakdown")
    assert (table.title, [column.key for column in table.columns]) == (
        "By class group",
        [
            "classGroupId",
            "classGroup",
            "attendanceRate",
            "expected",
            "absent",
            "sessionCount",
            "averageScore",
            "passRate",
        ],
    )
    assert [column.key for column in table.columns if column.judged] == ["attendanceRate"]
    assert table.rows == (
        ("G", "Painters", 1.5 / 6, 6, 4, 3, 11 / 20, 1 / 2),
        (None, "Other", 1.0, 1, 0, 2, 20 / 40, 1 / 2),
    )


async def test_a_trainers_rows_are_of_a_course_and_a_group(make: Make) -> None:
    table = (await make((K.TRAINER, "u"))).table("breakdown")
    assert table.title == "By course and class group"
    assert [column.label for column in table.columns][:4] == ["Course id", "Course", "Class group id", "Class group"]
    assert [row[:4] for row in table.rows] == [
        ("C", "Colour", "H", "Bricklayers"),
        ("E", "Easel", "G", "Painters"),
        ("F", "Foundations", "H", "Bricklayers"),
    ]


LINE = ("trend", Shape.LINE, "from", ("attendanceRate",))
COLUMNS = ("marks", Shape.COLUMNS, "status", ("marks",))
CALENDAR = ("timeline", Shape.CALENDAR, "day", ("status",))


def bars(name: str) -> tuple[str, Shape, str, tuple[str, ...]]:
    return "breakdown", Shape.BARS, name, ("attendanceRate",)


@pytest.mark.parametrize(
    ("subject", "charts"),
    [
        ((K.SCHOOL, "S"), [LINE, COLUMNS, bars("department")]),
        ((K.CLASS_GROUP, "G"), [LINE, COLUMNS, bars("course")]),
        ((K.COURSE, "F"), [COLUMNS, bars("classGroup")]),  # of one week there is no line
        ((K.TRAINER, "u"), [COLUMNS, bars("course")]),
        ((K.TRAINEE, "ann"), [COLUMNS, bars("course"), CALENDAR]),
        ((K.TRAINEE, "dan"), []),
    ],
)
async def test_charts_are_those_that_have_something_to_show(make: Make, subject: Subject, charts: list[object]) -> None:
    assert [picture(chart) for chart in (await make(subject)).charts] == charts


def labels(document: Document) -> Iterator[str]:
    """Every text of it that is not data."""
    yield from (label for label, _ in document.policy)
    for figure in document.figures:
        yield figure.heading
        yield figure.description
    for table in document.tables:
        yield table.title
        yield from (column.heading for column in table.columns)
    yield from (chart.title for chart in document.charts)
    yield from document.notes


@pytest.mark.parametrize("kind", list(K))
@pytest.mark.parametrize("reader", ["principal", "arts", "tara", "ann"])
async def test_in_another_language_nothing_is_english(make: Make, kind: SubjectKind, reader: str) -> None:
    readable = {"arts": {K.SCHOOL}, "tara": set(K) - {K.CLASS_GROUP, K.COURSE}, "ann": set(K) - {K.TRAINEE}}
    if kind in readable.get(reader, ()):
        return
    subject = {K.SCHOOL: "S", K.DEPARTMENT: "D", K.PROGRAMME: "P", K.CLASS_GROUP: "G", K.COURSE: "C"}
    subject |= {K.TRAINER: "t", K.TRAINEE: "ann"}
    document = await make((kind, subject[kind]), reader, locale="ar")
    english = [text for text in labels(document) if re.search("[A-Za-z]", text.replace("Rollcall", ""))]
    assert english == []
    assert "" not in set(labels(document))


async def test_marks_and_answers_are_said_in_the_language_of_the_file(make: Make) -> None:
    document = await make((K.COURSE, "C"), locale="ar-EG")
    assert [row[0] for row in document.table("marks").rows] == ["حاضر", "متأخر", "غائب بعذر", "غائب", "غير مسجَّل"]
    assert [(row[3], row[4]) for row in document.table("bands").rows] == [("AT_RISK", "نعم"), ("WATCH", "لا")]
    assert document.table("breakdown").rows[-1][1] == "أخرى"
    hidden = (await make((K.COURSE, "C"), "building", locale="ar-EG")).notes
    assert hidden[2] == "متدربان دون أحد الحدود خارج صلاحياتك ولم يُدرجا."


async def test_figures_do_not_depend_on_the_language(make: Make) -> None:
    english, arabic = await make((K.CLASS_GROUP, "G")), await make((K.CLASS_GROUP, "G"), locale="ar-EG")
    assert [(one.key, one.value, one.kind) for one in english.figures] == [
        (one.key, one.value, one.kind) for one in arabic.figures
    ]
    numbers = [
        [[cell for cell in row if isinstance(cell, int | float | Fraction)] for row in table.rows]
        for table in english.tables
    ]
    assert numbers == [
        [[cell for cell in row if isinstance(cell, int | float | Fraction)] for row in table.rows]
        for table in arabic.tables
    ]


async def test_durations_say_their_unit(make: Make) -> None:
    document = await make((K.COURSE, "C"))
    units = {figure.key: figure.heading for figure in document.figures if figure.unit}
    assert units == {
        "averageMinutesLate": "Minutes late (min)",
        "averageSessionMinutes": "Session length (min)",
        "contactHours": "Contact hours (h)",
        "averageAttendedMinutes": "Minutes attended (min)",
    }


async def test_of_a_trainee_those_figures_come_first_that_tell_something_of_one(make: Make) -> None:
    document = await make((K.TRAINEE, "ann"))
    assert [figure.key for figure in document.figures][:8] == [
        "attendanceRate",
        "absenceRate",
        "punctualityRate",
        "longestAbsenceStreak",
        "averageScore",
        "passRate",
        "absent",
        "sessionCount",
    ]
    assert len({figure.key for figure in document.figures}) == len(document.figures) == 32


async def test_all_that_a_reader_may_not_see_is_no_chart(make: Make) -> None:
    document = await make((K.TRAINEE, "ann"), "ann")
    assert [row[:2] for row in document.table("breakdown").rows] == [(None, "Other")]
    assert [picture(chart) for chart in document.charts] == [COLUMNS, CALENDAR]
