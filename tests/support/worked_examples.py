"""Small schools whose figures were worked out by hand, to pin the oracle and whatever else counts.

`figures` names the metrics that an example is about; it need not name them all.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from tests.support.bundles import Bundle, bundle_of

Figures = dict[str, float | int | None]


@dataclass(frozen=True, slots=True)
class Example:
    name: str
    bundle: Bundle
    now: datetime
    first: date
    last: date
    figures: dict[tuple[str, str], Figures]
    """Of subjects, each as kind and id."""


def school(timezone: str, **files: str) -> Bundle:
    """School S with department D and programme P, groups G and H, courses C and E, trainers T and U; files are added
    to it or take the place of those."""
    base = bundle_of(
        schools=f"id,name,timezone\nS,School,{timezone}",
        departments="id,school_id,name\nD,S,Department",
        programmes="id,department_id,name\nP,D,Programme",
        class_groups="id,programme_id,name\nG,P,Group G\nH,P,Group H",
        courses="id,programme_id,code,name\nC,P,C,Course C\nE,P,E,Course E",
        trainers="id,department_id,name\nT,D,Trainer T\nU,D,Trainer U",
    )
    return base | bundle_of(**files)


# Late after 5 minutes, LATE counts half, EXCUSED is left out. Monday 2 to Thursday 5 March; London is on UTC.
#
#     2 Mon  s1 C G T 09:00-10:00, began 09:10  ann PRESENT at 09:05:30, so LATE · bob ABSENT · cat unmarked
#     3 Tue  s2 C G T 09:00-10:00               ann LATE at 09:20, left 09:50 · bob EXCUSED · cat PRESENT · dan nowhere
#            s3 E G U 11:00-12:00               ann ABSENT · bob PRESENT · cat, enrolled for C only, not counted
#     4 Wed  s4 C G T 09:00-10:00               cancelled: the mark of ann is ignored
#            s5 C H T 09:00-10:00               nothing recorded; bob has moved to H
#     5 Thu  s6 C H U 09:00-10:00               bob ABSENT
WEEK = Example(
    name="a week",
    bundle=school(
        "Europe/London",
        trainees="id,name,school_id\nann,Ann,\nbob,Bob,\ncat,Cat,\ndan,Dan,S",
        enrolments="""trainee_id,class_group_id,course_id,starts_on,ends_on
            ann,G,,2026-03-01,
            ann,G,C,,
            bob,G,,,2026-03-03
            bob,H,,2026-03-04,
            cat,G,C,2026-03-02,2026-03-05""",
        sessions="""id,course_id,class_group_id,trainer_id,starts_at,ends_at,status,actual_starts_at
            s1,C,G,T,2026-03-02T09:00:00Z,2026-03-02T10:00:00Z,HELD,2026-03-02T10:10:00+01:00
            s2,C,G,T,2026-03-03T09:00:00Z,2026-03-03T10:00:00Z,,
            s3,E,G,U,2026-03-03T11:00:00Z,2026-03-03T12:00:00Z,SCHEDULED,
            s4,C,G,T,2026-03-04T09:00:00Z,2026-03-04T10:00:00Z,CANCELLED,
            s5,C,H,T,2026-03-04T09:00:00Z,2026-03-04T10:00:00Z,,
            s6,C,H,U,2026-03-05T09:00:00Z,2026-03-05T10:00:00Z,HELD,""",
        attendance="""session_id,trainee_id,status,arrived_at,left_at
            s1,ann,PRESENT,2026-03-02T09:05:30Z,
            s1,bob,ABSENT,,
            s2,ann,LATE,2026-03-03T09:20:00Z,2026-03-03T09:50:00Z
            s2,bob,EXCUSED,,
            s2,cat,PRESENT,,
            s2,dan,PRESENT,,
            s3,ann,ABSENT,,
            s3,bob,PRESENT,2026-03-03T11:05:00Z,
            s3,cat,PRESENT,,
            s4,ann,PRESENT,,
            s6,bob,ABSENT,,""",
        policies="school_id,late_weight,excused_counts,late_after_minutes,chronic_threshold,chronic_min_expected,"
        "watch_below,at_risk_below\nS,0.5,no,5,0.75,1,0.5,0.3333",
    ),
    now=datetime(2026, 3, 5, 12, tzinfo=UTC),
    first=date(2026, 3, 2),
    last=date(2026, 3, 5),
    figures={
        ("SCHOOL", "S"): {
            "present": 2,  # cat s2, bob s3 (at 11:05:00: not later than 5 minutes)
            "late": 2,  # ann s1, s2
            "excused": 1,
            "absent": 3,
            "marked": 8,
            "expected": 7,
            "unmarked": 1,  # cat s1
            "attendanceRate": 3 / 7,  # 1 + 1 + 0.5 + 0.5
            "absenceRate": 3 / 7,
            "excusedRate": 1 / 8,
            "lateRate": 1 / 2,
            "punctualityRate": 1 / 2,
            "averageMinutesLate": 12.75,  # (5.5 + 20) / 2
            "sessionCount": 4,
            "sessionsScheduled": 6,
            "sessionsCancelled": 1,
            "sessionsUnrecorded": 1,
            "deliveryRate": 4 / 5,
            "averageSessionMinutes": 57.5,  # (50 + 60 + 60 + 60) / 4
            "contactHours": 230 / 60,
            "averageAttendedMinutes": 48.75,  # (50 + 30 + 60 + 55) / 4: ann was there before s1 began
            "registerCompleteness": 3 / 4,
            "averageScore": None,
            "passRate": None,
            "resultCount": 0,
            "traineeCount": 3,
            "chronicAbsenceRate": 1 / 3,  # ann 1/3, bob 3/4, cat 0/1
            "watchCount": 2,  # ann (0.5 + 0.5 + 0) / 3 and bob 1/3 are not below 0.3333
            "atRiskCount": 0,
            "dailyAttendanceRate": 4 / 6,  # ann 2 3, bob 2 3 5, cat 3; not attended: bob 2 and 5
            "averageDailyAttendance": 4 / 3,  # held on 2, 3 and 5
            "longestAbsenceStreak": None,
        },
        ("TRAINEE", "bob"): {
            "present": 1,
            "late": 0,
            "excused": 1,
            "absent": 2,
            "marked": 4,
            "expected": 3,
            "unmarked": 0,
            "attendanceRate": 1 / 3,
            "absenceRate": 2 / 3,
            "excusedRate": 1 / 4,
            "lateRate": 0.0,
            "punctualityRate": 1.0,
            "averageMinutesLate": None,
            "sessionCount": 4,
            "sessionsScheduled": 5,  # not s4: he was in H by then
            "sessionsCancelled": 0,
            "sessionsUnrecorded": 1,
            "deliveryRate": 1.0,
            "averageSessionMinutes": 60.0,  # s3, the only one attended
            "contactHours": 1.0,
            "averageAttendedMinutes": 55.0,
            "registerCompleteness": 1.0,
            "traineeCount": 1,
            "chronicAbsenceRate": 1.0,
            "watchCount": 1,
            "atRiskCount": 0,
            "dailyAttendanceRate": 1 / 3,
            "averageDailyAttendance": 1 / 3,
            "longestAbsenceStreak": 1,  # s1; s2 skipped; s3 breaks; s6
        },
        ("TRAINEE", "dan"): {
            "marked": 0,
            "attendanceRate": None,
            "sessionsScheduled": 0,
            "deliveryRate": None,
            "averageSessionMinutes": None,
            "contactHours": 0.0,
            "registerCompleteness": None,
            "traineeCount": 0,
            "chronicAbsenceRate": None,
            "watchCount": 0,
            "averageDailyAttendance": None,
            "longestAbsenceStreak": 0,
        },
        ("CLASS_GROUP", "H"): {"traineeCount": 1, "marked": 1, "sessionsScheduled": 2, "chronicAbsenceRate": 1.0},
        ("COURSE", "E"): {"traineeCount": 2, "marked": 2, "unmarked": 0, "attendanceRate": 1 / 2},
        ("COURSE", "C"): {"traineeCount": 3, "marked": 6, "sessionsCancelled": 1, "registerCompleteness": 2 / 3},
        ("TRAINER", "U"): {"traineeCount": 2, "marked": 3, "sessionCount": 2, "averageDailyAttendance": 1 / 2},
    },
)

# T teaches G and H together (60 and 90 minutes, and a cancelled 120) and G alone (30). With U it would be longer still.
JOINT = Example(
    name="joint sessions",
    bundle=school(
        "UTC",
        sessions="""id,course_id,class_group_id,trainer_id,starts_at,ends_at,status,joint_id
            s1,C,G,T,2026-03-02T09:00:00Z,2026-03-02T10:00:00Z,HELD,j
            s2,C,H,T,2026-03-02T09:00:00Z,2026-03-02T10:30:00Z,HELD,j
            s3,C,H,T,2026-03-02T09:00:00Z,2026-03-02T11:00:00Z,CANCELLED,j
            s4,C,G,T,2026-03-02T13:00:00Z,2026-03-02T13:30:00Z,HELD,
            s5,E,G,U,2026-03-02T09:00:00Z,2026-03-02T11:30:00Z,HELD,j""",
    ),
    now=datetime(2026, 3, 5, tzinfo=UTC),
    first=date(2026, 3, 2),
    last=date(2026, 3, 2),
    figures={
        ("TRAINER", "T"): {"sessionCount": 3, "averageSessionMinutes": 60.0, "contactHours": 2.0},
        ("COURSE", "C"): {"sessionCount": 3, "averageSessionMinutes": 60.0, "contactHours": 2.0},
        ("TRAINER", "U"): {"averageSessionMinutes": 150.0, "contactHours": 2.5},
        ("CLASS_GROUP", "G"): {"averageSessionMinutes": 80.0, "contactHours": 4.0},
        ("SCHOOL", "S"): {"sessionCount": 4, "averageSessionMinutes": 82.5, "contactHours": 5.5, "deliveryRate": 4 / 5},
    },
)

# On Kiritimati, UTC+14, 31 December 10:30 UTC is half past midnight on 1 January, and 10:10 is ten past midnight.
MIDNIGHT = Example(
    name="past midnight",
    bundle=school(
        "Pacific/Kiritimati",
        trainees="id,name\nann,Ann",
        enrolments="trainee_id,class_group_id,starts_on,ends_on\nann,G,2026-01-01,2026-01-01",
        sessions="""id,course_id,class_group_id,trainer_id,starts_at,ends_at
            s0,C,G,T,2025-12-31T09:30:00Z,2025-12-31T10:30:00Z
            s1,C,G,T,2025-12-31T05:30:00-05:00,2025-12-31T06:30:00-05:00
            s2,C,G,T,2026-01-01T12:00:00+14:00,2026-01-01T13:00:00+14:00""",
        attendance="session_id,trainee_id,status\ns0,ann,ABSENT\ns1,ann,PRESENT",
    ),
    now=datetime(2026, 1, 1, 10, tzinfo=UTC),  # 2 January
    first=date(2026, 1, 1),
    last=date(2026, 1, 1),
    figures={
        ("TRAINEE", "ann"): {"present": 1, "absent": 0, "sessionsScheduled": 2, "sessionsUnrecorded": 1},
        ("SCHOOL", "S"): {"present": 1, "sessionCount": 1, "sessionsUnrecorded": 1, "averageDailyAttendance": 1.0},
    },
)

# ann: G since ever, H since 3 March, both with a session of C by the 6th: H. bob: begun by then, but in E only: none.
# cat: G and H since ever, so G. dan: none; but quiz q2 names U, for whom the result counts without a group.
# In G and C, U held two sessions by the 6th and T two: T. In H only U did.
RESULTS = Example(
    name="results",
    bundle=school(
        "UTC",
        trainees="id,name,school_id\nann,Ann,S\nbob,Bob,S\ncat,Cat,S\ndan,Dan,S",
        enrolments="""trainee_id,class_group_id,course_id,starts_on,ends_on
            ann,G,,,
            ann,H,C,2026-03-03,2026-03-04
            bob,G,E,,
            bob,H,,2026-03-07,
            cat,H,,,
            cat,G,C,,""",
        sessions="""id,course_id,class_group_id,trainer_id,starts_at,ends_at,status
            s1,C,G,U,2026-03-02T09:00:00Z,2026-03-02T10:00:00Z,HELD
            s2,C,G,U,2026-03-03T09:00:00Z,2026-03-03T10:00:00Z,HELD
            s3,C,G,T,2026-03-04T09:00:00Z,2026-03-04T10:00:00Z,HELD
            s4,C,G,T,2026-03-06T23:00:00Z,2026-03-06T23:30:00Z,HELD
            s5,C,G,U,2026-03-06T09:00:00Z,2026-03-06T10:00:00Z,CANCELLED
            s6,C,G,U,2026-03-07T09:00:00Z,2026-03-07T10:00:00Z,HELD
            s7,C,H,U,2026-03-06T09:00:00Z,2026-03-06T10:00:00Z,HELD
            s8,C,H,,2026-03-05T09:00:00Z,2026-03-05T10:00:00Z,HELD
            s9,C,H,,2026-03-04T09:00:00Z,2026-03-04T10:00:00Z,HELD""",
        assessments="""id,course_id,class_group_id,trainer_id,name,held_on,max_score,pass_score
            q1,C,,,Quiz 1,2026-03-06,10,5
            q2,C,,U,Quiz 2,2026-03-06,,
            q3,C,G,,Quiz 3,2026-03-06,20,
            q4,C,G,T,Quiz 4,,10,5""",
        results="""assessment_id,trainee_id,score
            q1,ann,12
            q1,bob,4.999
            q1,cat,5
            q1,dan,
            q2,dan,3
            q3,dan,0
            q4,ann,9""",
    ),
    now=datetime(2026, 3, 9, tzinfo=UTC),
    first=date(2026, 3, 6),
    last=date(2026, 3, 6),
    figures={
        ("SCHOOL", "S"): {
            "resultCount": 5,  # not q1 of dan, nor q4
            "averageScore": float("21.999") / 50,  # 12 + 4.999 + 5 + 0 of 10 + 10 + 10 + 20
            "passRate": 2 / 3,
        },
        ("COURSE", "C"): {"resultCount": 5, "passRate": 2 / 3},
        ("CLASS_GROUP", "H"): {"resultCount": 1, "averageScore": 1.2, "passRate": 1.0},  # ann q1
        ("CLASS_GROUP", "G"): {"resultCount": 2, "averageScore": 5 / 30, "passRate": 1.0},  # cat q1, dan q3
        ("TRAINER", "T"): {"resultCount": 2, "averageScore": 5 / 30},
        ("TRAINER", "U"): {"resultCount": 2, "averageScore": 1.2},  # ann q1, dan q2, which has no maximum
        ("TRAINEE", "dan"): {"resultCount": 2, "averageScore": 0.0, "passRate": None},
        ("COURSE", "E"): {"resultCount": 0, "averageScore": None, "passRate": None},
    },
)

# At nine, three at the same moment, in order of code points: B (ABSENT), a (PRESENT), é (EXCUSED).
STREAK = Example(
    name="absences in a row",
    bundle=school(
        "UTC",
        trainees="id,name\nann,Ann",
        enrolments="trainee_id,class_group_id\nann,G\nann,H",
        sessions="""id,course_id,class_group_id,starts_at,ends_at
            é,C,G,2026-03-02T09:00:00Z,2026-03-02T10:00:00Z
            a,E,H,2026-03-02T10:00:00+01:00,2026-03-02T11:00:00+01:00
            B,C,H,2026-03-02T09:00:00Z,2026-03-02T10:00:00Z
            z,C,H,2026-03-02T08:00:00Z,2026-03-02T09:00:00Z""",
        attendance="session_id,trainee_id,status\né,ann,EXCUSED\na,ann,PRESENT\nB,ann,ABSENT\nz,ann,ABSENT",
    ),
    now=datetime(2026, 3, 9, tzinfo=UTC),
    first=date(2026, 3, 1),
    last=date(2026, 3, 31),
    figures={("TRAINEE", "ann"): {"longestAbsenceStreak": 2, "chronicAbsenceRate": None, "atRiskCount": 0}},
)

# ann is in B and a since the same day: B. In B, trainers a and B held one session each: B. In a, ｚ and 𝟙: ｚ, whose
# code point is the lower one (in UTF-16 it would be the other).
TIES = Example(
    name="ties of ids",
    bundle=school(
        "UTC",
        class_groups="id,programme_id,name\na,P,a\nB,P,B",
        trainers="id,department_id,name\na,D,a\nB,D,B\n\uff5a,D,z\n\U0001d7d9,D,1",
        trainees="id,name\nann,Ann\nbob,Bob",
        enrolments="trainee_id,class_group_id,starts_on\nann,a,2026-03-01\nann,B,2026-03-01\nbob,a,",
        sessions="""id,course_id,class_group_id,trainer_id,starts_at,ends_at,status
            s1,C,B,a,2026-03-02T09:00:00Z,2026-03-02T10:00:00Z,HELD
            s2,C,B,B,2026-03-03T09:00:00Z,2026-03-03T10:00:00Z,HELD
            s3,C,a,\U0001d7d9,2026-03-02T09:00:00Z,2026-03-02T10:00:00Z,HELD
            s4,C,a,\uff5a,2026-03-03T09:00:00Z,2026-03-03T10:00:00Z,HELD""",
        assessments="id,course_id,name,held_on,max_score\nq,C,Quiz,2026-03-03,10",
        results="assessment_id,trainee_id,score\nq,ann,4\nq,bob,7",
    ),
    now=datetime(2026, 3, 9, tzinfo=UTC),
    first=date(2026, 3, 3),
    last=date(2026, 3, 3),
    figures={
        ("CLASS_GROUP", "B"): {"resultCount": 1, "averageScore": 0.4},
        ("TRAINER", "B"): {"resultCount": 1, "averageScore": 0.4},
        ("CLASS_GROUP", "a"): {"resultCount": 1, "averageScore": 0.7},
        ("TRAINER", "\uff5a"): {"resultCount": 1, "averageScore": 0.7},
        ("TRAINER", "a"): {"resultCount": 0},
        ("TRAINER", "\U0001d7d9"): {"resultCount": 0},
    },
)

# (0.7 + 0.1) / 2 is 0.4, not below it; in floats it would be.
THRESHOLD = Example(
    name="a threshold met exactly",
    bundle=school(
        "UTC",
        trainees="id,name\nann,Ann",
        enrolments="trainee_id,class_group_id\nann,G",
        sessions="""id,course_id,class_group_id,starts_at,ends_at
            s1,C,G,2026-03-02T09:00:00Z,2026-03-02T10:00:00Z
            s2,C,G,2026-03-03T09:00:00Z,2026-03-03T10:00:00Z""",
        attendance="session_id,trainee_id,status\ns1,ann,PRESENT\ns2,ann,LATE",
        policies="school_id,present_weight,late_weight,chronic_min_expected,at_risk_below\nS,0.7,0.1,2,0.4",
    ),
    now=datetime(2026, 3, 9, tzinfo=UTC),
    first=date(2026, 3, 1),
    last=date(2026, 3, 31),
    figures={
        (kind, source_id): {"attendanceRate": 0.4, "watchCount": 1, "atRiskCount": 0}
        for kind, source_id in (("SCHOOL", "S"), ("CLASS_GROUP", "G"), ("COURSE", "C"), ("TRAINEE", "ann"))
    },
)

EXAMPLES = (WEEK, JOINT, MIDNIGHT, RESULTS, STREAK, TIES, THRESHOLD)
