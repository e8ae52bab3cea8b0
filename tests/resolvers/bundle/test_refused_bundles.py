"""What is refused of a bundle as a whole, and what it leaves: stored rows, many problems, lines, headers, torn rows."""

import pytest

from resolvers.bundle import BundleError, import_bundle
from tests.support.bundle_case import NO_DATE, VALID, Case, added, edited


async def test_neighbouring_enrolments_and_those_of_a_course_do_not_overlap(case: Case) -> None:
    files = added(
        "enrolments", "S1,GA,,2026-07-01,", "S1,GA,CA,2026-01-05,", "S1,GA2,,2026-01-05,", "S1,GA,,,2026-01-04"
    )
    assert (await case.take(files)).changed["enrolments"] == 7


async def test_enrolments_overlap_stored_ones_that_stay_as_they_are(case: Case) -> None:
    await case.take(VALID)
    assert await case.refuse(
        {"enrolments": "trainee_id,class_group_id,starts_on\nS1,GA,2026-06-01\nS2,GA,2026-01-01\n"}
    ) == [
        "enrolments.csv:2 starts_on: overlaps the stored enrolment of 2026-01-05 to 2026-06-30",
        "enrolments.csv:3 starts_on: overlaps the stored enrolment of 2026-01-05 to infinity",
    ]
    moved = "trainee_id,class_group_id,starts_on,ends_on,deleted\nS1,GA,2026-06-01,,\nS1,GA,2026-01-05,2026-05-31,\n"
    assert (await case.take({"enrolments": moved + "S2,GA,2026-01-05,,1\nS2,GA,2026-01-01,,\n"})).changed == {
        "enrolments": 4
    }


async def test_nothing_moves_to_another_school(case: Case) -> None:
    await case.take(VALID)
    assert await case.refuse(
        {
            "departments": "id,school_id\nDA,B\n",
            "programmes": "id,department_id\nPA,DB\n",
            "class_groups": "id,programme_id\nGA,PB\n",
            "courses": "id,programme_id\nCA,PB\n",
            "trainers": "id,department_id\nTA,DB\n",
            "trainees": "id,school_id\nS1,B\n",
            "terms": "id,school_id\nA-1,B\n",
            "sessions": "id,class_group_id,course_id,trainer_id\nX1,GB,CB,TB\n",
            "assessments": "id,course_id\nE2,CA\n",
            "users": "id,department_id\nU2,DB\n",
        }
    ) == [
        'departments.csv:2 school_id: would move department "DA" from school "A" to "B"',
        'programmes.csv:2 department_id: would move programme "PA" from school "A" to "B"',
        'class_groups.csv:2 programme_id: would move class group "GA" from school "A" to "B"',
        'courses.csv:2 programme_id: would move course "CA" from school "A" to "B"',
        'trainers.csv:2 department_id: would move trainer "TA" from school "A" to "B"',
        'trainees.csv:2 school_id: would move trainee "S1" from school "A" to "B"',
        'terms.csv:2 school_id: would move term "A-1" from school "A" to "B"',
        'sessions.csv:2 class_group_id: would move session "X1" from school "A" to "B"',
        'assessments.csv:2 course_id: would move assessment "E2" from school "B" to "A"',
        'users.csv:2 department_id: would move user "U2" from school "A" to "B"',
    ]


async def test_a_stored_trainee_keeps_the_school_and_the_enrolment_is_the_bad_row(case: Case) -> None:
    await case.take(VALID)
    assert await case.refuse(
        {"trainees": "id,name,school_id\nS2,Émile,\n", "enrolments": "trainee_id,class_group_id\nS2,GB\n"}
    ) == ['enrolments.csv:2 trainee_id: "S2" belongs to school "A", not "B"']


async def test_the_zone_is_fixed_by_the_first_session(case: Case) -> None:
    await case.take(VALID | {"sessions": "id\n", "attendance": "session_id,trainee_id\n"})
    zone = {"schools": "id,timezone\nA,Europe/Paris\n"}
    assert (await case.take(zone)).changed == {"schools": 1}
    await case.take(VALID)
    assert await case.refuse(zone) == [
        "schools.csv:2 timezone: cannot change from Europe/London to Europe/Paris: the school has sessions"
    ]
    assert (await case.take({"schools": "id,name,timezone\nA,Ashby,\n"})).changed == {"schools": 0}


async def test_an_address_of_another_stored_user(case: Case) -> None:
    await case.take(VALID)
    assert await case.refuse({"users": "id,email\nU1,zoe@a.example\n"}) == [
        'users.csv:2 email: "zoe@a.example" is already the address of user "U3"'
    ]


async def test_one_bad_row_is_not_blamed_on_those_that_refer_to_it(case: Case) -> None:
    files = edited("sessions", "SCHEDULED", "?").copy()
    files["trainees"] = files["trainees"].replace("Bea", "")
    files["class_groups"] += "GC,PA\n"
    files["attendance"] += "X2,S1,LATE,,,\n"
    files["enrolments"] += "S1,GC,,,\n"
    assert await case.refuse(files) == [
        "class_groups.csv:5 name: the row has 2 cells, the header 3",
        "trainees.csv:4 name: is empty",
        'sessions.csv:3 status: "?" is not SCHEDULED, HELD or CANCELLED',
    ]


async def test_all_bad_cells_of_a_row_are_told(case: Case) -> None:
    files = VALID | {"policies": "school_id,late_weight,watch_below,excused_counts\nA,2,x,\nB,0.1,0.2,?\n"}
    assert await case.refuse(files) == [
        'policies.csv:2 late_weight: "2" is not a number from 0 to 1, such as 0.5',
        'policies.csv:2 watch_below: "x" is not a number from 0 to 1, such as 0.5',
        'policies.csv:3 excused_counts: "?" is not true, false, yes, no, 1 or 0',
    ]


