"""A report as its reader may see it, made into the document every format renders, in the language of the file."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from exporters import Bands, Cell, Document, Figure, Words
from exporters.language import noop
from exporters.reports.charts import charts_of
from exporters.reports.tables import kind_of, tables_of, unit_of, yes_or_no
from models import SubjectKind
from resolvers.core.wording import Remark
from resolvers.metrics.registry import METRICS
from resolvers.reports.content import ReportContent

# what a reader looks for first
_HEADLINES: Final = (
    "attendanceRate", "absenceRate", "chronicAbsenceRate", "punctualityRate", "averageScore", "passRate",
    "traineeCount", "sessionCount",
)  # fmt: skip
# of a single one no share and no number of trainees tells anything
_HEADLINES_OF_A_TRAINEE: Final = (
    "attendanceRate", "absenceRate", "punctualityRate", "longestAbsenceStreak", "averageScore", "passRate", "absent",
    "sessionCount",
)  # fmt: skip
_POLICY_LABELS: Final = {
    "presentWeight": noop("Weight of PRESENT"),
    "lateWeight": noop("Weight of LATE"),
    "excusedWeight": noop("Weight of EXCUSED"),
    "absentWeight": noop("Weight of ABSENT"),
    "excusedCounts": noop("EXCUSED is expected"),
    "lateAfterMinutes": noop("LATE after minutes"),
    "chronicThreshold": noop("Chronic absence from"),
    "chronicMinExpected": noop("Marks needed to judge a trainee"),
    "watchBelow": noop("Watch below"),
    "atRiskBelow": noop("At risk below"),
}


def document_of(
    content: ReportContent,
    *,
    words: Words,
    time_zone: str,
    school_name: str,
    generated_by: str | None,
    record: Mapping[str, Any] | None = None,
) -> Document:
    """The document of one report in the language of `words`; `record` is the report as the API gives it."""
    report, subject = content.report, content.subject
    tables = tables_of(content, words)
    return Document(
        title=subject.name,
        kind=subject.kind,
        subject_name=subject.name,
        subject_source_id=subject.source_id,
        period_name=content.period.name,
        period_from=content.period.first,
        period_to=content.period.last,
        generated_at=report.generated_at,
        time_zone=time_zone,
        generated_by=generated_by,
        revision=report.revision,
        policy=tuple(
            (words(_POLICY_LABELS[name]), _said(value, words)) for name, value in content.rules.stored().items()
        ),
        figures=tuple(_figures(content, words)),
        tables=tables,
        notes=tuple(said(note, words) for note in content.notes),
        charts=charts_of(subject.kind, tables, words),
        bands=Bands(content.rules.watch_below, content.rules.at_risk_below),
        chronic_from=content.rules.chronic_threshold,
        school_name=school_name,
        record=record,
    )


def said(remark: Remark, words: Words) -> str:
    """The remark in the language of `words`."""
    if remark.number is None:
        return words(remark.one)
    return words.many(remark.one, remark.many, remark.number)


def _said(value: Any, words: Words) -> Cell:
    """A stored rule as a cell: a number, of which no digit is lost, or in words."""
    if value is None:
        return words("not set")
    if isinstance(value, bool):
        return yes_or_no(value, words)
    return Decimal(value) if isinstance(value, str) else int(value)


def _figures(content: ReportContent, words: Words) -> Iterable[Figure]:
    names = _HEADLINES_OF_A_TRAINEE if content.subject.kind is SubjectKind.TRAINEE else _HEADLINES
    first = [METRICS[name] for name in names]
    for metric in (*first, *(metric for metric in METRICS.values() if metric not in first)):
        if content.subject.kind in metric.kinds:
            value = content.figures[metric.name]
            description, unit = words(metric.description), unit_of(metric, words)
            yield Figure(metric.name, words(metric.label), value, kind_of(metric), description, unit)
