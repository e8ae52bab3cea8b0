"""What a report holds besides its metrics: each section of each kind, against figures worked out by hand."""

from typing import Any

import pytest
from sqlalchemy import select

from models import BaseReport, SubjectKind
from models.database import Database
from resolvers.reports.sections.registry import SECTIONS
from tests.support.figures import (
    ANN,
    C_G,
    C_H,
    CAT,
    DAN,
    E_G,
    F_H,
    S5,
    S7,
    STREAKS,
    G,
    H,
    entries,
    met,
    numbers,
    rows,
)
from tests.support.own import Own
from tests.support.reported_school import Read, Subject
from tests.support.school import K


@pytest.mark.parametrize("kind", SubjectKind)
async def test_a_report_has_the_sections_of_its_kind(reported: Database, read: Read, kind: SubjectKind) -> None:
    wanted = {section.name for section in SECTIONS if kind in section.kinds} | {"version"}
    async with reported.read() as session:
        stored = (await session.scalars(select(BaseReport.data).where(BaseReport.kind == kind))).all()
    assert [set(data) for data in stored] == [wanted] * len(stored)
    some = {K.SCHOOL: "S", K.DEPARTMENT: "D", K.PROGRAMME: "P", K.CLASS_GROUP: "G", K.COURSE: "C", K.TRAINER: "t"}
    shown = await read((kind, some.get(kind, "ann")))
    assert (set(shown), shown["version"]) == (wanted, 1)


NOTHING = {
    "attendanceRate": None,
    "absenceRate": None,
    "lateRate": None,
    "sessionCount": 0,
    "expected": 0,
    "averageScore": None,
    "passRate": None,
}
WEEKS = [
    ("2026-W09", "2026-03-01", "2026-03-01"),
    ("2026-W10", "2026-03-02", "2026-03-08"),
    ("2026-W11", "2026-03-09", "2026-03-15"),
    ("2026-W12", "2026-03-16", "2026-03-22"),
    ("2026-W13", "2026-03-23", "2026-03-29"),
    ("2026-W14", "2026-03-30", "2026-03-31"),
]


def week(rate: float, absence: float, late: float, sessions: int, expected: int) -> dict[str, Any]:
    marks = {"attendanceRate": rate, "absenceRate": absence, "lateRate": late}
    return {**NOTHING, **marks, "sessionCount": sessions, "expected": expected}


def scores(average: float, passed: float) -> dict[str, Any]:
    return {**NOTHING, "averageScore": average, "passRate": passed}


TRENDS = {
    # 2.5 of 6: PRESENT 1, LATE 0.5, EXCUSED 1
    (K.CLASS_GROUP, "G"): [
        NOTHING,
        week(2.5 / 6, 3 / 6, 1 / 2, 3, 6),
        NOTHING,
        scores(11 / 20, 1 / 2),
        week(1 / 4, 3 / 4, 0.0, 2, 4),
        NOTHING,
    ],
    (K.COURSE, "C"): [
        NOTHING,
        week(1.5 / 4, 2 / 4, 1 / 2, 2, 4),
        week(1.0, 0.0, 0.0, 2, 1),
        scores(31 / 60, 2 / 4),
        week(0.0, 1.0, 0.0, 1, 2) | {"lateRate": None},
        NOTHING,
    ],
    (K.PROGRAMME, "Q"): [
        NOTHING,
        NOTHING,
        week(1.0, 0.0, 0.0, 2, 1),
        scores(5 / 20, 0.0),
        NOTHING,
        week(1.0, 0.0, 0.0, 1, 1),
    ],
    (K.SCHOOL, "S"): [
        NOTHING,
        week(2.5 / 6, 3 / 6, 1 / 2, 3, 6),
        week(1.0, 0.0, 0.0, 2, 1),
        scores(31 / 60, 2 / 4),
        week(1 / 4, 3 / 4, 0.0, 2, 4),
        week(1.0, 0.0, 0.0, 1, 1),
    ],
}


@pytest.mark.parametrize("subject", TRENDS)
async def test_the_trend_is_week_by_week_within_the_period(read: Read, subject: Subject) -> None:
    trend = (await read(subject))["trend"]
    assert [(point["name"], point["from"], point["to"]) for point in trend] == WEEKS
    assert [point["metrics"] for point in trend] == TRENDS[subject]


BREAKDOWNS: dict[Subject, tuple[dict[str, Any], Any]] = {
    (K.SCHOOL, "S"): (
        # with the score of dan, in the programme of the course
        {"D": ((*G[0][:-1], 3), (3.5 / 10, 26 / 40, 295 / 60)), "X": H},
        None,
    ),
    (K.DEPARTMENT, "X"): ({"Q": H}, None),
    (K.PROGRAMME, "P"): ({"G": G}, DAN),
    (K.CLASS_GROUP, "G"): ({"C": C_G, "E": E_G}, None),
    (K.COURSE, "C"): ({"G": C_G, "H": C_H}, DAN),
    (K.TRAINER, "t"): (
        # of two with one session each, the results of H go to the one whose id comes first
        {"C G": C_G, "C H": ((1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1), (1.0, 5 / 20, 1.0))},
        None,
    ),
    (K.TRAINER, "u"): (
        {"C H": ((0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0), (None, None, 1.0)), "E G": E_G, "F H": F_H},
        None,
    ),
    (K.TRAINEE, "ann"): (
        # hours: of the sessions attended
        {
            "C": ((3, 1, 1, 0, 1, 0, 3, 5, 1, 1, 1), (1.5 / 3, 8 / 10, 115 / 60)),
            "E": ((2, 0, 0, 0, 2, 0, 2, 3, 0, 0, 0), (0.0, None, 0.0)),
        },
        None,
    ),
}


