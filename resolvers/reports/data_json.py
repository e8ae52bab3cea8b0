"""The parts of a report besides its metrics as plain JSON, as its reader may see them; the shape clients rely on.

version 1: every section the kind has, named and shaped as in resolvers/reports/data.py, but with subjects as
`{kind, sourceId, name}` (null where the reader may not see one) and figures instead of parts.
"""

from collections.abc import Iterable
from typing import Any

from resolvers.reports.content import BANDED_METRICS, ReportContent
from resolvers.reports.data import TREND_METRICS, VERSION
from resolvers.reports.shapes import (
    breakdown_shape,
    days_shape,
    metrics_shape,
    session_shape,
    starts_shape,
    streak_shape,
    timeline_shape,
)
from resolvers.subjects.look_ups import SubjectRow


def subject_json(row: SubjectRow | None) -> dict[str, str] | None:
    """A subject as JSON names it."""
    return None if row is None else {"kind": row.kind.value, "sourceId": row.source_id, "name": row.name}


def report_json(content: ReportContent) -> dict[str, Any]:
    """The content of a report as JSON."""
    return {"version": VERSION, **dict(_sections(content))}


def _sections(content: ReportContent) -> Iterable[tuple[str, Any]]:
    if content.trend is not None:
        yield (
            "trend",
            [
                {**days_shape(point.period), "metrics": metrics_shape(point.figures, TREND_METRICS)}
                for point in content.trend
            ],
        )
    if content.breakdown is not None:
        yield "breakdown", breakdown_shape(content.breakdown, subject_json)
    if content.bands is not None:
        trainees = [
            {
                "trainee": subject_json(row.trainee),
                "band": row.band,
                "chronic": row.chronic,
                "metrics": metrics_shape(row.figures, BANDED_METRICS),
            }
            for row in content.bands
        ]
        yield "bands", {"trainees": trainees, "hidden": content.bands_hidden}
    if content.unrecorded is not None:
        yield "unrecorded", [session_shape(entry, subject_json) for entry in content.unrecorded]
    if content.cancelled is not None:
        yield "cancelled", [session_shape(entry, subject_json) for entry in content.cancelled]
    if content.starts is not None:
        yield "starts", starts_shape(content.starts)
    if content.streaks is not None:
        yield "streaks", [streak_shape(streak) for streak in content.streaks]
    if content.timeline is not None:
        yield "timeline", [timeline_shape(entry, subject_json) for entry in content.timeline]
