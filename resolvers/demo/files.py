"""The files of a source bundle: their columns, quoting, and one open stream per file."""

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

COLUMNS: dict[str, str] = {
    "schools": "id,name,timezone,locale",
    "departments": "id,school_id,name",
    "programmes": "id,department_id,name",
    "class_groups": "id,programme_id,name",
    "courses": "id,programme_id,code,name",
    "trainers": "id,department_id,name,email",
    "trainees": "id,name,email,school_id",
    "enrolments": "trainee_id,class_group_id,course_id,starts_on,ends_on",
    "terms": "id,school_id,name,starts_on,ends_on",
    "holidays": "school_id,on,name",
    "sessions": (
        "id,course_id,class_group_id,trainer_id,starts_at,ends_at,status,actual_starts_at,actual_ends_at,joint_id"
    ),
    "attendance": "session_id,trainee_id,status,arrived_at,left_at,reason",
    "assessments": "id,course_id,class_group_id,trainer_id,name,kind,held_on,max_score,pass_score",
    "results": "assessment_id,trainee_id,score",
    "users": "id,email,name,role,school_id,department_id,programme_id,trainer_id,trainee_id",
    "policies": (
        "school_id,present_weight,late_weight,excused_weight,absent_weight,excused_counts,late_after_minutes,"
        "chronic_threshold,chronic_min_expected,watch_below,at_risk_below"
    ),
}


def cell(text: str) -> str:
    """The text as one CSV cell, quoted where it must be."""
    if any(mark in text for mark in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def line(*cells: str) -> str:
    """One CSV row."""
    return ",".join(map(cell, cells)) + "\n"


class BundleFiles:
    """All files of a bundle, open for writing, each begun with its header."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._stack = ExitStack()
        self._streams: dict[str, TextIO] = {}
        with ExitStack() as opened:
            for name, columns in COLUMNS.items():
                stream = opened.enter_context((folder / f"{name}.csv").open("w", encoding="utf-8", newline=""))
                stream.write(columns + "\n")
                self._streams[name] = stream
            self._stack = opened.pop_all()

    def __enter__(self) -> "BundleFiles":
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def write(self, name: str, rows: Iterable[str]) -> None:
        """Appends finished rows to a file."""
        self._streams[name].write("".join(rows))
