"""What must come out of the school of school.py, worked out by hand, and ways to take it from a report's JSON."""

from typing import Any

SHOWN = (
    "expected", "present", "late", "excused", "absent", "unmarked", "sessionCount", "sessionsScheduled",
    "sessionsCancelled", "sessionsUnrecorded", "resultCount",
)  # fmt: skip
RATES = ("attendanceRate", "averageScore", "contactHours")
# what happened in: Colour for the Painters, the Easel for them, Colour for the Bricklayers, Foundations for them
C_G = (6, 1, 1, 0, 4, 0, 3, 5, 1, 1, 2), (1.5 / 6, 11 / 20, 175 / 60)  # s2 began five minutes late
E_G = (4, 1, 0, 1, 2, 0, 2, 3, 0, 0, 0), (2 / 4, None, 2.0)
C_H = (1, 1, 0, 0, 0, 1, 2, 2, 0, 0, 1), (1.0, 5 / 20, 2.0)
F_H = (1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0), (1.0, None, 1.0)
DAN = (0,) * 10 + (1,), (None, 15 / 20, 0.0)
G = (10, 2, 1, 1, 6, 0, 5, 8, 1, 1, 2), (3.5 / 10, 11 / 20, 295 / 60)
H = (2, 2, 0, 0, 0, 1, 3, 3, 0, 0, 1), (1.0, 5 / 20, 3.0)
S5 = ("s5", "2026-03-10", "09:00", "C", "G", "t")
S7 = ("s7", "2026-03-12", "09:00", "C", "H", "u")


STREAKS = {
    "ann": [{"from": "2026-03-04", "to": "2026-03-25", "sessions": 3}],  # s3, s10, s11
    "bob": [{"from": "2026-03-02", "to": "2026-03-24", "sessions": 3}],  # s1, s2, s10; excused from s3
    "cat": [],
    "dan": [],
}
ANN = [
    ("2026-03-02", "09:00", "C", "PRESENT"),
    ("2026-03-03", "09:00", "C", "LATE"),
    ("2026-03-04", "10:00", "E", "ABSENT"),
    ("2026-03-09", "09:00", "C", "CANCELLED"),
    ("2026-03-10", "09:00", "C", "SCHEDULED"),
    ("2026-03-24", "09:00", "C", "ABSENT"),
    ("2026-03-25", "09:00", "E", "ABSENT"),
    ("2026-03-31", "10:00", "E", "SCHEDULED"),
]
CAT = [
    ("2026-03-11", "09:00", "C", "PRESENT"),
    ("2026-03-12", "09:00", "C", "UNMARKED"),
    ("2026-03-30", "09:00", "F", "PRESENT"),  # 08:00 UTC, by the school's clock
]


def numbers(metrics: dict[str, Any] | None) -> Any:
    if metrics is None:
        return None
    return tuple(metrics[name] for name in SHOWN), tuple(metrics[name] for name in RATES)


def rows(breakdown: dict[str, Any]) -> dict[str, Any]:
    return {
        " ".join(subject["sourceId"] for subject in row["subjects"]): numbers(row["metrics"])
        for row in breakdown["rows"]
    }


def met(shown: dict[str, Any]) -> tuple[Any, ...]:
    subjects = (shown[key] and shown[key]["sourceId"] for key in ("course", "classGroup", "trainer"))
    return shown["session"], shown["day"], shown["time"], *subjects


def entries(timeline: list[dict[str, Any]]) -> list[Any]:
    return [(one["day"], one["time"], one["course"] and one["course"]["sourceId"], one["status"]) for one in timeline]
