"""Every refusal and every warning, with its exact file:line column: why; and that a refusal leaves nothing behind."""

from pathlib import Path

import pytest

from models.database import Database
from resolvers.bundle import BundleError, import_bundle
from tests.support.bundle_case import VALID, Case, Files, added, edited

TIME = "is not a time such as 2026-03-01T09:00:00+01:00"
DATE = "is not a date such as 2026-03-01"
CONTROL = "holds a control character, such as a line break"
LONG = "x" * 251


@pytest.fixture
def case(database: Database, tmp_path: Path) -> Case:
    return Case(database, tmp_path)


CELLS: list[tuple[Files, str]] = [
    # not a value of its type
    (
        edited("attendance", "ABSENT", "MAYBE"),
        'attendance.csv:3 status: "MAYBE" is not PRESENT, LATE, EXCUSED or ABSENT',
    ),
    (
        edited("attendance", "ABSENT", "absent"),
        'attendance.csv:3 status: "absent" is not PRESENT, LATE, EXCUSED or ABSENT',
    ),
    (edited("sessions", "SCHEDULED", "GONE"), 'sessions.csv:3 status: "GONE" is not SCHEDULED, HELD or CANCELLED'),
    (
        edited("users", "DEPARTMENT_HEAD", "HEAD"),
        'users.csv:3 role: "HEAD" is not ADMIN, PRINCIPAL, DEPARTMENT_HEAD, PROGRAMME_COORDINATOR, TRAINER, TRAINEE or'
        " SERVICE",
    ),
    (edited("terms", "2026-03-27", "2026-02-30"), f'terms.csv:2 ends_on: "2026-02-30" {DATE}'),
    (edited("terms", "2026-03-27", "27/03/2026"), f'terms.csv:2 ends_on: "27/03/2026" {DATE}'),
    (edited("terms", "2026-03-27", "today"), f'terms.csv:2 ends_on: "today" {DATE}'),
    (edited("terms", "2026-03-27", "0000-01-01"), f'terms.csv:2 ends_on: "0000-01-01" {DATE}'),
    (edited("terms", "2026-03-27", "infinity"), f'terms.csv:2 ends_on: "infinity" {DATE}'),
    (
        edited("sessions", "2026-01-13T09:00:00+00:00", "2026-01-13T09:00:00"),
        'sessions.csv:3 starts_at: "2026-01-13T09:00:00" has no offset from UTC, such as Z or +01:00',
    ),
    (
        edited("sessions", "2026-01-13T09:00:00+00:00", "2026-01-13"),
        f'sessions.csv:3 starts_at: "2026-01-13" {TIME}',
    ),
    (
        edited("sessions", "2026-01-13T09:00:00+00:00", "2026-02-29T09:00:00Z"),
        f'sessions.csv:3 starts_at: "2026-02-29T09:00:00Z" {TIME}',
    ),
    (
        edited("sessions", "2026-01-13T09:00:00+00:00", "2026-01-13T25:00:00Z"),
        f'sessions.csv:3 starts_at: "2026-01-13T25:00:00Z" {TIME}',
    ),
    (
        edited("sessions", "2026-01-13T09:00:00+00:00", "1026-01-13T09:00:00Z"),
        'sessions.csv:3 starts_at: "1026-01-13T09:00:00Z" is not between the years 1900 and 2199',
    ),
    (edited("sessions", "2026-01-13T09:00:00+00:00", "now"), f'sessions.csv:3 starts_at: "now" {TIME}'),
    (edited("results", "31.5", "-1"), 'results.csv:2 score: "-1" is not a number of 0 or more, such as 28 or 7.5'),
    (edited("results", "31.5", "NaN"), 'results.csv:2 score: "NaN" is not a number of 0 or more, such as 28 or 7.5'),
    (edited("results", "31.5", "1e9"), 'results.csv:2 score: "1e9" is not a number of 0 or more, such as 28 or 7.5'),
    (
        edited("results", "31.5", "Infinity"),
        'results.csv:2 score: "Infinity" is not a number of 0 or more, such as 28 or 7.5',
    ),
    (
        edited("results", "31.5", "1234567890123"),
        'results.csv:2 score: "1234567890123" is not a number of 0 or more, such as 28 or 7.5',
    ),
    (edited("assessments", ",40,", ",0,"), 'assessments.csv:2 max_score: "0" is not a number above 0, such as 40'),
    (edited("assessments", ",40,", ",-4,"), 'assessments.csv:2 max_score: "-4" is not a number above 0, such as 40'),
    (
        edited("assessments", ",20\n", ",-1\n"),
        'assessments.csv:2 pass_score: "-1" is not a number of 0 or more, such as 28 or 7.5',
    ),
    (edited("policies", "0.5", "1.5"), 'policies.csv:2 late_weight: "1.5" is not a number from 0 to 1, such as 0.5'),
    (edited("policies", "No", "maybe"), 'policies.csv:2 excused_counts: "maybe" is not true, false, yes, no, 1 or 0'),
    (
        edited("policies", ",10\n", ",-1\n"),
        'policies.csv:2 late_after_minutes: "-1" is not a number of minutes from 0 to 1440, such as 10',
    ),
    (
        VALID | {"policies": "school_id,chronic_min_expected\nA,2.5\n"},
        'policies.csv:2 chronic_min_expected: "2.5" is not a whole number from 0 to 1000000, such as 10',
    ),
    (
        edited("schools", "Europe/London", "Europe/Londn"),
        'schools.csv:2 timezone: "Europe/Londn" is not a time zone such as Europe/London',
    ),
    (
        edited("schools", "Europe/London", "EST5EDT4,M3.2.0".replace(",", ";")),
        'schools.csv:2 timezone: "EST5EDT4;M3.2.0" is not a time zone such as Europe/London',
    ),
    (
        edited("schools", "en-GB", "english"),
        'schools.csv:2 locale: "english" is not a BCP 47 language tag such as en-GB',
    ),
    (
        edited("trainers", "ada@a.example", "ada"),
        'trainers.csv:2 email: "ada" is not an e-mail address such as a.b@example.org',
    ),
    (
        edited("users", "zoe@a.example", "zoë@a.example"),
        'users.csv:4 email: "zoë@a.example" is not an e-mail address in plain letters such as a.b@example.org',
    ),
    (edited("courses", "C-1", '"C\n1"'), f"courses.csv:2 code: {CONTROL}"),
    (edited("courses", "C-1", "C\x071"), f"courses.csv:2 code: {CONTROL}"),
    (edited("courses", "C-1", LONG), "courses.csv:2 code: is longer than 250 characters"),
    (edited("trainers", "TB,", '"T\nB",'), f"trainers.csv:3 id: {CONTROL}"),
    (edited("trainers", "Ada", "  "), "trainers.csv:2 name: is blank"),
    (edited("trainers", "Ada", '"\x07\n\u2028"'), "trainers.csv:2 name: is blank"),
    (edited("trainers", "Ada", "x" * 1_001), "trainers.csv:2 name: is longer than 1,000 characters"),
    (edited("terms", "Spring", "\U00020000" * 1_001), "terms.csv:2 name: is longer than 1,000 characters"),
    (edited("terms", "A-1,", f"{LONG[:201]},"), "terms.csv:2 id: is longer than 200 characters"),
    (
        edited("attendance", "ill", "x" * 10_001),
        "attendance.csv:3 reason: is longer than 10,000 characters",
    ),
    (
        edited("attendance", "ABSENT", "x" * 61),
        f'attendance.csv:3 status: "{"x" * 60}…" is not PRESENT, LATE, EXCUSED or ABSENT',
    ),
    # required
    (edited("schools", "B,Bryn", "B,"), "schools.csv:3 name: is empty"),
    (added("departments", ",B,Bricks"), "departments.csv:5 id: is empty"),
    (edited("departments", "DC,A,Crafts", "DC,,Crafts"), "departments.csv:4 school_id: is empty"),
    (edited("class_groups", "GA2,PA", "GA2,"), "class_groups.csv:4 programme_id: is empty"),
    (edited("enrolments", "S2,GA,", "S2,,"), "enrolments.csv:3 class_group_id: is empty"),
    (edited("holidays", "2026-02-16", ""), "holidays.csv:2 on: is empty"),
    (edited("sessions", "X2,CA", "X2,"), "sessions.csv:3 course_id: is empty"),
    (edited("sessions", "2026-01-13T10:00:00+00:00", ""), "sessions.csv:3 ends_at: is empty"),
    (edited("attendance", "X3,S3,PRESENT", "X3,,PRESENT"), "attendance.csv:4 trainee_id: is empty"),
    (edited("attendance", "ABSENT", ""), "attendance.csv:3 status: is empty"),
    (edited("assessments", "Essay", '""'), "assessments.csv:3 name: is empty"),
    (edited("users", ",ADMIN,", ",,"), "users.csv:2 role: is empty"),
    # order
    (
        edited("enrolments", "2026-06-30", "2026-01-04"),
        "enrolments.csv:2 ends_on: is before starts_on",
    ),
    (edited("terms", "2026-03-27", "2026-01-04"), "terms.csv:2 ends_on: is before starts_on"),
    (
        edited("sessions", "2026-01-13T10:00:00+00:00", "2026-01-13T09:59:59+01:00"),
        "sessions.csv:3 ends_at: is before starts_at",
    ),
    (
        edited("sessions", "2026-01-12T09:05:00+00:00,", "2026-01-12T09:05:00+00:00,2026-01-12T09:04:00Z"),
        "sessions.csv:2 actual_ends_at: is before actual_starts_at",
    ),
    (
        edited("attendance", "2026-01-12T09:50:00+00:00", "2026-01-12T09:09:59Z"),
        "attendance.csv:2 left_at: is before arrived_at",
    ),
    # the deleted column
    (
        VALID | {"terms": "id,school_id,name,starts_on,ends_on,deleted\nA-1,A,T,2026-01-01,2026-02-01,gone\n"},
        'terms.csv:2 deleted: "gone" is not true, false, yes, no, 1 or 0',
    ),
    # roles need their tie
    (edited("users", ",ADMIN,", ",PRINCIPAL,"), "users.csv:2 school_id: is empty; a PRINCIPAL is tied to a school"),
    (edited("users", ",ADMIN,", ",SERVICE,"), "users.csv:2 school_id: is empty; a SERVICE is tied to a school"),
    (
        edited("users", ",,DA,,,", ",A,,,,"),
        "users.csv:3 department_id: is empty; a DEPARTMENT_HEAD is tied to a department",
    ),
    (
        edited("users", ",ADMIN,", ",PROGRAMME_COORDINATOR,"),
        "users.csv:2 programme_id: is empty; a PROGRAMME_COORDINATOR is tied to a programme",
    ),
    (edited("users", ",ADMIN,", ",TRAINER,"), "users.csv:2 trainer_id: is empty; a TRAINER is tied to a trainer"),
    (edited("users", ",S1\n", ",\n"), "users.csv:4 trainee_id: is empty; a TRAINEE is tied to a trainee"),
]

