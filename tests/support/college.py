"""Two small schools in which every role sees something else, and who may see what, written down by hand."""

from datetime import UTC, datetime
from typing import Final

from models import SubjectKind
from tests.support.bundles import Bundle, bundle_of

NOW: Final = datetime(2026, 3, 13, 12, tzinfo=UTC)
MARCH: Final = '{range: {from: "2026-03-01", to: "2026-03-31"}}'

# Ashby: Arts has Painting (groups P1, P2) and Sculpture, Building has Bricklaying (group B1). Bob of Building also
# taught P1; tess moved from P1 to B1 on 4 March; ulf is enrolled nowhere. Bryn is another school, without terms.
COLLEGE: Final[Bundle] = bundle_of(
    schools="""id,name,timezone,locale
        A,Ashby College,Europe/London,en-GB
        B,Bryn School,America/New_York,""",
    departments="""id,school_id,name
        ART,A,Arts
        BLD,A,Building
        SCI,B,Sciences""",
    programmes="""id,department_id,name
        PNT,ART,Painting
        SCU,ART,Sculpture
        BRK,BLD,Bricklaying
        PHY,SCI,Physics""",
    class_groups="""id,programme_id,name
        P1,PNT,Painters One
        P2,PNT,Painters Two
        B1,BRK,Bricklayers One
        Z1,PHY,Physicists One""",
    courses="""id,programme_id,code,name
        COL,PNT,C-1,Colour
        CAN,PNT,,Canvas
        MOR,BRK,M-1,Mortar
        OPT,PHY,O-1,Optics""",
    trainers="""id,department_id,name,email
        ada,ART,Ada Ash,ada@ashby.example
        bob,BLD,Bob Birch,bob@ashby.example
        cyd,BLD,Cyd Cedar,cyd@ashby.example
        zed,SCI,Zed Zimmer,zed@bryn.example""",
    trainees="""id,name,email,school_id
        pam,Pam Pine,pam@ashby.example,A
        quo,Quo Quince,quo@ashby.example,A
        rex,Rex Rowan,rex@ashby.example,A
        sol,Sol Spruce,sol@ashby.example,A
        tess,Tess Teak,tess@ashby.example,A
        ulf,Ulf Umbra,ulf@ashby.example,A
        yan,Yan Yew,yan@bryn.example,B""",
    enrolments="""trainee_id,class_group_id,course_id,starts_on,ends_on
        pam,P1,,2026-01-05,
        quo,P1,,2026-01-05,
        rex,P2,,2026-01-05,
        sol,B1,,2026-01-05,
        tess,P1,,2026-01-05,2026-03-03
        tess,B1,,2026-03-04,
        yan,Z1,,2026-01-05,""",
    terms="""id,school_id,name,starts_on,ends_on
        A-AUT,A,Autumn,2025-09-01,2025-12-19
        A-SPR,A,Spring,2026-01-05,2026-03-27""",
    sessions="""id,course_id,class_group_id,trainer_id,starts_at,ends_at,status
        s1,COL,P1,ada,2026-03-02T09:00:00+00:00,2026-03-02T10:00:00+00:00,HELD
        s2,COL,P1,bob,2026-03-03T09:00:00+00:00,2026-03-03T10:00:00+00:00,HELD
        s3,CAN,P2,ada,2026-03-04T09:00:00+00:00,2026-03-04T10:30:00+00:00,HELD
        s4,MOR,B1,bob,2026-03-05T09:00:00+00:00,2026-03-05T10:00:00+00:00,HELD
        s5,MOR,B1,cyd,2026-03-06T09:00:00+00:00,2026-03-06T10:00:00+00:00,HELD
        s6,COL,P1,ada,2026-03-09T09:00:00+00:00,2026-03-09T10:00:00+00:00,CANCELLED
        z1,OPT,Z1,zed,2026-03-02T09:00:00-05:00,2026-03-02T10:00:00-05:00,HELD""",
    attendance="""session_id,trainee_id,status,arrived_at
        s1,pam,PRESENT,
        s1,quo,LATE,2026-03-02T09:06:00+00:00
        s1,tess,ABSENT,
        s2,pam,PRESENT,
        s2,quo,ABSENT,
        s2,tess,EXCUSED,
        s3,rex,PRESENT,
        s4,sol,PRESENT,
        s4,tess,PRESENT,
        s5,sol,ABSENT,
        z1,yan,PRESENT,""",
    assessments="""id,course_id,class_group_id,name,held_on,max_score,pass_score
        E1,COL,P1,Essay,2026-03-10,40,20""",
    results="""assessment_id,trainee_id,score
        E1,pam,30
        E1,quo,15""",
    users="""id,email,name,role,school_id,department_id,programme_id,trainer_id,trainee_id
        U1,admin@example.org,Admin,ADMIN,,,,,
        U2,principal@ashby.example,Principal,PRINCIPAL,A,,,,
        U3,head@ashby.example,Head,DEPARTMENT_HEAD,,ART,,,
        U4,coordinator@ashby.example,Coordinator,PROGRAMME_COORDINATOR,,,PNT,,
        U5,trainer@ashby.example,Trainer,TRAINER,,,,ada,
        U6,trainee@ashby.example,Trainee,TRAINEE,,,,,pam
        U7,service@ashby.example,Service,SERVICE,A,,,,
        U8,principal@bryn.example,Principal of Bryn,PRINCIPAL,B,,,,
        U9,builder@ashby.example,Head who teaches,DEPARTMENT_HEAD,,BLD,,bob,""",
)

