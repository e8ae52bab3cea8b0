"""Of one report each reader sees their part: names and entries outside their scope are gone, the whole counts stay."""

from typing import Any

import pytest
from sqlalchemy import select

from models import BaseReport, SubjectKind
from models.database import Database
from resolvers.reports.reading import contents_of, stored_figures
from tests.support.factories import subject_ids
from tests.support.figures import ANN, C_G, C_H, DAN, E_G, F_H, S5, S7, STREAKS, entries, met, numbers, rows
from tests.support.reported_school import Read, Subject
from tests.support.school import K, viewers

# Arts: G and its people; Building: H; Tara teaches Colour in both. Of others, a session keeps its day and time.
OF_COLOUR: dict[str, tuple[Any, ...]] = {
    "principal": ({"G": C_G, "H": C_H}, DAN, 0, ["bob", "ann"], 0, [S5, S7]),
    "arts": (
        {"G": C_G},
        ((1, 1, 0, 0, 0, 1, 2, 2, 0, 0, 2), (1.0, 20 / 40, 2.0)),
        1,
        ["bob", "ann"],
        0,
        [S5, (None, "2026-03-12", "09:00", "C", None, "u")],
    ),
    "building": (
        {"H": C_H},
        ((6, 1, 1, 0, 4, 0, 3, 5, 1, 1, 3), (1.5 / 6, 26 / 40, 175 / 60)),
        1,
        [],
        2,
        [(None, "2026-03-10", "09:00", "C", None, "t"), S7],
    ),
    "tara": (
        {"G": C_G, "H": C_H},
        DAN,
        0,
        ["bob", "ann"],
        0,
        [S5, (*S7[:-1], None)],
    ),
}


@pytest.mark.parametrize("viewer", OF_COLOUR)
async def test_of_a_shared_course_each_sees_their_part_and_the_whole(read: Read, viewer: str) -> None:
    shown, whole = await read((K.COURSE, "C"), viewer), await read((K.COURSE, "C"))
    breakdown, bands = shown["breakdown"], shown["bands"]
    assert (
        rows(breakdown),
        numbers(breakdown["other"]),
        breakdown["hidden"],
        [row["trainee"]["sourceId"] for row in bands["trainees"]],
        bands["hidden"],
        [met(one) for one in shown["unrecorded"]],
    ) == OF_COLOUR[viewer]
    assert shown["trend"] == whole["trend"]


async def test_a_trainer_sees_the_other_courses_of_their_group_as_one_sum(read: Read) -> None:
    breakdown = (await read((K.CLASS_GROUP, "G"), "tara"))["breakdown"]
    assert (rows(breakdown), numbers(breakdown["other"]), breakdown["hidden"]) == ({"C": C_G}, E_G, 1)


async def test_of_their_trainer_a_head_sees_what_was_taught_elsewhere_as_one_sum(read: Read) -> None:
    shown = await read((K.TRAINER, "u"), "building")
    assert rows(shown["breakdown"]) == {"C H": ((0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0), (None, None, 1.0)), "F H": F_H}
    assert (numbers(shown["breakdown"]["other"]), shown["breakdown"]["hidden"]) == (E_G, 1)
    assert shown["starts"] == {"timed": 1, "punctual": 1}


async def test_trainees_read_their_own_record_without_names_of_what_they_may_not_see(read: Read) -> None:
    shown = await read((K.TRAINEE, "ann"), "ann")
    assert rows(shown["breakdown"]) == {}
    whole = (5, 1, 1, 0, 3, 0, 5, 8, 1, 1, 1), (1.5 / 5, 8 / 10, 115 / 60)
    assert (numbers(shown["breakdown"]["other"]), shown["breakdown"]["hidden"]) == (whole, 2)
    assert entries(shown["timeline"]) == [(day, time, None, status) for day, time, _, status in ANN]
    assert shown["streaks"] == STREAKS["ann"]


