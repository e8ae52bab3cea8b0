"""The real data of tests/data/attend, read through GraphQL: the figures its README gives, to six decimals."""

import pytest

from models.database import Database
from models.settings import Settings
from resolvers.bundle import import_bundle
from tests.support.asking import asking
from tests.support.factories import ATTEND

PERIOD = '{range: {from: "1997-09-01", to: "1997-12-31"}}'
FIGURES = "traineeCount attendanceRate averageScore passRate chronicAbsenceRate"
WHOLE = (680, 0.817096, 0.647279, 0.913235, 0.597059)
GROUPS = {
    "FR": (158, 0.810918, 0.628323, 0.911392, 0.664557),
    "SO": (392, 0.824697, 0.650064, 0.908163, 0.545918),
    "JS": (130, 0.801683, 0.661923, 0.930769, 0.669231),
}


async def test_figures(database: Database, settings: Settings) -> None:
    async with database.write() as session:
        await import_bundle(session, ATTEND)
    ask = asking(database, settings)
    lists = ("schools", "departments", "programmes", "courses", "trainers", "classGroups")
    metrics = f"metrics(period: {PERIOD}) {{ {FIGURES} }}"
    fields = " ".join(f"{name} {{ nodes {{ sourceId {metrics} }} }}" for name in lists)
    data = (
        await ask(
            "principal@example.edu",
            f"{{ {fields} }}",
        )
    ).whole
    groups = data.pop("classGroups")["nodes"]
    for name, found in data.items():
        (subject,) = found["nodes"]
        assert tuple(subject["metrics"].values()) == pytest.approx(WHOLE, abs=5e-7), name
    assert {group["sourceId"]: tuple(group["metrics"].values()) for group in groups} == {
        source_id: pytest.approx(figures, abs=5e-7) for source_id, figures in GROUPS.items()
    }
    query = f"""query ($after: String) {{ trainees(first: 500, after: $after) {{ totalCount pageInfo {{ endCursor }}
        nodes {{ metrics(period: {PERIOD}) {{ averageScore passRate absent expected resultCount }} }} }} }}"""
    first = (await ask("principal@example.edu", query)).whole["trainees"]
    second = (await ask("principal@example.edu", query, after=first["pageInfo"]["endCursor"])).whole["trainees"]
    trainees = [node["metrics"] for node in first["nodes"] + second["nodes"]]
    assert (len(trainees), first["totalCount"]) == (680, 680)
    expected = sum(one["expected"] for one in trainees)
    assert (expected, sum(one["resultCount"] for one in trainees)) == (680 * 32, 680)
    assert 1 - sum(one["absent"] for one in trainees) / expected == pytest.approx(WHOLE[1], abs=5e-7)
    assert sum(one["averageScore"] for one in trainees) / 680 == pytest.approx(WHOLE[2], abs=5e-7)
    assert sum(one["passRate"] for one in trainees) / 680 == pytest.approx(WHOLE[3], abs=5e-7)
    assert sum(one["absent"] >= 0.1 * one["expected"] for one in trainees) / 680 == pytest.approx(WHOLE[4], abs=5e-7)
