"""A program for a copy of the product: imports a bundle, generates a report of one subject, and prints what comes out.

Its argument is JSON: `url` of a database, `bundle` (a folder), `kind` and `source_id` of the subject, what to ask
`live` of the API and of the `report`, and the `tables` of its CSV file that are wanted.
"""

import asyncio
import csv
import io
import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from exporters import open_writer
from graphql_api.core.context import Context, Services
from graphql_api.published.routes import published
from graphql_api.schema import build_schema
from jobs.exports.options import ExportOptions
from jobs.exports.plan import FileRequest, plan_of, read_portion
from jobs.queue.adding import Queue
from jobs.queue.bus import Bus
from models import Role, SubjectKind
from models.database import Database
from models.migrate import migrate
from models.settings import load_settings
from resolvers.access.viewers import SYSTEM, Viewer
from resolvers.bundle import import_bundle
from resolvers.calendar.periods import Period
from resolvers.core.global_ids import global_id_text, report_type_name_of
from resolvers.metrics.sums import verify_sums
from resolvers.reports.generation import generate
from resolvers.subjects.look_ups import SubjectQuery, count_subjects, subject_by_source_id

NOW: Final = datetime(2026, 4, 1, 12, tzinfo=UTC)
MARCH: Final = Period(date(2026, 3, 1), date(2026, 3, 31))
# whoever else looks on, and the kind and id of the subject they are tied to
OTHERS: Final = (
    (Role.PRINCIPAL, "school_id", SubjectKind.SCHOOL, "S"),
    (Role.DEPARTMENT_HEAD, "department_id", SubjectKind.DEPARTMENT, "D"),
    (Role.TRAINER, "trainer_id", SubjectKind.TRAINER, "T"),
)


async def _said(database: Database, query: str, **variables: str) -> Any:
    context = Context(Services(load_settings({}), database, Queue(None), Bus(None), None), SYSTEM, NOW, "request")
    result = await build_schema().execute(query, variable_values=variables, context_value=context)
    assert result.errors is None, result.errors
    return result.data


async def _file(database: Database, report_id: int, format_name: str, table: str | None = None) -> tuple[str, str]:
    """The name and the text of the file of a report."""
    out = io.BytesIO()
    async with database.read() as session:
        asked = FileRequest([report_id], format_name, ExportOptions(table=table))
        plan = await plan_of(session, SYSTEM, asked, NOW)
        portion = await read_portion(session, SYSTEM, plan, [report_id])
    writer = open_writer(format_name, plan.cover, out)
    for document in portion.documents:
        writer.add(document)
    writer.close()
    return plan.file_name, out.getvalue().decode()


async def _seen(database: Database, kind: SubjectKind) -> dict[str, int | None]:
    """How many subjects of the kind the others see, by role."""
    seen = {}
    async with database.read() as session:
        for role, tie, above, source_id in OTHERS:
            row = await subject_by_source_id(session, SYSTEM, above, source_id)
            assert row is not None
            ties: Any = {tie: row.id}
            viewer = Viewer(user_id=1, email=None, name="", role=role, **ties)
            seen[role.value] = await count_subjects(session, viewer, kind, SubjectQuery())
    return seen


async def _everything(asked: dict[str, Any]) -> dict[str, Any]:
    migrate(asked["url"])
    database, kind = Database(asked["url"]), SubjectKind(asked["kind"])
    async with database.write() as session:
        await import_bundle(session, Path(asked["bundle"]))
        subject = await subject_by_source_id(session, SYSTEM, kind, asked["source_id"])
    assert subject is not None
    differing = await database.in_snapshot(verify_sums)
    [made] = await database.in_snapshot(lambda session: generate(session, SYSTEM, [subject.id], MARCH, now=NOW))
    id_ = global_id_text(report_type_name_of(kind), made.report_id)
    name, record = await _file(database, made.report_id, "JSON")
    tables = {table: (await _file(database, made.report_id, "CSV", table))[1] for table in asked["tables"]}
    whole = await _said(database, published().query, id=id_)
    answer = {
        "schema": build_schema().as_str(),
        "differing": sum(differing.values()),
        "live": await _said(database, f"{{ {asked['live']} }}"),
        "report": (await _said(database, f'{{ report(id: "{id_}") {{ {asked["report"]} }} }}'))["report"],
        "published": whole["report"] == json.loads(record),
        "seen": await _seen(database, kind),
        "file": name,
        "record": json.loads(record),
        "tables": {name: list(csv.DictReader(io.StringIO(text))) for name, text in tables.items()},
    }
    await database.close()
    return answer


json.dump(asyncio.run(_everything(json.loads(sys.argv[1]))), sys.stdout)
