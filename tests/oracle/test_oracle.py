"""The oracle itself: examples worked by hand, real data, and sums that must add up."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.oracle import Oracle
from tests.support.bundles import read_bundle
from tests.support.strategies import local_days, moments, schools
from tests.support.worked_examples import EXAMPLES, Example

# trainees, attendance rate, average score, pass rate, chronic absence: tests/data/README.md names the source
ATTEND = {
    **dict.fromkeys(
        [("SCHOOL", "MSU"), ("DEPARTMENT", "ECON"), ("PROGRAMME", "ECON-UG"), ("COURSE", "EC201"), ("TRAINER", "T1")],
        (680, 0.817096, 0.647279, 0.913235, 0.597059),
    ),
    ("CLASS_GROUP", "FR"): (158, 0.810918, 0.628323, 0.911392, 0.664557),
    ("CLASS_GROUP", "SO"): (392, 0.824697, 0.650064, 0.908163, 0.545918),
    ("CLASS_GROUP", "JS"): (130, 0.801683, 0.661923, 0.930769, 0.669231),
    ("TRAINEE", "S001"): (1, 0.84375, 0.7, 1.0, 1.0),  # 27 of 32 attended, 28 of 40 scored, 5 of 32 missed
}
NAMES = ("traineeCount", "attendanceRate", "averageScore", "passRate", "chronicAbsenceRate")
ADDITIVE = (
    *("expected", "marked", "present", "late", "excused", "absent", "unmarked"),
    *("sessionCount", "sessionsScheduled", "sessionsCancelled", "sessionsUnrecorded"),
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_worked_by_hand(example: Example) -> None:
    oracle = Oracle(example.bundle, example.now)
    for subject, figures in example.figures.items():
        metrics = oracle.metrics(*subject, example.first, example.last)
        assert {name: metrics[name] for name in figures} == figures, subject


@pytest.fixture(scope="module")
def attend() -> Oracle:
    return Oracle(read_bundle(Path(__file__).parents[1] / "data" / "attend"), datetime(1998, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("subject", ATTEND, ids="-".join)
def test_real_data(attend: Oracle, subject: tuple[str, str]) -> None:
    metrics = attend.metrics(*subject, date(1997, 9, 1), date(1997, 12, 31))
    figures = [metrics[name] for name in NAMES]
    assert [None if figure is None else round(figure, 6) for figure in figures] == list(ATTEND[subject])


@settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # how fast schools are made is not what is tested
@given(st.data())
def test_parts_add_up(data: st.DataObject) -> None:
    """Every session has one group and one course; every mark is one trainee's."""
    bundle = data.draw(schools())
    oracle = Oracle(bundle, data.draw(moments(bundle)))
    days = local_days(bundle)
    whole = {subject: oracle.metrics(*subject, days[0], days[-1]) for subject in oracle.subjects()}

    def total(kind: str, name: str) -> float:
        return sum(metrics[name] or 0 for (own, _), metrics in whole.items() if own == kind)

    for name in ADDITIVE:
        kinds = ["DEPARTMENT", "PROGRAMME", "CLASS_GROUP", "COURSE"]
        kinds += ["TRAINEE"] if not name.startswith("session") else []
        assert {kind: total(kind, name) for kind in kinds} == dict.fromkeys(kinds, total("SCHOOL", name)), name
    assert total("TRAINEE", "resultCount") == total("COURSE", "resultCount") == total("SCHOOL", "resultCount")
    for metrics in whole.values():
        counts = [metrics[name] or 0 for name in ("present", "late", "excused", "absent")]
        assert sum(counts) == metrics["marked"]
