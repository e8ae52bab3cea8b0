"""The metrics as GraphQL: one field and one enum value for each row of the registry; nothing here names a metric."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeVar

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_api.core.context import Info
from graphql_api.core.enums import describe_enum
from graphql_api.core.look_ahead import Nodes, nodes_of, place_of, selected_names
from graphql_api.metrics.periods import Period, period_of
from resolvers.access.viewers import Viewer
from resolvers.calendar import periods
from resolvers.metrics.measure import Measured, SubjectDays, measure
from resolvers.metrics.registry import METRICS, Better, Metric, Unit, Value

Cls = TypeVar("Cls", bound=type)

_UNITS: Final = {
    Unit.COUNT: "a count",
    Unit.RATE: "a rate from 0 to 1",
    Unit.MINUTES: "minutes",
    Unit.HOURS: "hours",
    Unit.TRAINEES: "trainees",
    Unit.TRAINEES_PER_DAY: "trainees a day",
}
_BETTER: Final = {Better.HIGHER: "higher is better", Better.LOWER: "lower is better", Better.NEITHER: ""}


def _described(metric: Metric) -> str:
    properties = ", ".join(filter(None, (_UNITS[metric.unit], _BETTER[metric.better])))
    return f"{metric.description} ({properties[0].upper()}{properties[1:]}.)"


def _ranked(metric: Metric) -> str:
    if metric.sample is None:
        return ""
    return (
        f" Ranked where {' + '.join(f'`{name}`' for name in metric.sample.metrics)} is {metric.sample.least} or more."
    )


def _with_metrics(cls: Cls) -> Cls:
    """Adds a field for each metric of the registry."""
    annotations: dict[str, Any] = dict(cls.__annotations__)
    for metric in METRICS.values():
        annotations[metric.column] = int | None if metric.whole else float | None
        setattr(cls, metric.column, strawberry.field(name=metric.name, default=None, description=_described(metric)))
    cls.__annotations__ = annotations
    return cls


@strawberry.type(description="The figures of one subject over one period. Null: there was nothing to count it from.")
@_with_metrics
class Metrics:
    """The figures of one subject over one period."""

    period: Period = strawberry.field(description="The days counted.")
    as_of: datetime = strawberry.field(description="When they were counted.")


# the registry's names as enum values, upper case as enum values are
MetricName = Enum("MetricName", [(metric.column.upper(), metric.name) for metric in METRICS.values()], type=str)  # type: ignore[misc]
describe_enum(
    MetricName,
    "A metric: a named number. The field of the same name of Metrics says more.",
    {metric.column.upper(): f"`{metric.name}`: {metric.description}{_ranked(metric)}" for metric in METRICS.values()},
)


_COLUMNS: Final = {metric.name: metric.column for metric in METRICS.values()}
# a list has few periods and many figures
_period = lru_cache(maxsize=1_000)(period_of)


def metrics_of(period: periods.Period, as_of: datetime, figures: Mapping[str, Value]) -> Metrics:
    """Figures by metric name, as clients see them."""
    made = Metrics.__new__(Metrics)
    # past a constructor of thirty arguments: what is not measured is null by the defaults of the class
    made.__dict__.update(
        {_COLUMNS[name]: value for name, value in figures.items()}, period=_period(period), as_of=as_of
    )
    return made


def chosen_metrics(info: Info, nodes: Nodes | None = None) -> frozenset[str]:
    """The metrics selected below a field that returns Metrics (by default the one being resolved)."""
    nodes = nodes_of(info) if nodes is None else nodes
    memo = info.context.chosen
    key = place_of(nodes)
    if key not in memo:
        type_ = info._raw_info.schema.get_type("Metrics")
        assert type_ is not None
        memo[key] = selected_names(info, nodes, type_).intersection(METRICS)
    return memo[key]


class Figures(NamedTuple):
    """Key of live figures: these metrics of one subject over these days."""

    subject_id: int
    period: periods.Period
    names: frozenset[str]


async def measure_figures(
    session: AsyncSession, viewer: Viewer, asked: list[Figures], now: datetime
) -> dict[Figures, Metrics | None]:
    """The figures of each; None where the viewer may not read them. One statement per fact for each set of metrics."""
    by_names: dict[frozenset[str], list[Figures]] = {}
    for ask in asked:
        by_names.setdefault(ask.names, []).append(ask)
    found: dict[Figures, Metrics | None] = {}
    for names, group in by_names.items():
        measured = await measure(
            session,
            viewer,
            [SubjectDays(ask.subject_id, ask.period.first, ask.period.last) for ask in group],
            sorted(names),
            now=now,
        )
        found.update({ask: _present(ask, one, now) for ask, one in zip(group, measured, strict=True)})
    return found


def _present(ask: Figures, measured: Measured | None, now: datetime) -> Metrics | None:
    return metrics_of(ask.period, now, measured.figures) if measured else None