LINKS: list[tuple[Files, str]] = [
    # unknown
    (added("departments", "DX,Z,X"), 'departments.csv:5 school_id: "Z" is not a known school'),
    (added("programmes", "PX,DX,X"), 'programmes.csv:5 department_id: "DX" is not a known department'),
    (added("class_groups", "GX,GA,X"), 'class_groups.csv:5 programme_id: "GA" is not a known programme'),
    (added("courses", "CX,pa,,X"), 'courses.csv:5 programme_id: "pa" is not a known programme'),
    (added("trainers", "TX,PA,X,"), 'trainers.csv:4 department_id: "PA" is not a known department'),
    (added("trainees", "S9,X,,Z"), 'trainees.csv:5 school_id: "Z" is not a known school'),
    (added("enrolments", "S9,GA,,,"), 'enrolments.csv:5 trainee_id: "S9" is not a known trainee'),
    (added("enrolments", "S1,GX,,,"), 'enrolments.csv:5 class_group_id: "GX" is not a known class group'),
    (added("enrolments", "S1,GA2,CX,,"), 'enrolments.csv:5 course_id: "CX" is not a known course'),
    (added("holidays", "Z,2026-01-01,X"), 'holidays.csv:3 school_id: "Z" is not a known school'),
    (edited("sessions", "X2,CA,GA,TA", "X2,CA,GA,TX"), 'sessions.csv:3 trainer_id: "TX" is not a known trainer'),
    (added("attendance", "X9,S1,LATE,,,"), 'attendance.csv:5 session_id: "X9" is not a known session'),
    (added("attendance", "X2,S9,LATE,,,"), 'attendance.csv:5 trainee_id: "S9" is not a known trainee'),
    (added("results", "E9,S1,1"), 'results.csv:5 assessment_id: "E9" is not a known assessment'),
    (added("policies", "Z,,,"), 'policies.csv:3 school_id: "Z" is not a known school'),
    (edited("users", ",,DA,,,", ",,DX,,,"), 'users.csv:3 department_id: "DX" is not a known department'),
    # two schools
    (added("enrolments", "S3,GA,,,"), 'enrolments.csv:5 trainee_id: "S3" belongs to school "B", not "A"'),
    (added("enrolments", "S1,GA2,CB,,"), 'enrolments.csv:5 course_id: "CB" belongs to school "B", not "A"'),
    (edited("sessions", "X2,CA", "X2,CB"), 'sessions.csv:3 course_id: "CB" belongs to school "B", not "A"'),
    (
        edited("sessions", "X2,CA,GA,TA", "X2,CA,GA,TB"),
        'sessions.csv:3 trainer_id: "TB" belongs to school "B", not "A"',
    ),
    (added("attendance", "X2,S3,LATE,,,"), 'attendance.csv:5 trainee_id: "S3" belongs to school "B", not "A"'),
    (
        added("assessments", "E3,CA,GB,,Test,,,,"),
        'assessments.csv:4 course_id: "CA" belongs to school "A", not "B"',
    ),
    (
        edited("assessments", "E2,CB,,", "E2,CB,,TA"),
        'assessments.csv:3 trainer_id: "TA" belongs to school "A", not "B"',
    ),
    (added("results", "E1,S3,1"), 'results.csv:5 trainee_id: "S3" belongs to school "B", not "A"'),
    (edited("users", ",A,,,,S1", ",B,,,,S1"), 'users.csv:4 trainee_id: "S1" belongs to school "A", not "B"'),
    # no school at all
    (
        added("trainees", "S9,New,,"),
        "trainees.csv:5 school_id: is empty, and the trainee has no enrolment to take it from",
    ),
    # the same key twice
    (added("schools", "A,Again,UTC,"), 'schools.csv:4 id: "A" is given twice: it is on line 2'),
    (added("trainees", "S1,Zoë,zoe@a.example,A"), 'trainees.csv:5 id: "S1" is given twice: it is on line 2'),
    (
        added("enrolments", "S2,GA,,2026-01-05,2026-02-01"),
        'enrolments.csv:5 starts_on: "S2", "GA", empty, "2026-01-05" is given twice: it is on line 3',
    ),
    (added("holidays", "A,2026-02-16,Again"), 'holidays.csv:3 on: "A", "2026-02-16" is given twice: it is on line 2'),
    (added("attendance", "X1,S1,LATE,,,"), 'attendance.csv:5 trainee_id: "X1", "S1" is given twice: it is on line 2'),
    (added("results", "E1,S2,1"), 'results.csv:5 trainee_id: "E1", "S2" is given twice: it is on line 3'),
    (added("policies", "A,,,"), 'policies.csv:3 school_id: "A" is given twice: it is on line 2'),
    # overlaps
    (
        added("enrolments", "S1,GA,,2026-06-30,"),
        "enrolments.csv:5 starts_on: overlaps the enrolment on line 2",
    ),
    (added("enrolments", "S1,GA,,,2026-01-05"), "enrolments.csv:5 starts_on: overlaps the enrolment on line 2"),
    (added("enrolments", "S3,GB,CB,2026-05-05,"), "enrolments.csv:5 starts_on: overlaps the enrolment on line 4"),
    # one address, two users
    (
        added("users", "U4,HEAD@a.example,X,ADMIN,,,,,"),
        'users.csv:5 email: "head@a.example" is already the address of the user on line 3',
    ),
]


@pytest.mark.parametrize(
    ("files", "problem"), [*CELLS, *LINKS], ids=lambda value: value if isinstance(value, str) else ""
)
async def test_refused(case: Case, files: Files, problem: str) -> None:
    assert await case.refuse(files) == [problem]


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
    assert str(refusal.value.problems[99]) == f'terms.csv:102 starts_on: "2026-13-01" {DATE}'
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
