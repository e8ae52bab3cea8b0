"""`compare`: figures of some subjects over some periods, side by side."""

from datetime import datetime
from typing import Annotated

import strawberry

from graphql_api.core.context import Info
from graphql_api.core.ids import subject_of_id
from graphql_api.core.look_ahead import below, nodes_of, return_type
from graphql_api.metrics.periods import Period, PeriodInput, period_of
from graphql_api.metrics.types import MetricName
from graphql_api.subjects.interface import Subject, look_ahead_on_subjects, subject_of
from resolvers.metrics.compare import MAX_PERIODS, MAX_SUBJECTS, Cell
from resolvers.metrics.compare import compare as compared

# for the limit on cost: what a comparison is taken to have of each
_TYPICAL_SUBJECTS, _TYPICAL_CELLS = 20, 20


@strawberry.type(description="One metric of one subject over one period.")
class ComparisonCell:
    """One metric of one subject over one period."""

    period: Period | None = strawberry.field(
        description="The days, in the subject's school; null where it has no such period, as outside of terms."
    )
    metric: MetricName = strawberry.field(description="The metric.")
    value: float | None = strawberry.field(description="The figure; null where there was nothing to count it from.")
    difference: float | None = strawberry.field(description="The value less that of the first period.")
    relative_change: float | None = strawberry.field(
        description="The difference as a share of the first period's value; null where that is 0."
    )
    difference_to_first_subject: float | None = strawberry.field(
        description="The value less that of the first subject over the same period."
    )
    relative_to_first_subject: float | None = strawberry.field(
        description="That difference as a share of the first subject's value; null where that is 0."
    )


@strawberry.type(description="One subject of a comparison.")
class ComparedSubject:
    """One subject of a comparison."""

    subject: Subject = strawberry.field(description="The subject.")
    cells: list[ComparisonCell] = strawberry.field(
        description="A cell for each period and metric, in the order asked: all metrics of the first period first.",
        metadata={"list_size": _TYPICAL_CELLS},
    )


@strawberry.type(description="Figures of some subjects over some periods, side by side.")
class Comparison:
    """Figures of some subjects over some periods."""

    as_of: datetime = strawberry.field(description="When they were counted.")
    subjects: list[ComparedSubject] = strawberry.field(
        description="The subjects in the order asked.", metadata={"list_size": _TYPICAL_SUBJECTS}
    )


def _cell(cell: Cell) -> ComparisonCell:
    return ComparisonCell(
        period=period_of(cell.period) if cell.period else None,
        metric=MetricName(cell.metric),
        value=cell.value,
        difference=cell.from_first_period.difference,
        relative_change=cell.from_first_period.relative,
        difference_to_first_subject=cell.from_first_subject.difference,
        relative_to_first_subject=cell.from_first_subject.relative,
    )


@strawberry.type
class CompareQueries:
    """`compare`."""

    @strawberry.field(
        description="Compares subjects with each other and over time: with the first period and with the first subject."
    )
    async def compare(
        self,
        info: Info,
        subjects: Annotated[
            list[strawberry.ID],
            strawberry.argument(description=f"The subjects, {MAX_SUBJECTS} at most; kinds may mix."),
        ],
        periods: Annotated[list[PeriodInput], strawberry.argument(description=f"The periods, {MAX_PERIODS} at most.")],
        metrics: Annotated[list[MetricName], strawberry.argument(description="The metrics.")],
    ) -> Comparison:
        """A comparison."""
        context = info.context
        ids = [subject_of_id(given, "subjects")[1] for given in subjects]
        requests = [period.request() for period in periods]
        async with context.database.read() as session:
            rows = await compared(
                session, context.viewer, ids, requests, [metric.value for metric in metrics], now=context.now
            )
        for way in below(info, nodes_of(info), return_type(info), "subjects", "subject"):
            await look_ahead_on_subjects(info, (row.subject for row in rows), way)
        return Comparison(
            as_of=context.now,
            subjects=[
                ComparedSubject(subject=subject_of(row.subject), cells=[_cell(cell) for cell in row.cells])
                for row in rows
            ],
        )
