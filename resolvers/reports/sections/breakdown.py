"""The figures by child. Stored: [{ids: [subject id or null, …], sums: {name: number}}]; sums, so that rows add up.

Rows outside the reader's scope merge into `other`, whose figures are worked out from summed sums, so they stay exact
(but for lengths of joint sessions, which count once in the whole and in every row).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from models import SubjectKind
from resolvers.metrics.counting import ZERO
from resolvers.metrics.dimensions import DIMENSION
from resolvers.metrics.facts import FACTS
from resolvers.metrics.measure import Figures
from resolvers.metrics.policies import Rules
from resolvers.metrics.registry import METRICS, Metric, Sum
from resolvers.reports.content import ReportContent
from resolvers.reports.sections.section import TREE, Batch, Built, Reading, Section
from resolvers.reports.shapes import Named, metrics_shape, subject_named
from resolvers.subjects.look_ups import SubjectRow

_K: Final = SubjectKind
# what a breakdown is by: columns of the dimensions, one level down
BREAKDOWN_KEYS: Final[dict[SubjectKind, tuple[str, ...]]] = {
    _K.SCHOOL: ("department_id",),
    _K.DEPARTMENT: ("programme_id",),
    _K.PROGRAMME: ("class_group_id",),
    _K.CLASS_GROUP: ("course_id",),
    _K.COURSE: ("class_group_id",),
    _K.TRAINER: ("course_id", "class_group_id"),
    _K.TRAINEE: ("course_id",),
}
_KIND_OF_KEY: Final = {key: kind for kind, key in DIMENSION.items()}
BEST_AND_WORST: Final = 3
_SPLIT_FACTS: Final = tuple(fact for fact in FACTS if fact.splits)
_SPLIT_PARTS: Final = frozenset(part for fact in _SPLIT_FACTS for part in fact.sums) - {"held_days"}
# metrics over other sums cannot be told per row
SPLIT_METRICS: Final[tuple[Metric, ...]] = tuple(
    metric for metric in METRICS.values() if _SPLIT_PARTS.issuperset(metric.sums)
)
ROW_METRICS: Final = tuple(metric.name for metric in SPLIT_METRICS)


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    """The figures of one child (for a trainer: of one course and class group)."""

    subjects: tuple[SubjectRow, ...]
    figures: Figures


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The report's figures by child.

    `other` sums the `hidden` rows outside the reader's scope and those that are `unplaced`: results of no class group.
    """

    rows: tuple[BreakdownRow, ...] = ()
    other: Figures | None = None
    hidden: int = 0
    unplaced: int = 0

    def ranked(self) -> list[BreakdownRow]:
        """The rows with an attendance rate, best first."""
        rated = [row for row in self.rows if row.figures["attendanceRate"] is not None]
        return sorted(rated, key=lambda row: (-(row.figures["attendanceRate"] or 0), row.subjects[0].sort_key))


async def _build(batch: Batch) -> Built:
    keys = BREAKDOWN_KEYS[batch.kind]
    subject_ids = batch.subject_ids
    rows: dict[int, dict[tuple[int | None, ...], dict[str, int | str]]] = defaultdict(lambda: defaultdict(dict))
    for fact in _SPLIT_FACTS:
        for row in await batch.counting.fact(fact, batch.kind) if batch.kind in fact.kinds else ():
            if not row["whole"]:
                ids = tuple([row[key] for key in keys])
                kept = {part: _plain(row[part]) for part in fact.sums if row[part]}
                rows[subject_ids[row["n"]]][ids].update(kept)
    return {
        subject_id: [{"ids": list(ids), "parts": sums} for ids, sums in sorted(found.items(), key=_nulls_last)]
        for subject_id, found in rows.items()
    }


def _nulls_last(item: tuple[tuple[int | None, ...], Any]) -> list[tuple[bool, int]]:
    return [(key is None, key or 0) for key in item[0]]


def _plain(part: Sum) -> int | str:
    """A part as JSON keeps it exactly: whole numbers as numbers, other decimals as text."""
    if isinstance(part, int):
        return part
    return int(part) if part == part.to_integral_value() else str(part)


def _exact(stored: int | str) -> Sum:
    """A part read back from JSON."""
    return stored if isinstance(stored, int) else Decimal(stored)


def _ids(stored: Sequence[Mapping[str, Any]]) -> Iterable[int]:
    return (subject_id for row in stored for subject_id in row["ids"] if subject_id is not None)


def _figures(kind: SubjectKind, sums: Mapping[str, Sum], rules: Rules) -> Figures:
    whole = {**ZERO, **sums}
    return {metric.name: metric.of(kind, whole, rules) for metric in SPLIT_METRICS}


def _read(stored: Sequence[Mapping[str, Any]], reading: Reading) -> Breakdown:
    shown, other, hidden, unplaced = [], Counter[str](), 0, 0
    kind, keys = reading.kind, BREAKDOWN_KEYS[reading.kind]
    # joint sessions count once only for a course or trainer as a whole; a row is counted as what it is about
    row_kind = kind if kind in (SubjectKind.TRAINEE, SubjectKind.TRAINER) else _KIND_OF_KEY[keys[0]]
    for row in stored:
        sums = {part: _exact(value) for part, value in row["parts"].items()}
        found = [reading.subjects.get(subject_id) for subject_id in row["ids"] if subject_id is not None]
        visible = tuple(subject for subject in found if subject is not None)
        if len(visible) == len(keys):
            shown.append(BreakdownRow(visible, _figures(row_kind, sums, reading.rules)))
            continue
        if len(found) < len(keys):
            unplaced += 1
        else:
            hidden += 1
        for part, value in sums.items():
            other[part] += value  # type: ignore[assignment]
    shown.sort(key=lambda row: [(subject.sort_key, subject.id) for subject in row.subjects])
    others = _figures(row_kind, other, reading.rules) if hidden or unplaced else None
    reading.hidden.rows, reading.hidden.unplaced = hidden, unplaced
    return Breakdown(tuple(shown), others, hidden, unplaced)


def _row_shape(row: BreakdownRow, named: Named) -> dict[str, Any]:
    return {
        "subjects": [named(subject) for subject in row.subjects],
        "metrics": metrics_shape(row.figures, ROW_METRICS),
    }


def _shape(breakdown: Breakdown, named: Named) -> dict[str, Any]:
    return {
        "rows": [_row_shape(row, named) for row in breakdown.rows],
        "other": None if breakdown.other is None else metrics_shape(breakdown.other, ROW_METRICS),
        "hidden": breakdown.hidden,
    }


def _record(breakdown: Breakdown | None, content: ReportContent) -> dict[str, Any]:
    return {"breakdown": None if breakdown is None else _shape(breakdown, subject_named)}


def best_and_worst_record(breakdown: Breakdown | None) -> dict[str, Any]:
    """The best and the worst children, as the published query answers."""
    ranked = breakdown.ranked() if breakdown else []
    return {
        "best": [_row_shape(row, subject_named) for row in ranked[:BEST_AND_WORST]],
        "worst": [_row_shape(row, subject_named) for row in ranked[::-1][:BEST_AND_WORST]],
    }


def _named(breakdown: Breakdown) -> Iterable[SubjectRow]:
    return (subject for row in breakdown.rows for subject in row.subjects)


BREAKDOWN: Final = Section[Breakdown](
    "breakdown", frozenset(SubjectKind), _build, _read, _shape, _record, ids=_ids, named=_named
)
BEST_AND_WORST_KINDS: Final = TREE
"""The kinds whose reports name the best and the worst of their children."""
