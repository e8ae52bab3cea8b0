"""The parts of a report as plain JSON values, of which both its JSON shapes are made: data_json.py, record.py.

Days are ISO 8601 text. `Named` says how a subject is named: None stays None.
"""

from collections.abc import Callable, Iterable
from dataclasses import astuple
from decimal import Decimal
from typing import Any, Final

from resolvers.calendar.periods import Period
from resolvers.core.global_ids import global_id_text, type_name_of
from resolvers.metrics.measure import Figures
from resolvers.metrics.policies import Rules
from resolvers.metrics.registry import METRICS
from resolvers.subjects.look_ups import SubjectRow

Named = Callable[[SubjectRow | None], dict[str, Any] | None]

ALL_METRICS: Final = tuple(METRICS)


def metrics_shape(figures: Figures, names: Iterable[str] = ALL_METRICS) -> dict[str, int | float | None]:
    """These metrics in this order; None for what is not known, and for what an old report does not have yet."""
    return {name: figures.get(name) for name in names}


def days_shape(period: Period) -> dict[str, str | None]:
    """A period."""
    return {"name": period.name, "from": period.first.isoformat(), "to": period.last.isoformat()}


def rules_shape(rules: Rules) -> dict[str, Any]:
    """A policy; its decimals as text, so that none loses a digit."""
    values = (str(value) if isinstance(value, Decimal) else value for value in astuple(rules))
    return dict(zip(rules.stored(), values, strict=True))


def subject_named(row: SubjectRow | None) -> dict[str, Any] | None:
    """A subject as the published query names it."""
    if row is None:
        return None
    id_ = global_id_text(type_name_of(row.kind), row.id)
    return {"id": id_, "name": row.name, "kind": row.kind.value, "sourceId": row.source_id}
