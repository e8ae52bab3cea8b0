"""What the strategies make, and the worked examples, pass the import rules of design.md §5 (“Refused: …”)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.bundles import Bundle, read_bundle, write_bundle
from tests.support.school_maker import OPTIONAL, Row
from tests.support.strategies import moments, periods, schools
from tests.support.worked_examples import EXAMPLES, Example

KEYS = {
    "enrolments": ("trainee_id", "class_group_id", "course_id", "starts_on"),
    "attendance": ("session_id", "trainee_id"),
    "results": ("assessment_id", "trainee_id"),
    "policies": ("school_id",),
}
PARENTS = {
    "school_id": "schools",
    "department_id": "departments",
    "programme_id": "programmes",
    "class_group_id": "class_groups",
    "course_id": "courses",
    "trainer_id": "trainers",
    "trainee_id": "trainees",
    "session_id": "sessions",
    "assessment_id": "assessments",
}


def refusals(bundle: Bundle) -> Iterator[str]:
    """Every reason why the bundle would be refused."""
    by_id = {file: {row["id"]: row for row in bundle.get(file, [])} for file in PARENTS.values()}

    def schools_of(file: str, row: Row) -> set[str]:
        if file == "schools":
            return {row["id"]}
        parents = [(PARENTS[column], row[column]) for column in PARENTS if row.get(column)]
        found = set[str]().union(*(schools_of(parent, by_id[parent][id_]) for parent, id_ in parents))
        if file == "trainees" and not found:
            enrolments = [own for own in bundle.get("enrolments", []) if own["trainee_id"] == row["id"]]
            groups = [by_id["class_groups"][own["class_group_id"]] for own in enrolments]
            return set[str]().union(*(schools_of("class_groups", group) for group in groups))
        return found

    for file, rows in bundle.items():
        keys = [tuple(row.get(column, "") for column in KEYS.get(file, ("id",))) for row in rows]
        if len(set(keys)) < len(keys):
            yield f"{file}: the same key twice"
        for row in rows:
            if any(not cell for column, cell in row.items() if column not in OPTIONAL.get(file, ())):
                yield f"{file}: a required cell is empty"
            if any(row.get(column) and row[column] not in by_id[PARENTS[column]] for column in PARENTS):
                yield f"{file}: an unknown reference"
            if len(schools_of(file, row)) != 1:
                yield f"{file}: tied to no school, or to two"
            for first, last in (("starts", "ends"), ("actual_starts", "actual_ends"), ("arrived", "left")):
                if row.get(f"{first}_at") and row.get(f"{last}_at"):
                    length = datetime.fromisoformat(row[f"{last}_at"]) - datetime.fromisoformat(row[f"{first}_at"])
                    if length < timedelta(0):
                        yield f"{file}: {last} before {first}"
            if row.get("starts_on") and row.get("ends_on") and row["ends_on"] < row["starts_on"]:
                yield f"{file}: ends before starts"
            if row.get("max_score") and Fraction(row["max_score"]) <= 0:
                yield f"{file}: max_score ≤ 0"
            if row.get("score") and Fraction(row["score"]) < 0:
                yield f"{file}: a negative score"
    for one, other in combinations(bundle.get("enrolments", []), 2):
        if all(one.get(column) == other.get(column) for column in ("trainee_id", "class_group_id", "course_id")):
            begin, end = max(own.get("starts_on", "") for own in (one, other)), "9999-12-31"
            if begin <= min(own.get("ends_on") or end for own in (one, other)):
                yield "enrolments: overlapping"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_is_valid(example: Example) -> None:
    assert list(refusals(example.bundle)) == []


@given(schools())
def test_a_school_is_valid(bundle: Bundle) -> None:
    assert list(refusals(bundle)) == []


@given(schools())
def test_a_bundle_survives_its_files(bundle: Bundle) -> None:
    with TemporaryDirectory() as folder:
        write_bundle(bundle, Path(folder))
        assert read_bundle(Path(folder)) == {file: rows for file, rows in bundle.items() if rows}


@given(st.data())
def test_periods_and_moments_can_be_asked(data: st.DataObject) -> None:
    bundle = data.draw(schools())
    first, last = data.draw(periods(bundle))
    assert first <= last
    assert data.draw(moments(bundle)).tzinfo is not None
