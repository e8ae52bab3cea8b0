"""JSON: the shape of the published query, put into tables here once more."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker

from exporters import Column, Kind
from resolvers.metrics.registry import METRICS
from tests.exporters.reports.reading import Grid, Told

Record = dict[str, Any]

_SCHEMA: Final = Path(__file__).parents[4] / "docs" / "report.schema.json"
_ROW_METRICS: Final = ("attendanceRate", "expected", "absent", "sessionCount", "averageScore", "passRate")
_BAND_METRICS: Final = ("attendanceRate", "absenceRate", "expected", "absent")
_NAMES: Final = {"DEPARTMENT": "department", "PROGRAMME": "programme", "CLASS_GROUP": "classGroup", "COURSE": "course"}
_POLICY: Final = {
    "presentWeight": "Weight of PRESENT",
    "lateWeight": "Weight of LATE",
    "excusedWeight": "Weight of EXCUSED",
    "absentWeight": "Weight of ABSENT",
    "excusedCounts": "EXCUSED is expected",
    "lateAfterMinutes": "LATE after minutes",
    "chronicThreshold": "Chronic absence from",
    "chronicMinExpected": "Marks needed to judge a trainee",
    "watchBelow": "Watch below",
    "atRiskBelow": "At risk below",
}


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(_SCHEMA.read_text()), format_checker=FormatChecker())


def read(content: bytes) -> list[Told]:
    """The reports of a file, one a line, each of which the published schema describes."""
    records = [json.loads(line) for line in content.decode().splitlines()]
    for record in records:
        _validator().validate(record)
    return [_told(record) for record in records]


def _told(record: Record) -> Told:
    tables = {key: [*rows] for key, rows in _tables(record).items()}
    return Told(
        kind=record["kind"],
        subject_id=record["subject"]["sourceId"],
        figures={
            metric.label: record["metrics"][metric.name]
            for metric in METRICS.values()
            if record["kind"] in metric.kinds
        },
        tables={
            key: Grid(list(rows[0]), [[*row.values()] for row in rows]) for key, rows in tables.items() if rows
        },
        policy=[(_POLICY[key], _word(value)) for key, value in record["policy"].items()],
        notes=" ".join(record["notes"]),
    )  # fmt: skip


def _word(value: Any) -> str:
    if value is None:
        return "not set"
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


def _tables(record: Record) -> dict[str, list[Record]]:
    """Its lists as rows, with the columns of the tables in other files."""
    return {
        "marks": _marks(record["metrics"]),
        "breakdown": _breakdown(record),
        "bands": [_banded(row) for row in record.get("traineesBelow") or ()],
        "trend": [{**point["period"], **point["metrics"]} for point in record.get("trend") or ()],
        "unrecorded": [_session(row) for row in record.get("sessionsWithoutMarks") or ()],
        "cancelled": [_session(row) for row in record.get("cancelledSessions") or ()],
        "starts": [record["punctualStarts"]] if record.get("punctualStarts") else [],
        "streaks": record.get("streaks") or [],
        "timeline": _timeline(record),
    }


def _marks(metrics: Record) -> list[Record]:
    marked = metrics["marked"]
    shares = [
        {"status": key.capitalize(), "marks": metrics[key], "share": metrics[key] / marked if marked else None}
        for key in ("present", "late", "excused", "absent")
    ]
    return [*shares, {"status": "Unmarked", "marks": metrics["unmarked"], "share": None}]


def _breakdown(record: Record) -> list[Record]:
    found = record.get("breakdown")
    if not found:
        return []
    rows = []
    for row in found["rows"]:
        named = [(_NAMES[one["kind"]], one) for one in row["subjects"]]
        subjects = {
            key: text for name, one in named for key, text in ((f"{name}Id", one["sourceId"]), (name, one["name"]))
        }
        rows.append({**subjects, **_chosen(row, _ROW_METRICS)})
    if found["other"] is not None:
        columns = [key for key in rows[0] if key not in _ROW_METRICS] if rows else ["courseId", "course"]
        other = dict(zip(columns, (None, "Other", None, None), strict=False))
        rows.append({**other, **{key: found["other"][key] for key in _ROW_METRICS}})
    return rows


def _banded(row: Record) -> Record:
    trainee = row["trainee"]
    contact = {"email": trainee["email"]} if "email" in trainee else {}
    return {
        "traineeId": trainee["sourceId"],
        "trainee": trainee["name"],
        **contact,
        "band": row["band"],
        "chronic": ("no", "yes")[row["chronic"]],
        **_chosen(row, _BAND_METRICS),
    }


def _chosen(row: Record, names: tuple[str, ...]) -> Record:
    return {name: row["metrics"][name] for name in names}


def _session(row: Record) -> Record:
    return {
        key: value["name"] if isinstance(value, dict) else value
        for key, value in ((key, row[key]) for key in ("day", "time", "session", "course", "classGroup", "trainer"))
    }


def _timeline(record: Record) -> list[Record]:
    entries = record.get("timeline") or []
    # the column is left out elsewhere where none of its cells is known
    known = any(entry["course"] for entry in entries)
    return [
        {
            "day": entry["day"],
            "time": entry["time"],
            **({"course": entry["course"] and entry["course"]["name"]} if known else {}),
            "status": entry["status"],
        }
        for entry in entries
    ]


def heading(column: Column) -> str:
    return column.key


def agrees(told: Any, value: Any, kind: Kind) -> bool:
    """Numbers to the last digit, and of the same type; days in ISO 8601."""
    if isinstance(value, date):
        return bool(told == value.isoformat())
    return bool(told == value) and type(told) is type(value)