ADMIN, PRINCIPAL, HEAD, COORDINATOR = (
    "admin@example.org",
    "principal@ashby.example",
    "head@ashby.example",
    "coordinator@ashby.example",
)
TRAINER, TRAINEE, SERVICE, OTHER_PRINCIPAL, BUILDER = (
    "trainer@ashby.example",
    "trainee@ashby.example",
    "service@ashby.example",
    "principal@bryn.example",
    "builder@ashby.example",
)

Sees = dict[SubjectKind, set[str]]
_K: Final = SubjectKind


def _sees(
    schools: str = "",
    departments: str = "",
    programmes: str = "",
    class_groups: str = "",
    courses: str = "",
    trainers: str = "",
    trainees: str = "",
) -> Sees:
    texts = (schools, departments, programmes, class_groups, courses, trainers, trainees)
    return {kind: set(text.split()) for kind, text in zip(SubjectKind, texts, strict=True)}


SEES: Final[dict[str, Sees]] = {
    ADMIN: _sees(
        "A B", "ART BLD SCI", "PNT SCU BRK PHY", "P1 P2 B1 Z1", "COL CAN MOR OPT", "ada bob cyd zed",
        "pam quo rex sol tess ulf yan",
    ),
    PRINCIPAL: _sees(
        "A", "ART BLD", "PNT SCU BRK", "P1 P2 B1", "COL CAN MOR", "ada bob cyd", "pam quo rex sol tess ulf"
    ),
    HEAD: _sees("", "ART", "PNT SCU", "P1 P2", "COL CAN", "ada bob", "pam quo rex tess"),
    COORDINATOR: _sees("", "", "PNT", "P1 P2", "COL CAN", "ada bob", "pam quo rex tess"),
    TRAINER: _sees("", "", "", "P1 P2", "COL CAN", "ada", "pam quo rex tess"),
    TRAINEE: _sees(trainees="pam"),
    SERVICE: _sees(),
    OTHER_PRINCIPAL: _sees("B", "SCI", "PHY", "Z1", "OPT", "zed", "yan"),
    # the union of a head's department and the groups they teach elsewhere
    BUILDER: _sees("", "BLD", "BRK", "B1 P1", "MOR COL", "bob cyd", "sol tess pam quo"),
}  # fmt: skip

# the trainers whose figures each may read
MEASURES: Final[dict[str, set[str]]] = {
    ADMIN: {"ada", "bob", "cyd", "zed"},
    PRINCIPAL: {"ada", "bob", "cyd"},
    HEAD: {"ada"},
    COORDINATOR: set(),
    TRAINER: {"ada"},
    TRAINEE: set(),
    SERVICE: set(),
    OTHER_PRINCIPAL: {"zed"},
    BUILDER: {"bob", "cyd"},
}
# the trainers and trainees whose addresses each may read
CONTACTS: Final[dict[str, set[str]]] = {
    ADMIN: {"ada", "bob", "cyd", "zed", "pam", "quo", "rex", "sol", "tess", "ulf", "yan"},
    PRINCIPAL: {"ada", "bob", "cyd", "pam", "quo", "rex", "sol", "tess", "ulf"},
    HEAD: {"ada", "bob", "pam", "quo", "rex", "tess"},
    COORDINATOR: {"ada", "bob", "pam", "quo", "rex", "tess"},
    TRAINER: {"ada"},
    TRAINEE: {"pam"},
    SERVICE: set(),
    OTHER_PRINCIPAL: {"zed", "yan"},
    BUILDER: {"bob", "cyd", "sol", "tess"},
}

NAMES: Final[dict[tuple[SubjectKind, str], str]] = {
    (kind, row["id"]): row["name"] for kind in SubjectKind for row in COLLEGE[f"{kind.lower()}s"] if "name" in row
}


def id_of(source_id: str) -> tuple[SubjectKind, str]:
    """The kind of a subject of the college; the institution's ids happen to be unique here."""
    return next((kind, found) for kind, found in NAMES if found == source_id)
