"""`metrics` and `trend` of a subject: figures counted now, for all subjects of a list at once."""

from collections.abc import Awaitable, Iterable, Sequence
from typing import Annotated, Any, Final

import strawberry

from graphql_api.core.context import Info
from graphql_api.core.field_permission import FieldPermission
from graphql_api.core.look_ahead import PREPARE, Nodes, answer, below, nodes_of
from graphql_api.metrics.loaders import figures, periods
from graphql_api.metrics.periods import Period, PeriodInput, SchoolPeriod, period_of
from graphql_api.metrics.types import Figures, Metrics, chosen_metrics
from resolvers.calendar.periods import MAX_BUCKETS, Granularity, buckets
from resolvers.calendar.periods import Period as Days
from resolvers.core.problems import Refusal
from resolvers.subjects.look_ups import SubjectRow

MAX_POINTS: Final = 20_000
# for the limit on cost: how many points a trend is taken to have
_TYPICAL_POINTS: Final = 50

AskedPeriod = Annotated[PeriodInput, strawberry.argument(description="The days to count.")]
AskedGranularity = Annotated[Granularity, strawberry.argument(description="How long the buckets are.")]


@strawberry.type(description="The figures of one bucket of a trend.")
class MetricPoint:
    """The figures of one bucket of a trend."""

    period: Period = strawberry.field(description="The days of the bucket, cut to the period asked for.")
    metrics: Metrics | None = strawberry.field(description="The figures of those days.")


async def _periods(info: Info, rows: Iterable[SubjectRow], asked: PeriodInput) -> list[tuple[SubjectRow, Days]]:
    """The rows whose figures may be read, each with its days."""
    request = asked.request()
    readable = [row for row in rows if row.may_measure]
    resolved = await periods(info.context).load_many(SchoolPeriod(row.school_id, request) for row in readable)
    return [(row, days) for row, days in zip(readable, resolved, strict=True) if isinstance(days, Days)]


def _period(info: Info, row: SubjectRow, asked: PeriodInput) -> Days | None:
    found = periods(info.context)[SchoolPeriod(row.school_id, asked.request())]
    if isinstance(found, Refusal):
        raise found
    return found


async def _prepare_metrics(info: Info, rows: Sequence[SubjectRow], arguments: dict[str, Any], nodes: Nodes) -> None:
    names = chosen_metrics(info, nodes)
    asked = await _periods(info, rows, arguments["period"])
    await figures(info.context).load_many(Figures(row.id, days, names) for row, days in asked)


def _metrics(info: Info, row: SubjectRow, period: PeriodInput) -> Metrics | None:
    days = _period(info, row, period)
    return figures(info.context)[Figures(row.id, days, chosen_metrics(info))] if days else None


def _points(info: Info, nodes: Nodes) -> frozenset[str]:
    """The metrics selected below a trend."""
    type_ = info._raw_info.schema.get_type("MetricPoint")
    assert type_ is not None
    ways = below(info, nodes, type_, "metrics")
    return frozenset().union(*(chosen_metrics(info, way) for way in ways))


async def _prepare_trend(info: Info, rows: Sequence[SubjectRow], arguments: dict[str, Any], nodes: Nodes) -> None:
    names = _points(info, nodes)
    asked = await _periods(info, rows, arguments["period"])
    cut = {days: buckets(days, arguments["granularity"]) for _, days in asked}
    points = sum(len(cut[days]) for _, days in asked)
    if points > MAX_POINTS:
        raise Refusal(
            f"this asks for {points:,} points, {MAX_POINTS:,} at most; choose fewer subjects or a coarser granularity",
            ("granularity",),
        )
    await figures(info.context).load_many(Figures(row.id, bucket, names) for row, days in asked for bucket in cut[days])


def _trend(info: Info, row: SubjectRow, period: PeriodInput, granularity: Granularity) -> list[MetricPoint] | None:
    days = _period(info, row, period)
    if days is None:
        return None
    names, known = _points(info, nodes_of(info)), figures(info.context)
    return [
        MetricPoint(period=period_of(bucket), metrics=known[Figures(row.id, bucket, names)])
        for bucket in buckets(days, granularity)
    ]


def metrics_field(*permissions: FieldPermission) -> Any:
    """The field `metrics` of a subject."""

    def metrics(self: Any, info: Info, period: AskedPeriod) -> Any:
        def prepare() -> Awaitable[None]:
            return _prepare_metrics(info, [self.row], {"period": period}, nodes_of(info))

        return answer(info, lambda: _metrics(info, self.row, period), prepare)

    return strawberry.field(
        resolver=metrics,
        graphql_type=Metrics | None,
        description="Figures counted now. Null where there is no such period, as outside of terms.",
        metadata={PREPARE: _prepare_metrics},
        extensions=list(permissions),
    )


def trend_field(*permissions: FieldPermission) -> Any:
    """The field `trend` of a subject."""

    def trend(self: Any, info: Info, period: AskedPeriod, granularity: AskedGranularity = Granularity.WEEK) -> Any:
        def prepare() -> Awaitable[None]:
            arguments = {"period": period, "granularity": granularity}
            return _prepare_trend(info, [self.row], arguments, nodes_of(info))

        return answer(info, lambda: _trend(info, self.row, period, granularity), prepare)

    return strawberry.field(
        resolver=trend,
        graphql_type=list[MetricPoint] | None,
        description=f"The figures of every day, week or month of a period in order, {MAX_BUCKETS} at most."
        " Null where there is no such period.",
        metadata={PREPARE: _prepare_trend, "list_size": _TYPICAL_POINTS},
        extensions=list(permissions),
    )
