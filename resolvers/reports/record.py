"""The whole of a report as plain JSON values, exactly as the published query (docs/report.graphql) answers it.

That query is graphql_api/published/query.py's; a test runs it and finds no byte between the two. Where the reader may
read nobody's e-mail address, so that the API says null and FORBIDDEN, its key is left out, as its column is elsewhere.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models import SubjectKind
from resolvers.access.viewers import Viewer
from resolvers.core.global_ids import global_id_text, report_type_name_of
from resolvers.reports.content import ReportContent
from resolvers.reports.look_ups import latest_ids
from resolvers.reports.origins import Origin, origins_of
from resolvers.reports.sections.breakdown import BEST_AND_WORST_KINDS, BREAKDOWN, best_and_worst_record
from resolvers.reports.sections.registry import SECTIONS
from resolvers.reports.shapes import days_shape, metrics_shape, rules_shape, subject_named
from resolvers.subjects.look_ups import SubjectRow, subjects_by_ids


async def records_of(
    session: AsyncSession, viewer: Viewer, contents: Sequence[ReportContent]
) -> dict[int, dict[str, Any]]:
    """The records of reports that have been read under the viewer's rights, by report id; three statements for all."""
    ids = [content.report.id for content in contents]
    latest, origins = await latest_ids(session, ids), await origins_of(session, ids)
    schools = await subjects_by_ids(
        session, viewer, {content.report.school_id for content in contents}, [SubjectKind.SCHOOL]
    )
    return {
        content.report.id: _record(
            content, schools.get(content.report.school_id), origins[content.report.id], content.report.id in latest
        )
        for content in contents
    }


def _record(content: ReportContent, school: SubjectRow | None, origin: Origin, is_latest: bool) -> dict[str, Any]:
    report, kind = content.report, content.subject.kind
    return {
        "id": global_id_text(report_type_name_of(kind), report.id),
        "kind": kind.value,
        "revision": report.revision,
        "generatedAt": report.generated_at.isoformat(),
        "subject": subject_named(content.subject),
        "school": subject_named(school),
        "timeZone": origin.time_zone,
        "period": days_shape(content.period),
        "isLatest": is_latest,
        "generatedBy": origin.generated_by,
        "notes": [remark.english for remark in content.notes],
        "policy": rules_shape(content.rules),
        "metrics": metrics_shape(content.figures),
        **_sections(kind, content),
    }


def _sections(kind: SubjectKind, content: ReportContent) -> dict[str, Any]:
    """What only some kinds have: a kind has its keys whatever is in them, as its GraphQL type has its fields."""
    fields: dict[str, Any] = {}
    for section in SECTIONS:
        if kind in section.kinds:
            fields |= section.record(section.of(content), content)
    if kind in BEST_AND_WORST_KINDS:
        fields |= best_and_worst_record(BREAKDOWN.of(content))
    return fields
