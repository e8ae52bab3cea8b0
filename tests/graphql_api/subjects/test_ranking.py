"""Rankings: order, shared ranks, what is left out, and refusals."""

from pathlib import Path

import pytest

from models import SubjectKind
from models.database import Database
from models.settings import Settings
from resolvers.metrics.registry import METRICS, Better
from tests.graphql_api.subjects.test_scope import ids
from tests.support.asking import Ask, asking
from tests.support.bundles import Bundle, bundle_of
from tests.support.college import ADMIN, COORDINATOR, MARCH, PRINCIPAL
from tests.support.factories import imported
from tests.support.statements import statements

# who is present how often, late how often and absent how often, in twelve sessions
RECORDS = {
    "ann": (12, 0, 0),
    "ben": (10, 0, 2),
    "cat": (8, 2, 2),
    "dan": (5, 5, 2),
    "eve": (9, 0, 3),
    "fay": (9, 0, 0),  # nine marks are too few for a rate
    "gus": (0, 0, 0),  # nothing at all
    "hal": (0, 0, 12),
}


def sports_club() -> Bundle:
    sessions = "\n".join(f"s{n},C,G,T,2026-03-{n:02}T09:00:00Z,2026-03-{n:02}T10:00:00Z,HELD" for n in range(1, 13))
    marks = "\n".join(
        f"s{n},{trainee},{status}"
        for trainee, (present, late, absent) in RECORDS.items()
        for n, status in enumerate(["PRESENT"] * present + ["LATE"] * late + ["ABSENT"] * absent, start=1)
    )
    return bundle_of(
        schools="id,name,timezone\nS,School,UTC",
        departments="id,school_id,name\nD,S,Department",
        programmes="id,department_id,name\nP,D,Programme",
        class_groups="id,programme_id,name\nG,P,Group",
        courses="id,programme_id,code,name\nC,P,,Course",
        trainers="id,department_id,name,email\nT,D,Trainer,",
        trainees="id,name,school_id\n" + "\n".join(f"{trainee},{trainee.title()},S" for trainee in RECORDS),
        enrolments="trainee_id,class_group_id,course_id,starts_on,ends_on\n"
        + "\n".join(f"{trainee},G,,," for trainee in RECORDS),
        sessions=f"id,course_id,class_group_id,trainer_id,starts_at,ends_at,status\n{sessions}",
        attendance=f"session_id,trainee_id,status\n{marks}",
        users="id,email,name,role\nU1,admin@example.org,Admin,ADMIN",
    )


@pytest.fixture
async def ask_club(database: Database, settings: Settings, tmp_path: Path) -> Ask:
    async with database.write() as session:
        await imported(session, sports_club(), tmp_path / "club")
    return asking(database, settings)


async def places(ask: Ask, arguments: str, email: str = ADMIN) -> list[tuple[int, str, float]]:
    query = f"{{ ranking(kind: TRAINEE, period: {MARCH}, {arguments}) {{ rank value subject {{ sourceId }} }} }}"
    found = (await ask(email, query)).whole["ranking"]
    return [(one["rank"], one["subject"]["sourceId"], one["value"]) for one in found]


async def test_orders_ranks_and_what_is_left_out(ask_club: Ask) -> None:
    best = [
        (1, "ann", 1.0),
        (2, "ben", 10 / 12),
        (2, "cat", 10 / 12),
        (2, "dan", 10 / 12),
        (5, "eve", 0.75),
        (6, "hal", 0.0),
    ]
    worst = [
        (1, "hal", 0.0),
        (2, "eve", 0.75),
        (3, "ben", 10 / 12),
        (3, "cat", 10 / 12),
        (3, "dan", 10 / 12),
        (6, "ann", 1.0),
    ]
    for order, wanted in {"BEST": best, "HIGHEST": best, "WORST": worst, "LOWEST": worst}.items():
        assert await places(ask_club, f"metric: ATTENDANCE_RATE, order: {order}") == wanted
        for top in (1, 2, 3):
            assert await places(ask_club, f"metric: ATTENDANCE_RATE, order: {order}, top: {top}") == wanted[:top]
    assert await places(ask_club, "metric: ATTENDANCE_RATE") == best


async def test_the_metric_says_which_direction_is_better(ask_club: Ask) -> None:
    # eve attended nine times only
    fewest = [(1, "ann", 0.0), (1, "ben", 0.0), (3, "cat", 0.2), (4, "dan", 0.5)]
    assert await places(ask_club, "metric: LATE_RATE") == fewest
    assert await places(ask_club, "metric: LATE_RATE, order: WORST, top: 2") == [(1, "dan", 0.5), (2, "cat", 0.2)]
    assert await places(ask_club, "metric: MARKED, top: 1") == [(1, "ann", 12.0)]
    assert await places(ask_club, "metric: MARKED, order: LOWEST, top: 2") == [(1, "gus", 0.0), (2, "fay", 9.0)]


