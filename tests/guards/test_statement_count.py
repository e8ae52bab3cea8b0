"""The number of SQL statements of typical queries: pinned, and the same for ten times the data."""

import re
from datetime import date
from pathlib import Path

import pytest

from models import SubjectKind
from models.database import Database
from models.settings import load_settings
from resolvers.access.viewers import SYSTEM
from resolvers.calendar.periods import Period
from resolvers.reports.generation import generate
from tests.support.asking import asking
from tests.support.bundles import Bundle, bundle_of
from tests.support.college import NOW
from tests.support.factories import imported
from tests.support.statements import statements

FEBRUARY = Period(date(2026, 2, 1), date(2026, 2, 28), "2026-02")
MARCH = '{month: "2026-03"}'
SEVEN = "attendanceRate absenceRate lateRate sessionCount averageScore passRate registerCompleteness"

# query → statements. What asks for one fact more costs one statement more, whatever the number of subjects.
PINNED = {
    "{ viewer { name role } }": 0,
    "{ viewer { readableFields } }": 1,
    "{ classGroups(first: 500) { nodes { name } } }": 1,
    "{ classGroups(first: 500) { totalCount nodes { name } } }": 2,
    f"{{ classGroups(first: 400) {{ nodes {{ name metrics(period: {MARCH}) {{ attendanceRate }} }} }} }}": 3,
    f"{{ classGroups(first: 400) {{ nodes {{ name metrics(period: {MARCH}) {{ {SEVEN} }} }} }} }}": 4,
    f"""{{ classGroups(first: 100) {{ nodes {{ name
        now: metrics(period: {MARCH}) {{ {SEVEN} }} before: metrics(period: {{month: "2026-02"}}) {{ {SEVEN} }}
        }} }} }}""": 4,
    "{ classGroups(first: 100) { nodes { metrics(period: {named: THIS_TERM}) { attendanceRate } } } }": 4,
    f"""{{ classGroups(first: 40) {{ nodes {{ name trend(period: {MARCH}) {{ period {{ name }} metrics {{
        attendanceRate }} }} }} }} }}""": 3,
    """{ classGroups(first: 100) { nodes { name programme { name department { name school { name } } } } } }""": 4,
    f"""{{ classGroups(first: 20) {{ nodes {{ name trainees(first: 20) {{ totalCount nodes {{ name
        metrics(period: {MARCH}) {{ attendanceRate longestAbsenceStreak }} }} }} }} }} }}""": 6,
    f"""{{ schools {{ nodes {{ name metrics(period: {MARCH}) {{ attendanceRate chronicAbsenceRate traineeCount }}
        departments {{ nodes {{ name metrics(period: {MARCH}) {{ attendanceRate }}
            programmes {{ nodes {{ name metrics(period: {MARCH}) {{ attendanceRate }} }} }} }} }} }} }} }}""": 11,
    f"""{{ trainee(sourceId: "t1") {{ name metrics(period: {MARCH}) {{ attendanceRate }}
        classGroups {{ nodes {{ name }} }} }} }}""": 4,
    f"{{ ranking(kind: TRAINEE, metric: PRESENT, period: {MARCH}) {{ rank subject {{ name }} }} }}": 5,
    f"""{{ trainers(first: 50) {{ nodes {{ name email metrics(period: {MARCH}) {{ contactHours }}
        courses(first: 5) {{ nodes {{ name }} }} reports(first: 5) {{ nodes {{ id }} }} }} }} }}""": 5,
    "{ reports(first: 400) { nodes { timeZone generatedBy isLatest school { name } subject { name } notes } } }": 8,
}

ROOT = Path(__file__).parents[2]
PAGES = "".join((ROOT / page).read_text(encoding="utf-8") for page in ("README.md", "docs/queries.md"))
ON_PAGES = {"FirstLook": 8, "ClassGroups": 6, "Stored": 4}
PINNED |= {query: ON_PAGES[query.split()[1]] for query in re.findall(r"```graphql\n(query.*?)```", PAGES, re.DOTALL)}


def village(size: int) -> Bundle:
    """A school in which there is `size` of everything, everybody in a group and course of their own."""
    numbers = range(1, size + 1)

    def lines(text: str) -> str:
        return "\n".join(text.format(n=n, day=1 + n % 28) for n in numbers)

    return bundle_of(
        schools="id,name,timezone\nS,School,UTC",
        departments="id,school_id,name\n" + lines("d{n},S,Department {n}"),
        programmes="id,department_id,name\n" + lines("p{n},d{n},Programme {n}"),
        class_groups="id,programme_id,name\n" + lines("g{n},p{n},Group {n}"),
        courses="id,programme_id,code,name\n" + lines("c{n},p{n},C{n},Course {n}"),
        trainers="id,department_id,name,email\n" + lines("r{n},d{n},Trainer {n},r{n}@example.org"),
        trainees="id,name,email,school_id\n" + lines("t{n},Trainee {n},t{n}@example.org,S"),
        terms="id,school_id,name,starts_on,ends_on\nT,S,Spring,2026-01-05,2026-03-27",
        enrolments="trainee_id,class_group_id,course_id,starts_on,ends_on\n" + lines("t{n},g{n},,,"),
        sessions="id,course_id,class_group_id,trainer_id,starts_at,ends_at,status\n"
        + lines("s{n},c{n},g{n},r{n},2026-03-{day:02}T09:00:00Z,2026-03-{day:02}T10:00:00Z,HELD"),
        attendance="session_id,trainee_id,status\n" + lines("s{n},t{n},PRESENT"),
        assessments="id,course_id,class_group_id,name,held_on,max_score,pass_score\n"
        + lines("e{n},c{n},g{n},Test,2026-03-10,10,5"),
        results="assessment_id,trainee_id,score\n" + lines("e{n},t{n},7"),
        users="id,email,name,role,school_id\nU1,admin@example.org,Admin,ADMIN,\nU2,head@example.org,Head,PRINCIPAL,S",
    )


async def counts(database: Database, tmp_path: Path, size: int, email: str) -> dict[str, int]:
    async with database.write() as session:
        ids = await imported(session, village(size), tmp_path / str(size))
    groups = [id_ for (kind, _), id_ in ids.items() if kind == SubjectKind.CLASS_GROUP]
    await database.in_snapshot(lambda session: generate(session, SYSTEM, groups, FEBRUARY, now=NOW))
    ask = asking(database, load_settings({"ROLLCALL_DATA": str(tmp_path)}))
    found = {}
    for query in PINNED:
        with statements(database) as seen:
            assert (await ask(email, query)).errors == []
        found[query] = len(seen) - 1  # the look-up of the viewer, which a request does before
    return found


@pytest.mark.parametrize("email", ["admin@example.org", "head@example.org"])
async def test_statements_are_pinned_whatever_the_size(database: Database, tmp_path: Path, email: str) -> None:
    assert await counts(database, tmp_path, 2, email) == PINNED
    assert await counts(database, tmp_path, 20, email) == PINNED
