"""A small school whose reports of March 2026 were worked out by hand, and accounts that see different parts of it.

Arts (D) has programme P with group G and the courses C and E; Building (X) has programme Q with group H and course F.
Trainer t is at home in Arts, u in Building; each also teaches in the other. LATE counts half, EXCUSED counts whole.

    2 Mon   s1  C G t  09:00 began in time    ann PRESENT   bob ABSENT
    3 Tue   s2  C G t  09:00 began 09:05      ann LATE      bob ABSENT
    4 Wed   s3  E G u  10:00                  ann ABSENT    bob EXCUSED
    9 Mon   s4  C G t  09:00 cancelled        (the mark of ann is ignored)
   10 Tue   s5  C G t  09:00 nothing recorded
   11 Wed   s6  C H t  09:00                  cat PRESENT
   12 Thu   s7  C H u  09:00                  cat unmarked
   16 Mon   q1  C G    of 10, pass 5          ann 8         bob 3
   17 Tue   q2  C      of 20, pass 10         dan 15 (in no group)   cat 5 (in H)
   24 Tue   s10 C G t  09:00                  ann ABSENT    bob ABSENT
   25 Wed   s11 E G u  09:00                  ann ABSENT    bob PRESENT
   30 Mon   s8  F H u  09:00 began in time    cat PRESENT   (summer time: 08:00 UTC)
   31 Tue   s9  E G u  10:00 today            nothing recorded yet
"""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from models import Role, SubjectKind
from resolvers.access.viewers import Viewer
from resolvers.calendar.periods import Period
from tests.support.bundles import Bundle, bundle_of
from tests.support.factories import ADMIN, begun_with

Ids = dict[tuple[str, str], int]

NOW: Final = datetime(2026, 3, 31, 12, tzinfo=UTC)
MARCH: Final = Period(date(2026, 3, 1), date(2026, 3, 31), "2026-03")
K: Final = SubjectKind

SCHOOL: Final[Bundle] = bundle_of(
    schools="""id,name,timezone
        S,School,Europe/London""",
    departments="""id,school_id,name
        D,S,Arts
        X,S,Building""",
    programmes="""id,department_id,name
        P,D,Painting
        Q,X,Bricklaying""",
    class_groups="""id,programme_id,name
        G,P,Painters
        H,Q,Bricklayers""",
    courses="""id,programme_id,code,name
        C,P,C-1,Colour
        E,P,E-1,Easel
        F,Q,F-1,Foundations""",
    trainers="""id,department_id,name,email
        t,D,Tara,tara@school.example
        u,X,Uri,uri@school.example""",
    trainees="""id,name,email,school_id
        ann,Ann,ann@school.example,S
        bob,Bob,,S
        cat,Cat,,S
        dan,Dan,,S""",
    enrolments="""trainee_id,class_group_id,course_id,starts_on,ends_on
        ann,G,,2026-03-01,
        bob,G,,,
        cat,H,,,""",
    sessions="""id,course_id,class_group_id,trainer_id,starts_at,ends_at,status,actual_starts_at
        s1,C,G,t,2026-03-02T09:00:00Z,2026-03-02T10:00:00Z,HELD,2026-03-02T09:00:00Z
        s2,C,G,t,2026-03-03T09:00:00Z,2026-03-03T10:00:00Z,HELD,2026-03-03T09:05:00Z
        s3,E,G,u,2026-03-04T10:00:00Z,2026-03-04T11:00:00Z,HELD,
        s4,C,G,t,2026-03-09T09:00:00Z,2026-03-09T10:00:00Z,CANCELLED,
        s5,C,G,t,2026-03-10T09:00:00Z,2026-03-10T10:00:00Z,,
        s6,C,H,t,2026-03-11T09:00:00Z,2026-03-11T10:00:00Z,HELD,
        s7,C,H,u,2026-03-12T09:00:00Z,2026-03-12T10:00:00Z,HELD,
        s8,F,H,u,2026-03-30T09:00:00+01:00,2026-03-30T10:00:00+01:00,HELD,2026-03-30T08:00:00Z
        s9,E,G,u,2026-03-31T10:00:00+01:00,2026-03-31T11:00:00+01:00,,
        s10,C,G,t,2026-03-24T09:00:00Z,2026-03-24T10:00:00Z,,
        s11,E,G,u,2026-03-25T09:00:00Z,2026-03-25T10:00:00Z,,""",
    attendance="""session_id,trainee_id,status,arrived_at
        s1,ann,PRESENT,
        s1,bob,ABSENT,
        s2,ann,LATE,2026-03-03T09:10:00Z
        s2,bob,ABSENT,
        s3,ann,ABSENT,
        s3,bob,EXCUSED,
        s4,ann,PRESENT,
        s6,cat,PRESENT,
        s8,cat,PRESENT,
        s10,ann,ABSENT,
        s10,bob,ABSENT,
        s11,ann,ABSENT,
        s11,bob,PRESENT,""",
    assessments="""id,course_id,class_group_id,name,held_on,max_score,pass_score
        q1,C,G,Quiz 1,2026-03-16,10,5
        q2,C,,Quiz 2,2026-03-17,20,10""",
    results="""assessment_id,trainee_id,score
        q1,ann,8
        q1,bob,3
        q2,dan,15
        q2,cat,5""",
    policies="""school_id,late_weight,excused_weight,chronic_threshold,chronic_min_expected,watch_below,at_risk_below
        S,0.5,1,0.5,2,0.9,0.4""",
    users="""id,email,name,role,school_id,department_id,programme_id,trainer_id,trainee_id
        U0,admin@school.example,Admin,ADMIN,,,,,
        U1,principal@school.example,Principal,PRINCIPAL,S,,,,
        U2,arts@school.example,Head of Arts,DEPARTMENT_HEAD,,D,,,
        U3,building@school.example,Head of Building,DEPARTMENT_HEAD,,X,,,
        U4,tara@school.example,Tara,TRAINER,,,,t,
        U5,ann@school.example,Ann,TRAINEE,,,,,ann
        U6,service@school.example,Service,SERVICE,S,,,,""",
)


async def school(session: AsyncSession, folder: Path) -> Ids:
    """The school, imported; our ids of its subjects."""
    return await begun_with(session, SCHOOL, folder)


def viewers(ids: Ids) -> dict[str, Viewer]:
    """Who looks at it, by a word for each."""

    def viewer(role: Role, **ties: Any) -> Viewer:
        return Viewer(user_id=0, email=None, name="", role=role, **ties)

    return {
        "admin": ADMIN,
        "principal": viewer(Role.PRINCIPAL, school_id=ids[K.SCHOOL, "S"]),
        "arts": viewer(Role.DEPARTMENT_HEAD, department_id=ids[K.DEPARTMENT, "D"]),
        "building": viewer(Role.DEPARTMENT_HEAD, department_id=ids[K.DEPARTMENT, "X"]),
        "tara": viewer(Role.TRAINER, trainer_id=ids[K.TRAINER, "t"]),
        "ann": viewer(Role.TRAINEE, trainee_id=ids[K.TRAINEE, "ann"]),
        "service": viewer(Role.SERVICE, school_id=ids[K.SCHOOL, "S"]),
    }
