"""A small fault test in the suite; the whole of it is `make faults`."""

from tests.faults.happening import happen
from tests.faults.plan import Plan

SMALL = Plan(
    jobs=60,
    kills=5,
    every=1.0,
    flushes=1,
    redis_restarts=1,
    without_redis=1.0,
    postgres_restarts=1,
    schedules=20,
    stopped=3.0,
    lease=2.0,
    patience=60.0,
)


def test_nothing_is_lost_and_nothing_is_doubled() -> None:
    said: list[str] = []
    lines = happen(SMALL, said.append)
    assert [line for line in lines if line.holds is False] == [], said
    assert [line.value for line in lines if line.text == "accepted"] == [60]