@pytest.mark.parametrize("subject", BREAKDOWNS)
async def test_the_breakdown_is_by_child(read: Read, subject: Subject) -> None:
    breakdown = (await read(subject))["breakdown"]
    wanted, other = BREAKDOWNS[subject]
    assert rows(breakdown) == wanted
    # what belongs to no child is in `other`, and nobody is kept from seeing it
    assert (numbers(breakdown["other"]), breakdown["hidden"]) == (other, 0)


async def test_rows_of_a_breakdown_are_by_name(read: Read) -> None:
    rows = (await read((K.TRAINER, "u")))["breakdown"]["rows"]
    assert [[subject["name"] for subject in row["subjects"]] for row in rows] == [
        ["Colour", "Bricklayers"],
        ["Easel", "Painters"],
        ["Foundations", "Bricklayers"],
    ]
    assert rows[0]["subjects"] == [
        {"kind": "COURSE", "sourceId": "C", "name": "Colour"},
        {"kind": "CLASS_GROUP", "sourceId": "H", "name": "Bricklayers"},
    ]


BANDS = {
    # 0.4 is not below 0.4
    (K.CLASS_GROUP, "G"): [("ann", "AT_RISK", True, 1.5 / 5, 3 / 5), ("bob", "WATCH", True, 2 / 5, 3 / 5)],
    (K.CLASS_GROUP, "H"): [],
    # ann missed one of three, less than half; cat has one mark and two are needed
    (K.COURSE, "C"): [("bob", "AT_RISK", True, 0.0, 1.0), ("ann", "WATCH", False, 1.5 / 3, 1 / 3)],
    # bob was excused: a whole mark, and missed
    (K.COURSE, "E"): [("ann", "AT_RISK", True, 0.0, 1.0), ("bob", None, True, 1.0, 0.0)],
}


@pytest.mark.parametrize("subject", BANDS)
async def test_trainees_below_a_line_come_worst_first(read: Read, subject: Subject) -> None:
    bands = (await read(subject))["bands"]
    assert [
        (
            row["trainee"]["sourceId"],
            row["band"],
            row["chronic"],
            row["metrics"]["attendanceRate"],
            row["metrics"]["absenceRate"],
        )
        for row in bands["trainees"]
    ] == BANDS[subject]
    assert bands["hidden"] == 0


async def test_a_trainee_below_a_line_comes_with_their_marks_there(read: Read) -> None:
    bob = (await read((K.COURSE, "E")))["bands"]["trainees"][1]
    assert bob["trainee"] == {"kind": "TRAINEE", "sourceId": "bob", "name": "Bob"}
    assert bob["metrics"] == {
        "expected": 2,
        "marked": 2,
        "present": 1,
        "late": 0,
        "excused": 1,
        "absent": 0,
        "attendanceRate": 1.0,
        "absenceRate": 0.0,
    }


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        ((K.CLASS_GROUP, "G"), [S5]),  # not s9: today is not over
        ((K.CLASS_GROUP, "H"), [S7]),
        ((K.COURSE, "C"), [S5, S7]),
        ((K.COURSE, "E"), []),
    ],
)
async def test_sessions_without_marks_are_those_of_past_days(read: Read, subject: Subject, wanted: Any) -> None:
    assert [met(one) for one in (await read(subject))["unrecorded"]] == wanted


async def test_a_mark_that_counts_nowhere_is_a_mark(own: Own) -> None:
    await own.take(attendance="session_id,trainee_id,status\ns5,dan,PRESENT")
    (made,) = await own.generate(own.ids[K.CLASS_GROUP, "G"])
    figures, _, content, _ = await own.read(made.report_id)
    assert (content["unrecorded"], figures["sessionsUnrecorded"], figures["unmarked"]) == ([], 0, 2)


async def test_a_trainer_has_cancelled_sessions_and_punctual_starts(read: Read) -> None:
    tara, uri = await read((K.TRAINER, "t")), await read((K.TRAINER, "u"))
    assert [met(one) for one in tara["cancelled"]] == [("s4", "2026-03-09", "09:00", "C", "G", None)]
    assert uri["cancelled"] == []
    assert (tara["starts"], uri["starts"]) == ({"timed": 2, "punctual": 1}, {"timed": 1, "punctual": 1})


@pytest.mark.parametrize("source_id", STREAKS)
async def test_absences_in_a_row(read: Read, source_id: str) -> None:
    assert (await read((K.TRAINEE, source_id)))["streaks"] == STREAKS[source_id]


@pytest.mark.parametrize(("source_id", "wanted"), [("ann", ANN), ("cat", CAT), ("dan", [])])
async def test_the_timeline_has_every_session_of_a_trainee(read: Read, source_id: str, wanted: Any) -> None:
    assert entries((await read((K.TRAINEE, source_id)))["timeline"]) == wanted
