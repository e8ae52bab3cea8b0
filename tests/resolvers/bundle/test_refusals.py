"""Every refusal and every warning, with its exact file:line column: why; and that a refusal leaves nothing behind."""

import pytest

from tests.support.bundle_case import NO_DATE, VALID, Case, Files, added, edited

TIME = "is not a time such as 2026-03-01T09:00:00+01:00"


CONTROL = "holds a control character, such as a line break"


LONG = "x" * 251


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
    (edited("terms", "2026-03-27", "2026-02-30"), f'terms.csv:2 ends_on: "2026-02-30" {NO_DATE}'),
    (edited("terms", "2026-03-27", "27/03/2026"), f'terms.csv:2 ends_on: "27/03/2026" {NO_DATE}'),
    (edited("terms", "2026-03-27", "today"), f'terms.csv:2 ends_on: "today" {NO_DATE}'),
    (edited("terms", "2026-03-27", "0000-01-01"), f'terms.csv:2 ends_on: "0000-01-01" {NO_DATE}'),
    (edited("terms", "2026-03-27", "infinity"), f'terms.csv:2 ends_on: "infinity" {NO_DATE}'),
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
