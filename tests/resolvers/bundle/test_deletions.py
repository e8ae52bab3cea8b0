"""Whatever goes in one bundle, what is kept afterwards is what would be kept if it had never been there."""

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from models.database import Database
from resolvers.bundle.files import FILES
from resolvers.metrics.measure import SubjectDays, measure
from resolvers.metrics.sums import verify_sums
from tests.oracle import Oracle
from tests.support.bundles import Bundle
from tests.support.factories import ADMIN, imported
from tests.support.school_maker import Row
from tests.support.school_plans import school_plans
from tests.support.strategies import ANCHORS, WALKS, bundle_from, local_days, schools

NOW = datetime(2027, 1, 1, tzinfo=UTC)
MANY = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=False)
KEYS = {file.name: file.key for file in FILES}
REFERENCES = {
    file.name: tuple((column.name, column.refers) for column in file.columns if column.refers) for file in FILES
}
Key = tuple[str, ...]


def key_of(file: str, row: Row) -> Key:
    return tuple(row.get(column, "") for column in KEYS[file])


def with_the_rest(bundle: Bundle) -> Bundle:
    """The bundle with rows of the files that no figure is counted from, and trainees that name their school."""
    oracle = Oracle(bundle, NOW)
    trainees = [{**row, "school_id": oracle.school_of("TRAINEE", row["id"])} for row in bundle.get("trainees", [])]
    rest: Bundle = {"terms": [], "holidays": [], "users": []}
    for school in bundle["schools"]:
        rest["terms"].append({"id": school["id"], "school_id": school["id"], "name": "Term"})
        rest["holidays"].append({"school_id": school["id"], "on": "2026-01-01", "name": "New year"})
    for number, trainee in enumerate(trainees):
        rest["users"].append({"id": str(number), "name": "T", "role": "TRAINEE", "trainee_id": trainee["id"]})
    return {**bundle, "trainees": trainees, **rest}


def doomed(data: st.DataObject, bundle: Bundle) -> dict[str, set[Key]]:
    """Some rows of all files, and all that refers to them: such rows may go together."""
    rows = {file: [(file, key_of(file, row)) for row in bundle.get(file, [])] for file in KEYS}
    gone: dict[str, set[Key]] = {file: set() for file in KEYS}
    anything = st.sampled_from([each for listed in rows.values() for each in listed])
    # with a trainee goes most of what is kept
    trainees = st.lists(st.sampled_from(rows["trainees"]), max_size=2)
    for file, key in [*data.draw(st.lists(anything, min_size=1, max_size=4)), *data.draw(trainees)]:
        gone[file].add(key)
    for file in KEYS:  # parents come before what refers to them
        for row in bundle.get(file, []):
            if any(row.get(column) and (row[column],) in gone[parent] for column, parent in REFERENCES[file]):
                gone[file].add(key_of(file, row))
    return gone


async def differing(session: AsyncSession) -> dict[str, int]:
    return {table: count for table, count in (await verify_sums(session)).items() if count}


async def disagreements(session: AsyncSession, ids: dict[tuple[str, str], int], bundle: Bundle) -> list[object]:
    """Figures over all days that are not those of a plain recomputation."""
    oracle = Oracle(bundle, NOW)
    days = local_days(bundle)
    first, last = days[0] - (date.resolution * 9), days[-1] + (date.resolution * 9)
    subjects = oracle.subjects()
    measured = await measure(session, ADMIN, [SubjectDays(ids[subject], first, last) for subject in subjects], now=NOW)
    return [
        (subject, name, "wanted", wanted[name], "got", value)
        for subject, figures in zip(subjects, measured, strict=True)
        if figures is not None and (wanted := oracle.metrics(*subject, first, last))
        for name, value in figures.figures.items()
        if wanted[name] != value
    ]


async def deliver(database: Database, bundle: Bundle) -> dict[tuple[str, str], int]:
    with tempfile.TemporaryDirectory() as folder:
        async with database.write() as session:
            return await imported(session, bundle, Path(folder))


async def all_is_well(database: Database, ids: dict[tuple[str, str], int], bundle: Bundle) -> None:
    async with database.write(snapshot=True) as session:
        assert await differing(session) == {}
    if bundle.get("schools"):
        async with database.read() as session:
            assert await disagreements(session, ids, bundle) == []


@settings(MANY, max_examples=15)
@given(data=st.data())
async def test_random_rows_of_all_files_go_at_once(database_url: str, data: st.DataObject) -> None:
    bundle = with_the_rest(data.draw(schools()))
    gone = doomed(data, bundle)
    left = {
        file: [row for row in bundle.get(file, []) if key_of(file, row) not in gone[file]]
        for file in KEYS
        if file in bundle
    }
    deletion = {
        file: [{**row, "deleted": str(key_of(file, row) in gone[file]).lower()} for row in rows]
        for file, rows in bundle.items()
    }
    database = Database(database_url)
    try:
        await deliver(database, bundle)
        await all_is_well(database, await deliver(database, deletion), left)
    finally:
        await database.close()
        _empty(database_url)


@settings(MANY, max_examples=15)
@given(data=st.data())
async def test_one_bundle_turns_a_school_into_another(database_url: str, data: st.DataObject) -> None:
    """Rows come, change and go at once; ids and the zone are those of before where both have them."""
    anchor, walks = data.draw(st.sampled_from(ANCHORS)), data.draw(WALKS)
    before, after = (
        with_the_rest(bundle_from(anchor, walks, (data.draw(school_plans(fewest=1)), None), tidy=False))
        for _ in range(2)
    )
    after["schools"] = before["schools"]
    change: Bundle = {}
    for file in KEYS:
        kept = {key_of(file, row) for row in after.get(file, [])}
        names = dict.fromkeys(name for row in [*before.get(file, []), *after.get(file, [])] for name in row)
        rows = [row | {"deleted": ""} for row in after.get(file, [])]
        rows += [row | {"deleted": "yes"} for row in before.get(file, []) if key_of(file, row) not in kept]
        change[file] = [{name: row.get(name, "") for name in [*names, "deleted"]} for row in rows]
    database = Database(database_url)
    try:
        await deliver(database, before)
        await all_is_well(database, await deliver(database, change), after)
    finally:
        await database.close()
        _empty(database_url)


def _empty(database_url: str) -> None:
    """Empties the tables, so that the next example starts afresh."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("truncate subject, mark, job restart identity cascade")