async def test_counts_need_no_sample(ask_club: Ask) -> None:
    found = await places(ask_club, "metric: ABSENT, order: HIGHEST")
    assert found == [
        (1, "hal", 12.0),
        (2, "eve", 3.0),
        (3, "ben", 2.0),
        (3, "cat", 2.0),
        (3, "dan", 2.0),
        (6, "ann", 0.0),
        (6, "fay", 0.0),
        (6, "gus", 0.0),
    ]


def test_every_share_declares_what_it_must_rest_on() -> None:
    for metric in METRICS.values():
        if metric.sample is None:
            assert metric.whole or metric.name == "contactHours"
        else:
            assert not metric.whole
            assert metric.sample.least > 0
            assert all(METRICS[name].whole for name in metric.sample.metrics)


async def test_within_a_subject(ask: Ask) -> None:
    everything = await ids(ask)
    query = f"""query ($within: ID!) {{ ranking(kind: TRAINEE, metric: PRESENT, period: {MARCH}, within: $within) {{
        rank value subject {{ sourceId }} }} }}"""
    for within, wanted in {
        (SubjectKind.CLASS_GROUP, "P1"): [("pam", 1), ("tess", 2), ("quo", 3)],
        (SubjectKind.SCHOOL, "B"): [("yan", 1)],
        (SubjectKind.TRAINEE, "sol"): [("sol", 1)],
    }.items():
        found = (await ask(ADMIN, query, within=everything[within])).whole["ranking"]
        assert [(one["subject"]["sourceId"], one["rank"]) for one in found] == wanted


async def test_nobody_to_rank(ask: Ask) -> None:
    query = "{ ranking(kind: SCHOOL, metric: ATTENDANCE_RATE, period: {named: THIS_TERM}) { rank } }"
    assert (await ask(COORDINATOR, query)).whole["ranking"] == []
    query = f"{{ ranking(kind: TRAINER, metric: EXPECTED, period: {MARCH}) {{ rank }} }}"
    assert (await ask(COORDINATOR, query)).whole["ranking"] == []


async def test_schools_without_the_term_are_left_out(ask: Ask) -> None:
    query = "{ ranking(kind: SCHOOL, metric: EXPECTED, period: {named: THIS_TERM}) { subject { sourceId } } }"
    assert (await ask(ADMIN, query)).whole["ranking"] == [{"subject": {"sourceId": "A"}}]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("metric: LATE, top: 0", "top: 0 is not a number of places; it must be 1 to 500"),
        ("metric: LATE, top: 501", "top: 501 is not a number of places; it must be 1 to 500"),
        (
            "metric: EXPECTED, order: BEST",
            "order: expected has no better direction; ask for HIGHEST or LOWEST",
        ),
        ('metric: LATE, within: "x"', "within: 'x' is not an id; take one from a field `id`"),
        ("metric: HAPPINESS", "Value 'HAPPINESS' does not exist in 'MetricName' enum."),
    ],
)
async def test_refusals(ask: Ask, arguments: str, sentence: str) -> None:
    answer = await ask(PRINCIPAL, f"{{ ranking(kind: TRAINEE, period: {MARCH}, {arguments}) {{ rank }} }}")
    assert (answer.data, [(one.code, one.message) for one in answer.errors]) == (None, [("BAD_USER_INPUT", sentence)])


async def test_a_kind_that_is_not_below(ask: Ask) -> None:
    everything = await ids(ask)
    query = (
        f"query ($within: ID!) {{ ranking(kind: SCHOOL, metric: LATE, period: {MARCH}, within: $within) {{ rank }} }}"
    )
    answer = await ask(ADMIN, query, within=everything[SubjectKind.COURSE, "COL"])
    assert [(one.code, one.message) for one in answer.errors] == [
        ("BAD_USER_INPUT", "within: a COURSE has no SCHOOL within it")
    ]


async def test_statements_do_not_grow(ask: Ask, college: Database) -> None:
    counts = []
    for kind in ("SCHOOL", "TRAINEE"):
        with statements(college) as seen:
            await ask(ADMIN, f"{{ ranking(kind: {kind}, metric: EXPECTED, period: {MARCH}) {{ subject {{ name }} }} }}")
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_directions() -> None:
    assert {metric.better for metric in METRICS.values()} == set(Better)
