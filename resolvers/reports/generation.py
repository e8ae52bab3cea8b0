"""Generating reports: counting many subjects at once and storing what is new as revisions."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import inspect, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from models import BaseReport, SubjectKind
from resolvers.access.viewers import Viewer
from resolvers.calendar.periods import Period
from resolvers.core.any_of import any_of
from resolvers.metrics.counting import Counting, SubjectDays
from resolvers.metrics.measure import figures_of, subject_rules_of
from resolvers.metrics.registry import METRICS
from resolvers.reports.data import build_data
from resolvers.reports.sections.breakdown import BREAKDOWN_KEYS
from resolvers.reports.sections.section import Batch


@dataclass(frozen=True, slots=True)
class Generated:
    """The report a subject has now; unchanged when the latest revision already said the same."""

    report_id: int
    subject_id: int
    unchanged: bool


async def generate(
    session: AsyncSession,
    viewer: Viewer,
    subject_ids: Collection[int],
    period: Period,
    *,
    now: datetime,
    run_id: int | None = None,
) -> list[Generated]:
    """Counts and stores the report of each subject the viewer may read; the others are not in the answer.

    Needs a snapshot transaction (Database.in_snapshot), so that all parts of a report are of one moment. Set-based: the
    number of statements does not grow with the number of subjects.
    """
    rules_of = await subject_rules_of(session, viewer, subject_ids, now)
    generated: list[Generated] = []
    for kind in SubjectKind:
        ids = [subject_id for subject_id in dict.fromkeys(subject_ids) if subject_id in rules_of]
        ids = [subject_id for subject_id in ids if rules_of[subject_id].kind is kind]
        if not ids:
            continue
        asked = [SubjectDays(subject_id, period.first, period.last) for subject_id in ids]
        counting = Counting(session, asked, rules_of, split_by=BREAKDOWN_KEYS[kind])
        if kind is SubjectKind.TRAINEE:
            await counting.keep_slots()
        measured = await figures_of(counting, list(METRICS.values()))
        data = await build_data(Batch(kind, period, counting))
        drafts = [
            _draft(rules_of[subject_id].school_id, kind, subject_id, figures.figures, figures.rules.stored(), data)
            for subject_id, figures in zip(ids, measured, strict=True)
            if figures is not None
        ]
        shared = {
            "period_name": period.name,
            "period_from": period.first,
            "period_to": period.last,
            "generated_at": now,
            "generated_by": viewer.account_id,
            "run_id": run_id,
        }
        generated += await _store(session, drafts, shared, period)
    return generated


def _draft(
    school_id: int, kind: SubjectKind, subject_id: int, figures: Any, policy: dict[str, Any], data: dict[int, Any]
) -> dict[str, Any]:
    content = (figures, policy, data[subject_id])
    return {
        "kind": kind,
        "subject_id": subject_id,
        "school_id": school_id,
        "policy": policy,
        "data": data[subject_id],
        "content_hash": hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest(),
        **{METRICS[name].column: value for name, value in figures.items()},
    }


_COLUMNS: Final = ", ".join(column.name for column in inspect(BaseReport).columns if column.name != "id")
_INSERT: Final = f"""
    insert into report ({_COLUMNS})
    select {_COLUMNS} from jsonb_populate_recordset(null::report, cast(:rows as jsonb))
    returning id, subject_id"""


async def _store(
    session: AsyncSession, drafts: list[dict[str, Any]], shared: dict[str, Any], period: Period
) -> list[Generated]:
    table = BaseReport
    latest = await session.execute(
        select(table.id, table.subject_id, table.revision, table.content_hash)
        .ext(distinct_on(table.subject_id))
        .where(
            any_of(table.subject_id, [draft["subject_id"] for draft in drafts]),
            table.period_from == period.first,
            table.period_to == period.last,
        )
        .order_by(table.subject_id, table.revision.desc())
    )
    chains = {row.subject_id: row for row in latest}
    new, kept = [], []
    for draft in drafts:
        chain = chains.get(draft["subject_id"])
        if chain is not None and chain.content_hash == draft["content_hash"]:
            kept.append(Generated(chain.id, draft["subject_id"], unchanged=True))
        else:
            new.append({**draft, **shared, "revision": chain.revision + 1 if chain else 1})
    if new:
        # One JSON text for all rows: sent, parsed and stored several times faster than a parameter for each column.
        inserted = await session.execute(text(_INSERT), {"rows": orjson.dumps(new).decode()})
        kept += [Generated(row.id, row.subject_id, unchanged=False) for row in inserted]
    return kept