async def test_a_hundred_are_reported_and_the_others_counted(case: Case) -> None:
    files = added("terms", *(f"T{number},A,Term,2026-13-01,2026-12-31" for number in range(250)))
    path = case.bundle(files)
    with pytest.raises(BundleError) as refusal:
        async with case.database.write() as session:
            await import_bundle(session, path)
    assert len(refusal.value.problems) == 100
    assert str(refusal.value.problems[99]) == f'terms.csv:102 starts_on: "2026-13-01" {NO_DATE}'
    assert refusal.value.more == 150
    assert str(refusal.value).endswith("\n… and 150 more")


async def test_lines_count_what_cells_and_headers_hold(case: Case) -> None:
    files = VALID | {
        "attendance": 'session_id,trainee_id,"sta\ntus",status,reason\nX1,S1,,LATE,"a\nb\r\nc"\nX1,S2,"\r",LATE,\n'
        'X3,S3,,MAYBE,"\n"\nX2,S1,,NO,\n'
    }
    assert await case.refuse(files) == [
        'attendance.csv:8 status: "MAYBE" is not PRESENT, LATE, EXCUSED or ABSENT',
        'attendance.csv:10 status: "NO" is not PRESENT, LATE, EXCUSED or ABSENT',
    ]


HEADERS = [
    ("", "trainees.csv:1: is empty: its first line must name the columns"),
    ("\n\n", "trainees.csv:1: is empty: its first line must name the columns"),
    ("name,school_id\nX,A\n", "trainees.csv:1 id: is missing: every row needs it"),
    ("\nid,name,id\nX,A,X\n", "trainees.csv:2 id: is given twice"),
    ('id,"name\n', "trainees.csv:1 column 2: a quote is opened and never closed"),
]


@pytest.mark.parametrize(("text", "problem"), HEADERS)
async def test_unusable_headers(case: Case, text: str, problem: str) -> None:
    assert await case.refuse(VALID | {"trainees": text}) == [problem]


TORN: list[tuple[bytes, list[str]]] = [
    (b"X2,S1,LATE,,\n", ["attendance.csv:5 reason: the row has 5 cells, the header 6"]),
    (b"X2,S1,LATE,,,,\n", ["attendance.csv:5 reason: the row has 7 cells, the header 6"]),
    (b"X2\n\nX2,S1\n", [f"attendance.csv:{line} {text}" for line, text in (
        (5, "trainee_id: the row has 1 cell, the header 6"), (7, "status: the row has 2 cells, the header 6"))]),
    (b'X2,S1,LATE,,,"ill\nX2,S2,LATE,,,\n', ["attendance.csv:5 reason: a quote is opened and never closed"]),
    (b'X2,S1,LATE,,,5" late\nX2,S2,LATE,,,6" late\n', [
        f"attendance.csv:{line} reason: a quote stands inside the cell: quote the whole cell and double it"
        for line in (5, 6)]),
    (b'X2,S1,LATE,,,"so" he said\n', ["attendance.csv:5 reason: text follows the closing quote"]),
    (b"X2,S1,LATE,,,caf\xe9\n", ["attendance.csv:5 reason: is not UTF-8 text: byte 0xe9"]),
    (b"X2,S1,LATE,,,\0\n", ["attendance.csv:5 reason: holds a NUL character"]),
    (b"X2,S1,LATE,,\n\nX2,S2,MAYBE,,,\n", [
        "attendance.csv:5 reason: the row has 5 cells, the header 6",
        'attendance.csv:7 status: "MAYBE" is not PRESENT, LATE, EXCUSED or ABSENT']),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "problems"), TORN)
async def test_torn_rows(case: Case, rows: bytes, problems: list[str]) -> None:
    assert await case.refuse(VALID | {"attendance": VALID["attendance"].encode() + rows}) == problems


async def test_accepted_with_a_warning(case: Case) -> None:
    files = added("trainees", "S4,Dan,,A") | {
        "schools": VALID["schools"] + "C,Crewe,,\n",
        "sessions": VALID["sessions"].replace("SCHEDULED", "CANCELLED"),
        "attendance": VALID["attendance"] + "X1,S4,LATE,,,\nX2,S1,LATE,,,\n",
        "results": VALID["results"].replace("31.5", "40.50"),
        "terms": VALID["terms"].replace("name", "name,colour").replace("Spring", "Spring,green"),
        "pupils": "id\n",
    }
    done = await case.take(files)
    assert [str(warning) for warning in done.warnings] == [
        "pupils.csv: is not a file of a source bundle and is ignored",
        "schools.csv:4 timezone: is empty: days are counted in UTC",
        "terms.csv:1 colour: is not a column of this file and is ignored",
        'attendance.csv:5 trainee_id: trainee "S4" is not enrolled in class group "GA" on 2026-01-12: the mark is not'
        " counted",
        'attendance.csv:6 session_id: session "X2" is cancelled: the mark is not counted',
        "results.csv:2 score: 40.5 is over the maximum of 40",
    ]
    assert done.more_warnings == 0
    assert await case.rows("select timezone from school join subject using (id) where source_id = 'C'") == [("UTC",)]
    assert await case.rows("select count(*) from mark") == [(5,)]


async def test_a_caller_that_carries_on_after_a_refusal_keeps_only_its_own(case: Case) -> None:
    before = await case.everything()
    path = case.bundle(edited("policies", "No", "?"))
    async with case.database.write() as session:
        with pytest.raises(BundleError):
            await import_bundle(session, path)
    assert await case.everything() == before


async def test_a_refused_bundle_can_be_mended(case: Case) -> None:
    await case.refuse(edited("policies", "No", "?"))
    done = await case.take(VALID)
    assert sum(done.changed.values()) == 39