KINDS: dict[str, SubjectKind] = (
    {"S": K.SCHOOL, "D": K.DEPARTMENT, "X": K.DEPARTMENT, "P": K.PROGRAMME, "Q": K.PROGRAMME}
    | {"G": K.CLASS_GROUP, "H": K.CLASS_GROUP, "t": K.TRAINER, "u": K.TRAINER}
    | dict.fromkeys("CEF", K.COURSE)
    | dict.fromkeys(("ann", "bob", "cat", "dan"), K.TRAINEE)
)
READABLE: dict[str, set[str]] = {
    "admin": set(KINDS),
    "principal": set(KINDS),
    "arts": {"D", "P", "G", "C", "E", "t", "ann", "bob"},
    "building": {"X", "Q", "H", "C", "F", "u", "cat"},
    "tara": {"G", "H", "C", "t", "ann", "bob", "cat"},
    "ann": {"ann"},
    "service": set(),
}


@pytest.mark.parametrize("viewer", READABLE)
async def test_reports_out_of_scope_are_not_there(read: Read, viewer: str) -> None:
    found = {source_id for source_id, kind in KINDS.items() if await read((kind, source_id), viewer) is not None}
    assert found == READABLE[viewer]


async def test_figures_are_the_whole_for_everybody(reported: Database) -> None:
    async with reported.read() as session:
        ids = await subject_ids(session)
        report = (await session.scalars(select(BaseReport).where(BaseReport.subject_id == ids[K.COURSE, "C"]))).one()
        for name in ("principal", "arts", "building", "tara"):
            (content,) = (await contents_of(session, viewers(ids)[name], [report])).values()
            assert content.figures == stored_figures(report)
    assert (report.expected, report.result_count, report.trainee_count, report.at_risk_count) == (7, 4, 3, 1)


HIDDEN_ROW = "1 row of the breakdown is outside your access and is summed up as “Other”."
HIDDEN_ROWS = "2 rows of the breakdown are outside your access and are summed up as “Other”."
UNPLACED = "Results that belong to no class group are in “Other”."
HIDDEN_SESSIONS = "Of sessions outside your access, only the day and time are told, and what was recorded."
NO_EMAILS = (
    "The column “E-mail” is left out: addresses are read by ADMIN, PRINCIPAL, the heads and coordinators over them,"
    " and themselves."
)
NO_COURSES = "The column “Course” of the sessions is left out: none of the courses is within your access."
NOTES: dict[tuple[str, Subject], tuple[str, ...]] = {
    ("admin", (K.SCHOOL, "S")): (),
    ("admin", (K.TRAINEE, "ann")): (),
    ("principal", (K.COURSE, "C")): (UNPLACED,),
    ("arts", (K.COURSE, "C")): (HIDDEN_ROW, UNPLACED, HIDDEN_SESSIONS),
    ("building", (K.COURSE, "C")): (
        HIDDEN_ROW,
        UNPLACED,
        "2 trainees below a line are outside your access and are not listed.",
        HIDDEN_SESSIONS,
    ),
    ("tara", (K.CLASS_GROUP, "G")): (HIDDEN_ROW, NO_EMAILS),
    ("tara", (K.CLASS_GROUP, "H")): (HIDDEN_ROW, HIDDEN_SESSIONS),  # nobody is listed there
    ("ann", (K.TRAINEE, "ann")): (HIDDEN_ROWS, HIDDEN_SESSIONS, NO_COURSES),
}


@pytest.mark.parametrize(("viewer", "subject"), NOTES)
async def test_notes_say_what_is_left_out(reported: Database, viewer: str, subject: Subject) -> None:
    async with reported.read() as session:
        ids = await subject_ids(session)
        report = (await session.scalars(select(BaseReport).where(BaseReport.subject_id == ids[subject]))).one()
        (content,) = (await contents_of(session, viewers(ids)[viewer], [report])).values()
    assert tuple(note.english for note in content.notes) == NOTES[viewer, subject]
