"""Files of reports read back by other libraries than wrote them: one module a format, each into the same `Told`.

A module's `read` gives the reports of a file in their order, `agrees` says whether what it holds of a cell is the exact
value as that format has to show it, worked out here from that value alone, and `heading` how it calls a column.
"""

from dataclasses import dataclass, field
from typing import Any, Final

KEYS: Final = {
    "Marks by status": "marks",
    "By department": "breakdown",
    "By programme": "breakdown",
    "By class group": "breakdown",
    "By course": "breakdown",
    "By course and class group": "breakdown",
    "Trainees below a line": "bands",
    "Week by week": "trend",
    "Sessions without marks": "unrecorded",
    "Cancelled sessions": "cancelled",
    "Punctual starts": "starts",
    "Absences in a row": "streaks",
    "Session by session": "timeline",
}
"""Of each title of a table its key."""
WORDS: Final = {
    "AT_RISK": "At risk",
    "WATCH": "Watch",
    "PRESENT": "Present",
    "LATE": "Late",
    "EXCUSED": "Excused",
    "ABSENT": "Absent",
    "UNMARKED": "Unmarked",
    "SCHEDULED": "Scheduled",
    "CANCELLED": "Cancelled",
}
"""What people call a status or a band."""


@dataclass(slots=True)
class Grid:
    """A table: its headings, and its rows."""

    heads: list[str]
    rows: list[list[Any]] = field(default_factory=list)


@dataclass(slots=True)
class Told:
    """What a file tells of one report: figures by label, tables by key, and the notes in one text."""

    kind: str
    subject_id: str
    figures: dict[str, Any]
    tables: dict[str, Grid]
    policy: list[tuple[str, Any]]
    notes: str


def code_of(kind: str) -> str:
    """The kind of a subject as the API writes it: CLASS_GROUP for Class group."""
    return kind.upper().replace(" ", "_")
