"""The trainees below a line, or chronically absent. Stored: [{id, present, late, excused, absent, band, chronic}]."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from models import SubjectKind
from resolvers.metrics.counting import ZERO
from resolvers.metrics.facts import trainees_sql
from resolvers.metrics.measure import Figures
from resolvers.metrics.registry import METRICS
from resolvers.reports.content import ReportContent
from resolvers.reports.sections.section import TAUGHT, Batch, Built, Reading, Section
from resolvers.reports.shapes import Named, metrics_shape, subject_named
from resolvers.subjects.look_ups import SubjectRow

BANDED_METRICS: Final = (
    "expected", "marked", "present", "late", "excused", "absent", "attendanceRate", "absenceRate",
)  # fmt: skip
EMAIL: Final = "bands.email"
"""The column of addresses, among those that are left out of a report where its reader may read none."""


@dataclass(frozen=True, slots=True)
class BandedTrainee:
    """A trainee below a line: band is WATCH, AT_RISK or None (only chronically absent)."""

    trainee: SubjectRow
    band: str | None
    chronic: bool
    figures: Figures

    @property
    def email(self) -> str | None:
        """Their e-mail address, where the reader may read it."""
        return self.trainee.email if self.trainee.may_contact else None


@dataclass(frozen=True, slots=True)
class Bands:
    """The trainees the reader may see, worst first, and how many more there are."""

    rows: tuple[BandedTrainee, ...] = ()
    hidden: int = 0


async def _build(batch: Batch) -> Built:
    sql = f"""
    with {trainees_sql(batch.kind)}
    select n, trainee_id as id, present::int, late::int, excused::int, absent::int,
        case when at_risk then 'AT_RISK' when watch then 'WATCH' end as band, chronic
    from trainee where at_risk or watch or chronic order by n, trainee_id"""
    return await batch.rows(sql)


def _ids(stored: Sequence[Mapping[str, Any]]) -> Iterable[int]:
    return (row["id"] for row in stored)


def _read(stored: Sequence[Mapping[str, Any]], reading: Reading) -> Bands:
    banded = []
    for row in stored:
        trainee = reading.subjects.get(row["id"])
        if trainee is not None:
            sums = {**ZERO, **{part: row[part] for part in ("present", "late", "excused", "absent")}}
            figures = {name: METRICS[name].of(SubjectKind.TRAINEE, sums, reading.rules) for name in BANDED_METRICS}
            banded.append(BandedTrainee(trainee, row["band"], row["chronic"], figures))
    banded.sort(key=lambda row: (row.figures["attendanceRate"] or 0, row.trainee.sort_key))
    unread, hidden = sum(not row.trainee.may_contact for row in banded), len(stored) - len(banded)
    reading.hidden.trainees, reading.hidden.emails = hidden, unread
    if unread == len(banded) if banded else not reading.contacts:
        reading.hidden.emails_left_out = True
        reading.left_out.add(EMAIL)
    return Bands(tuple(banded), hidden)


def _shape(bands: Bands, named: Named) -> dict[str, Any]:
    trainees = [
        {
            "trainee": named(row.trainee),
            "band": row.band,
            "chronic": row.chronic,
            "metrics": metrics_shape(row.figures, BANDED_METRICS),
        }
        for row in bands.rows
    ]
    return {"trainees": trainees, "hidden": bands.hidden}


def _record(bands: Bands | None, content: ReportContent) -> dict[str, Any]:
    rows = [
        {
            "trainee": {**(subject_named(row.trainee) or {}), **_contact(row, content)},
            "band": row.band,
            "chronic": row.chronic,
            "metrics": metrics_shape(row.figures, BANDED_METRICS),
        }
        for row in (bands.rows if bands else ())
    ]
    return {"traineesBelow": rows, "traineesBelowHidden": None if bands is None else bands.hidden}


def _contact(row: BandedTrainee, content: ReportContent) -> dict[str, str | None]:
    return {} if EMAIL in content.left_out else {"email": row.email}


def contacts_in(content: ReportContent) -> set[int]:
    """The subjects whose e-mail addresses are in it."""
    bands = BANDS.of(content)
    return {row.trainee.id for row in bands.rows if row.email is not None} if bands else set()


BANDS: Final = Section[Bands](
    "bands", TAUGHT, _build, _read, _shape, _record, ids=_ids, named=lambda bands: (row.trainee for row in bands.rows)
)
