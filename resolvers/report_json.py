"""The parts of a report besides its metrics as plain JSON, as its reader may see them; the shape clients rely on.

version 1: every section the kind has, named and shaped as in resolvers/report_data.py, but with subjects as
`{kind, sourceId, name}` (null where the reader may not see one) and figures instead of parts.
"""

from collections.abc import Iterable
from typing import Any

from resolvers.report_content import Breakdown, ReportContent, SessionEntry
from resolvers.report_data import VERSION
from resolvers.subjects import SubjectRow


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
                {
                    "name": point.period.name,
                    "from": point.period.first.isoformat(),
                    "to": point.period.last.isoformat(),
                    "metrics": dict(point.figures),
                }
                for point in content.trend
            ],
        )
    if content.breakdown is not None:
        yield "breakdown", _breakdown(content.breakdown)
    if content.bands is not None:
        yield (
            "bands",
            {
                "trainees": [
                    {
                        "trainee": subject_json(row.trainee),
                        "band": row.band,
                        "chronic": row.chronic,
                        "metrics": dict(row.figures),
                    }
                    for row in content.bands
                ],
                "hidden": content.bands_hidden,
            },
        )
    if content.unrecorded is not None:
        yield "unrecorded", [_session(entry) for entry in content.unrecorded]
    if content.cancelled is not None:
        yield "cancelled", [_session(entry) for entry in content.cancelled]
    if content.starts is not None:
        yield "starts", {"timed": content.starts.timed, "punctual": content.starts.punctual}
    if content.streaks is not None:
        yield (
            "streaks",
            [
                {"from": streak.first.isoformat(), "to": streak.last.isoformat(), "sessions": streak.sessions}
                for streak in content.streaks
            ],
        )
    if content.timeline is not None:
        yield (
            "timeline",
            [
                {
                    "day": entry.day.isoformat(),
                    "time": entry.time,
                    "course": subject_json(entry.course),
                    "status": entry.status,
                }
                for entry in content.timeline
            ],
        )


def _breakdown(breakdown: Breakdown) -> dict[str, Any]:
    return {
        "rows": [
            {"subjects": [subject_json(subject) for subject in row.subjects], "metrics": dict(row.figures)}
            for row in breakdown.rows
        ],
        "other": None if breakdown.other is None else dict(breakdown.other),
        "hidden": breakdown.hidden,
    }


def _session(entry: SessionEntry) -> dict[str, Any]:
    return {
        "session": entry.session,
        "day": entry.day.isoformat(),
        "time": entry.time,
        "course": subject_json(entry.course),
        "classGroup": subject_json(entry.class_group),
        "trainer": subject_json(entry.trainer),
    }
