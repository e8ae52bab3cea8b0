"""Live figures of every subject: exact values, and only the facts that are asked for."""

from datetime import date
from typing import Any

import pytest

from models import SubjectKind
from models.database import Database
from resolvers.metrics.facts import FACTS
from resolvers.metrics.registry import METRICS
from tests.graphql_api.subjects.test_scope import plural
from tests.oracle import Oracle
from tests.support.asking import Ask
from tests.support.college import ADMIN, COLLEGE, COORDINATOR, MARCH, NOW, PRINCIPAL
from tests.support.statements import statements

EVERY = " ".join(METRICS)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 3, 1), date(2026, 3, 31)),
        (date(2026, 3, 3), date(2026, 3, 4)),
        (date(2026, 3, 9), date(2026, 3, 9)),
        (date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
async def test_every_metric_of_every_subject(ask: Ask, first: date, last: date) -> None:
    oracle = Oracle(COLLEGE, NOW)
    period = f'{{range: {{from: "{first}", to: "{last}"}}}}'
    fields = " ".join(
        f"{plural(kind)} {{ nodes {{ kind sourceId metrics(period: {period}) {{ {EVERY} }} }} }}"
        for kind in SubjectKind
    )
    data = (await ask(ADMIN, f"{{ {fields} }}")).whole
    found = {(node["kind"], node["sourceId"]): node["metrics"] for lists in data.values() for node in lists["nodes"]}
    assert found == {
        (kind, source_id): oracle.metrics(kind, source_id, first, last) for kind, source_id in oracle.subjects()
    }


async def test_whole_numbers_are_ints_and_shares_floats(ask: Ask) -> None:
    query = f'{{ trainee(sourceId: "pam") {{ metrics(period: {MARCH}) {{ {EVERY} }} }} }}'
    figures = (await ask(ADMIN, query)).whole["trainee"]["metrics"]
    for name, value in figures.items():
        assert value is None or type(value) is (int if METRICS[name].whole else float), name


async def test_period_and_moment(ask: Ask) -> None:
    query = """{ school(sourceId: "A") {
        metrics(period: {month: "2026-03"}) { asOf period { name from to } }
        bare: metrics(period: {range: {from: "2026-03-01", to: "2026-03-02"}}) { period { name from to } } } }"""
    assert (await ask(ADMIN, query)).whole["school"] == {
        "metrics": {
            "asOf": "2026-03-13T12:00:00+00:00",
            "period": {"name": "2026-03", "from": "2026-03-01", "to": "2026-03-31"},
        },
        "bare": {"period": {"name": None, "from": "2026-03-01", "to": "2026-03-02"}},
    }


def facts_in(seen: list[str]) -> dict[str, int]:
    """How often each fact was asked for; they are told apart by a part that only they have."""
    marks = {fact.name: f" as {fact.sums[-1]}" for fact in FACTS} | {"results": " as passable", "streak": " as streak"}
    return {
        name: count
        for name, mark in marks.items()
        if (count := sum("asked as (" in one and mark in one for one in seen))
    }


SELECTIONS: dict[str, tuple[str, dict[str, int]]] = {
    "one fact": ("metrics(period: {P}) { late present }", {"marks": 1}),
    "another": ("metrics(period: {P}) { averageScore }", {"results": 1}),
    "two": ("metrics(period: {P}) { averageScore late }", {"marks": 1, "results": 1}),
    "none": ("metrics(period: {P}) { asOf period { name } }", {}),
    "alias": ("metrics(period: {P}) { a: late b: late c: present }", {"marks": 1}),
    "aliased fields of one set": (
        'metrics(period: {P}) { late } before: metrics(period: {month: "2026-02"}) { late }',
        {"marks": 1},
    ),
    "skipped": ("metrics(period: {P}) { late averageScore @skip(if: $yes) }", {"marks": 1}),
    "not included": ("metrics(period: {P}) { late averageScore @include(if: $no) }", {"marks": 1}),
    "included": ("metrics(period: {P}) { late averageScore @include(if: $yes) }", {"marks": 1, "results": 1}),
    "skipped whole": ("metrics(period: {P}) @skip(if: $yes) { averageScore }", {}),
    "fragment": ("metrics(period: {P}) { ...Figures }", {"marks": 1, "results": 1}),
    "skipped fragment": ("metrics(period: {P}) { late ...Figures @skip(if: $yes) }", {"marks": 1}),
    "inline fragment": ("metrics(period: {P}) { ... @include(if: $no) { averageScore } ... { late } }", {"marks": 1}),
    "fragment on the interface": ("... on Subject { metrics(period: {P}) { averageScore } }", {"results": 1}),
    "fragment on another type": ("... on Node { id ... on Course { metrics(period: {P}) { late } } }", {}),
    "trend": ("trend(period: {P}, granularity: DAY) { metrics { late } }", {"marks": 1}),
    "trend of periods only": ("trend(period: {P}) { period { name } }", {}),
    "both": ("metrics(period: {P}) { late } trend(period: {P}) { metrics { late } }", {"marks": 2}),
}


@pytest.mark.parametrize("name", SELECTIONS)
async def test_only_the_facts_asked_for_are_read_once_for_all(ask: Ask, college: Database, name: str) -> None:
    selection, wanted = SELECTIONS[name]
    query = (
        f"query ($yes: Boolean = true, $no: Boolean = false) {{ classGroups {{ nodes {{ id {selection} }}"
        " extra: totalCount @skip(if: $yes) more: totalCount @include(if: $no) } }"
        " fragment Figures on Metrics { passRate absent }"
    ).replace("{P}", MARCH)
    if "...Figures" not in selection:
        query = query.partition(" fragment")[0]
    query = query.replace("Boolean =", "Boolean! =")
    with statements(college) as seen:
        answer = await ask(ADMIN, query)
    assert answer.errors == []
    assert facts_in(seen) == wanted


async def test_variables_are_seen_ahead(ask: Ask, college: Database) -> None:
    for declared, period, given in (
        ("$period: PeriodInput!", "$period", {"period": {"month": "2026-03"}}),
        ("$month: String!", "{month: $month}", {"month": "2026-03"}),
        ('$month: String! = "2026-03"', "{month: $month}", {}),
        ("$range: DateRangeInput!", "{range: $range}", {"range": {"from": "2026-03-01", "to": "2026-03-31"}}),
    ):
        query = f"query ({declared}, $first: Int) {{ schools {{ nodes {{ classGroups(first: $first) {{ nodes {{"
        with statements(college) as seen:
            answer = await ask(ADMIN, f"{query} sourceId metrics(period: {period}) {{ late }} }} }} }} }} }}", **given)
        found = {
            node["sourceId"]: node["metrics"]["late"]
            for school in answer.whole["schools"]["nodes"]
            for node in school["classGroups"]["nodes"]
        }
        assert found == {"P1": 1, "P2": 0, "B1": 0, "Z1": 0}
        assert len(seen) == 5  # the viewer, the schools, their groups, whose figures may be read, one fact


async def test_figures_of_two_places_of_one_operation_do_not_mix(ask: Ask) -> None:
    """The same subject and period, reached twice with other fields each time."""
    query = f"""{{
        a: classGroup(sourceId: "P1") {{ metrics(period: {MARCH}) {{ late }} }}
        b: classGroup(sourceId: "P1") {{ metrics(period: {MARCH}) {{ absent resultCount }} }}
        c: classGroups {{ nodes {{ sourceId metrics(period: {MARCH}) {{ present }} }}
            edges {{ node {{ metrics(period: {MARCH}) {{ excused }} }} }} }}
    }}"""
    data = (await ask(ADMIN, query)).whole
    assert data["a"]["metrics"] == {"late": 1}
    assert data["b"]["metrics"] == {"absent": 2, "resultCount": 2}
    (place,) = [n for n, node in enumerate(data["c"]["nodes"]) if node["sourceId"] == "P1"]
    assert data["c"]["nodes"][place]["metrics"] == {"present": 2}
    assert data["c"]["edges"][place]["node"]["metrics"] == {"excused": 1}


async def test_every_bucket_of_a_trend(ask: Ask) -> None:
    query = """{ classGroup(sourceId: "P1") {
        weeks: trend(period: {range: {from: "2026-02-26", to: "2026-03-10"}}) {
            period { name from to } metrics { sessionCount absent attendanceRate } }
        days: trend(period: {week: "2026-W10"}, granularity: DAY) { period { name } metrics { sessionCount } }
        months: trend(period: {term: null, month: "2026-03"}, granularity: MONTH) { period { name } metrics { late } }
    } }""".replace("term: null, ", "")
    group = (await ask(ADMIN, query)).whole["classGroup"]
    assert group["weeks"] == [
        {
            "period": {"name": "2026-W09", "from": "2026-02-26", "to": "2026-03-01"},
            "metrics": {"sessionCount": 0, "absent": 0, "attendanceRate": None},
        },
        {
            "period": {"name": "2026-W10", "from": "2026-03-02", "to": "2026-03-08"},
            "metrics": {"sessionCount": 2, "absent": 2, "attendanceRate": 0.5},
        },
        {
            "period": {"name": "2026-W11", "from": "2026-03-09", "to": "2026-03-10"},
            "metrics": {"sessionCount": 0, "absent": 0, "attendanceRate": None},
        },
    ]
    assert [(point["period"]["name"], point["metrics"]["sessionCount"]) for point in group["days"]] == [
        ("2026-03-02", 1),
        ("2026-03-03", 1),
        ("2026-03-04", 0),
        ("2026-03-05", 0),
        ("2026-03-06", 0),
        ("2026-03-07", 0),
        ("2026-03-08", 0),
    ]
    assert group["months"] == [{"period": {"name": "2026-03"}, "metrics": {"late": 1}}]


async def test_too_many_points(ask: Ask) -> None:
    answer = await ask(
        ADMIN,
        '{ school(sourceId: "A") { trend(period: {range: {from: "2024-01-01", to: "2026-03-31"}}, granularity: DAY) {'
        " metrics { late } } } }",
    )
    sentence = "granularity: the period has 821 days, 400 at most; choose a coarser granularity"
    assert (answer.data, [(one.code, one.message) for one in answer.errors]) == (
        {"school": {"trend": None}},
        [("BAD_USER_INPUT", sentence)],
    )


async def test_too_many_points_in_all(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphql_api.metrics.fields.MAX_POINTS", 35)
    query = '{ trainees { nodes { trend(period: {week: "2026-W10"}, granularity: DAY) { period { name } } } } }'
    answer = await ask(PRINCIPAL, query)
    sentence = "granularity: this asks for 42 points, 35 at most; choose fewer subjects or a coarser granularity"
    assert [node["trend"] for node in answer.data["trainees"]["nodes"]] == [None] * 6
    assert [(one.code, one.message) for one in answer.errors] == [("BAD_USER_INPUT", sentence)]


PERIODS: list[tuple[str, Any]] = [
    ("{named: TODAY}", ["2026-03-13", "2026-03-13", "2026-03-13"]),
    ("{named: YESTERDAY}", ["2026-03-12", "2026-03-12", "2026-03-12"]),
    ("{named: THIS_WEEK}", ["2026-W11", "2026-03-09", "2026-03-15"]),
    ("{named: LAST_WEEK}", ["2026-W10", "2026-03-02", "2026-03-08"]),
    ("{named: THIS_MONTH}", ["2026-03", "2026-03-01", "2026-03-31"]),
    ("{named: LAST_MONTH}", ["2026-02", "2026-02-01", "2026-02-28"]),
    ("{named: THIS_TERM}", ["Spring", "2026-01-05", "2026-03-27"]),
    ("{named: LAST_TERM}", ["Autumn", "2025-09-01", "2025-12-19"]),
    ('{month: "2024-02"}', ["2024-02", "2024-02-01", "2024-02-29"]),
    ('{week: "2026-W01"}', ["2026-W01", "2025-12-29", "2026-01-04"]),
    ('{range: {from: "2021-03-14", to: "2026-03-13"}}', [None, "2021-03-14", "2026-03-13"]),
]


@pytest.mark.parametrize(("period", "days"), PERIODS)
async def test_periods(ask: Ask, period: str, days: list[str]) -> None:
    query = f'{{ school(sourceId: "A") {{ metrics(period: {period}) {{ period {{ name from to }} }} }} }}'
    metrics = (await ask(ADMIN, query)).whole["school"]["metrics"]
    assert list(metrics["period"].values()) == days


async def test_today_is_that_of_each_school(ask: Ask) -> None:
    query = "{ schools { nodes { sourceId metrics(period: {named: TODAY}) { period { from } } } } }"
    schools = (await ask(ADMIN, query, now=NOW.replace(hour=2))).whole["schools"]["nodes"]
    assert [(node["sourceId"], node["metrics"]["period"]["from"]) for node in schools] == [
        ("A", "2026-03-13"),
        ("B", "2026-03-12"),
    ]


async def test_no_current_term_is_null(ask: Ask) -> None:
    query = """{ schools { nodes { sourceId metrics(period: {named: THIS_TERM}) { late }
        trend(period: {named: THIS_TERM}, granularity: MONTH) { metrics { late } } } } }"""
    schools = (await ask(ADMIN, query)).whole["schools"]["nodes"]
    assert schools == [
        {"sourceId": "A", "metrics": {"late": 1}, "trend": [{"metrics": {"late": n}} for n in (0, 0, 1)]},
        {"sourceId": "B", "metrics": None, "trend": None},
    ]
    holidays = (await ask(ADMIN, query, now=NOW.replace(month=4))).whole["schools"]["nodes"]
    assert [(node["metrics"], node["trend"]) for node in holidays] == [(None, None), (None, None)]


async def test_a_term_by_id(ask: Ask) -> None:
    terms = (await ask(ADMIN, '{ school(sourceId: "A") { terms { id name } } }')).whole["school"]["terms"]
    query = "query ($term: ID!) { schools { nodes { metrics(period: {term: $term}) { late period { name } } } } }"
    answer = await ask(ADMIN, query, term=terms[1]["id"])
    assert answer.data["schools"]["nodes"] == [
        {"metrics": {"late": 1, "period": {"name": "Spring"}}},
        {"metrics": None},
    ]
    assert [(one.code, one.message, one.path) for one in answer.errors] == [
        ("BAD_USER_INPUT", "period.term: the subject's school has no such term", ("schools", "nodes", 1, "metrics"))
    ]


BAD_PERIODS = [
    ('{range: {from: "2026-03-02", to: "2026-03-01"}}',
     "period.range.to: 2026-03-01 is before from (2026-03-02); it must be the same day or later"),
    ('{range: {from: "1026-03-02", to: "2026-03-01"}}',
     "period.range.to: 1026-03-02 to 2026-03-01 is longer than 5 years; ask for a shorter range"),
    ('{range: {from: "2021-03-13", to: "2026-03-13"}}',
     "period.range.to: 2021-03-13 to 2026-03-13 is longer than 5 years; ask for a shorter range"),
    ('{month: "2026-3"}', "period.month: '2026-3' is not a month such as 2026-03"),
    ('{month: ""}', "period.month: '' is not a month such as 2026-03"),
    ('{week: "2026-W54"}', "period.week: '2026-W54' is not an ISO week such as 2026-W11"),
    ('{term: "x"}', "period.term: 'x' is not an id; take one from a field `id`"),
]  # fmt: skip


@pytest.mark.parametrize(("period", "sentence"), BAD_PERIODS)
async def test_impossible_periods(ask: Ask, period: str, sentence: str) -> None:
    for field in (f"metrics(period: {period}) {{ late }}", f"trend(period: {period}) {{ metrics {{ late }} }}"):
        answer = await ask(PRINCIPAL, f"{{ trainees {{ nodes {{ found: {field} }} }} }}")
        assert [node["found"] for node in answer.data["trainees"]["nodes"]] == [None] * 6
        assert [(one.code, one.message) for one in answer.errors] == [("BAD_USER_INPUT", sentence)]


async def test_a_period_is_given_in_exactly_one_way(ask: Ask) -> None:
    for period in ("{}", '{month: "2026-03", week: "2026-W11"}', "{month: null}"):
        answer = await ask(ADMIN, f"{{ schools {{ nodes {{ metrics(period: {period}) {{ late }} }} }} }}")
        assert (answer.data, [one.code for one in answer.errors]) == (None, ["BAD_USER_INPUT"])
    answer = await ask(ADMIN, '{ schools { nodes { metrics(period: {month: "2026-03"}) { happiness } } } }')
    assert [(one.code, one.message) for one in answer.errors] == [
        ("BAD_USER_INPUT", "Cannot query field 'happiness' on type 'Metrics'.")
    ]


async def test_guarded_trainers_cost_nothing(ask: Ask, college: Database) -> None:
    with statements(college) as seen:
        answer = await ask(COORDINATOR, f"{{ trainers {{ nodes {{ metrics(period: {MARCH}) {{ late }} }} }} }}")
    assert [node["metrics"] for node in answer.data["trainers"]["nodes"]] == [None, None]
    assert facts_in(seen) == {}
