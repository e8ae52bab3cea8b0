"""The whole of a report as plain JSON values, exactly as the published query (docs/report.graphql) answers it.

That query is graphql_api/published/query.py's; a test runs it and finds no byte between the two. Where the reader may
read nobody's e-mail address, so that the API says null and FORBIDDEN, its key is left out, as its column is elsewhere.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from models import SubjectKind
from resolvers.access.viewers import Viewer
from resolvers.core.global_ids import global_id_text, report_type_name_of, type_name_of
from resolvers.reports.content import (
    BANDED_METRICS,
    BEST_AND_WORST,
    BandedTrainee,
    ReportContent,
    SessionEntry,
    TrendPoint,
)
from resolvers.reports.data import SECTIONS, TREND_METRICS
from resolvers.reports.look_ups import latest_ids
from resolvers.reports.origins import Origin, origins_of
from resolvers.reports.shapes import (
    breakdown_shape,
    days_shape,
    metrics_shape,
    row_shape,
    rules_shape,
    session_shape,
    starts_shape,
    streak_shape,
    timeline_shape,
)
from resolvers.subjects.look_ups import SubjectRow, subjects_by_ids

TREE: Final = frozenset({SubjectKind.SCHOOL, SubjectKind.DEPARTMENT, SubjectKind.PROGRAMME})
"""The kinds whose reports name the best and the worst of their children."""


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


def subject_record(row: SubjectRow | None) -> dict[str, Any] | None:
    """A subject as the published query names it."""
    if row is None:
        return None
    id_ = global_id_text(type_name_of(row.kind), row.id)
    return {"id": id_, "name": row.name, "kind": row.kind.value, "sourceId": row.source_id}


def _record(content: ReportContent, school: SubjectRow | None, origin: Origin, is_latest: bool) -> dict[str, Any]:
    report, kind = content.report, content.subject.kind
    return {
        "id": global_id_text(report_type_name_of(kind), report.id),
        "kind": kind.value,
        "revision": report.revision,
        "generatedAt": report.generated_at.isoformat(),
        "subject": subject_record(content.subject),
        "school": subject_record(school),
        "timeZone": origin.time_zone,
        "period": days_shape(content.period),
        "isLatest": is_latest,
        "generatedBy": origin.generated_by,
        "notes": [remark.english for remark in content.notes],
        "policy": rules_shape(content.rules),
        "metrics": metrics_shape(content.figures),
        **dict(_sections(kind, content)),
    }


def _sections(kind: SubjectKind, content: ReportContent) -> Iterable[tuple[str, Any]]:
    """What only some kinds have: a kind has its keys whatever is in them, as its GraphQL type has its fields."""
    for section in SECTIONS:
        if kind in section.kinds:
            yield from _SECTION_RECORDS[section.name](content).items()
    if kind in TREE:
        ranked = content.breakdown.ranked() if content.breakdown else []
        yield "best", [row_shape(row, subject_record) for row in ranked[:BEST_AND_WORST]]
        yield "worst", [row_shape(row, subject_record) for row in ranked[::-1][:BEST_AND_WORST]]


def _point(point: TrendPoint) -> dict[str, Any]:
    return {"period": days_shape(point.period), "metrics": metrics_shape(point.figures, TREND_METRICS)}


def _banded(content: ReportContent, row: BandedTrainee) -> dict[str, Any]:
    contact = {} if "bands.email" in content.left_out else {"email": row.email}
    return {
        "trainee": {**(subject_record(row.trainee) or {}), **contact},
        "band": row.band,
        "chronic": row.chronic,
        "metrics": metrics_shape(row.figures, BANDED_METRICS),
    }


def _session(entry: SessionEntry) -> dict[str, Any]:
    return session_shape(entry, subject_record)


# the keys of each section, by the section's name in resolvers/reports/data.py
_SECTION_RECORDS: Final[dict[str, Callable[[ReportContent], dict[str, Any]]]] = {
    "trend": lambda content: {"trend": [_point(point) for point in content.trend or ()]},
    "breakdown": lambda content: {"breakdown": breakdown_shape(content.breakdown, subject_record)},
    "bands": lambda content: {
        "traineesBelow": [_banded(content, row) for row in content.bands or ()],
        "traineesBelowHidden": None if content.bands is None else content.bands_hidden,
    },
    "unrecorded": lambda content: {"sessionsWithoutMarks": [_session(entry) for entry in content.unrecorded or ()]},
    "cancelled": lambda content: {"cancelledSessions": [_session(entry) for entry in content.cancelled or ()]},
    "starts": lambda content: {"punctualStarts": starts_shape(content.starts) if content.starts else None},
    "streaks": lambda content: {"streaks": [streak_shape(streak) for streak in content.streaks or ()]},
    "timeline": lambda content: {
        "timeline": [timeline_shape(entry, subject_record) for entry in content.timeline or ()]
    },
}
