"""The number of SQL statements of a list of alerts: pinned, and the same for 20 alerts and for 200."""

from pathlib import Path

from sqlalchemy import select

from models import AlertKind, BaseReport, SubjectKind
from models.database import Database
from models.settings import load_settings
from resolvers.access.viewers import SYSTEM, viewer_by_email
from resolvers.alerts.alerts import NewAlert, raise_alerts
from resolvers.reports.generation import generate
from tests.guards.test_statement_count import FEBRUARY, village
from tests.support.asking import asking
from tests.support.college import NOW
from tests.support.factories import imported
from tests.support.statements import statements

HEAD = "head@example.org"

PINNED = {
    "{ alerts(first: 200) { nodes { number kind title createdAt readAt } } }": 1,
    "{ alerts(first: 200) { totalCount unreadCount nodes { number } } }": 3,
    # reports and subjects are named: one statement for each kind of thing
    "{ alerts(first: 200) { edges { node { title body } } } }": 3,
    "{ alerts(first: 200) { nodes { report { kind } subject { name } run { state } export { state } } } }": 4,
    """{ alerts(first: 200) { nodes { title body report { subject { name } } subject { name
        ... on ClassGroup { programme { name } } } } } }""": 8,
}


async def counts(database: Database, tmp_path: Path, size: int) -> dict[str, int]:
    async with database.write() as session:
        ids = await imported(session, village(size), tmp_path / str(size))
    groups = [id_ for (kind, _), id_ in ids.items() if kind == SubjectKind.CLASS_GROUP]
    await database.in_snapshot(lambda session: generate(session, SYSTEM, groups, FEBRUARY, now=NOW))
    async with database.write() as session:
        viewer = await viewer_by_email(session, HEAD)
        assert viewer is not None
        reports = await session.execute(select(BaseReport.id.label("report"), BaseReport.subject_id.label("subject")))
        news = [
            NewAlert(viewer.user_id, AlertKind.REPORT_READY, f"x:{row['report']}", dict(row))
            for row in reports.mappings()
        ]
        await raise_alerts(session, news, NOW)
    ask = asking(database, load_settings({"ROLLCALL_DATA": str(tmp_path)}))
    found = {}
    for query in PINNED:
        with statements(database) as seen:
            answer = await ask(HEAD, query)
        assert answer.errors == []
        found[query] = len(seen) - 1  # the look-up of the viewer, which a request does before
    nodes = (await ask(HEAD, "{ alerts(first: 200) { nodes { body report { id } } } }")).whole["alerts"]["nodes"]
    assert len([node for node in nodes if node["body"] and node["report"]]) == size
    return found


async def test_statements_are_pinned_whatever_the_number_of_alerts(database: Database, tmp_path: Path) -> None:
    assert await counts(database, tmp_path, 20) == PINNED
    assert await counts(database, tmp_path, 200) == PINNED


async def test_raising_costs_the_same_for_one_account_and_many(database: Database, tmp_path: Path) -> None:
    async with database.write() as session:
        await imported(session, village(2), tmp_path / "village")
    for kind, wanted in ((AlertKind.EXPORT_READY, 3), (AlertKind.BELOW_BAND, 4)):  # the daily mail asks for the zone
        for accounts in ([1], [1, 2]):
            news = [NewAlert(one, kind, f"{kind}:{len(accounts)}") for one in accounts]
            with statements(database) as seen:
                async with database.write() as session:
                    await raise_alerts(session, news, NOW)
            assert len(seen) == wanted
