"""A school's rules of counting, with the defaults filled in: one place for both Python and SQL."""

from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from models import Policy


@dataclass(frozen=True)
class Rules:
    """The policy in force: design section 4. Weights and thresholds are exact decimals from 0 to 1."""

    present_weight: Decimal = Decimal(1)
    late_weight: Decimal = Decimal(1)
    excused_weight: Decimal = Decimal(0)
    absent_weight: Decimal = Decimal(0)
    excused_counts: bool = True
    late_after_minutes: Decimal | None = None
    chronic_threshold: Decimal = Decimal("0.10")
    chronic_min_expected: int = 10
    watch_below: Decimal = Decimal("0.88")
    at_risk_below: Decimal = Decimal("0.80")

    @cached_property
    def weights(self) -> tuple[int, int, int, int, int]:
        """The four weights as whole numbers (present, late, excused, absent) and the scale they are multiplied by."""
        weights = (self.present_weight, self.late_weight, self.excused_weight, self.absent_weight)
        exponents = [int(weight.as_tuple().exponent) for weight in weights]
        scale = 10 ** max(0, *(-exponent for exponent in exponents))
        present, late, excused, absent = (int(weight * scale) for weight in weights)
        return present, late, excused if self.excused_counts else 0, absent, scale

    @property
    def lines(self) -> tuple[Decimal, ...]:
        """The shares that rates are read against."""
        return self.watch_below, self.at_risk_below, self.chronic_threshold

    def stored(self) -> dict[str, Any]:
        """As a report keeps it: camelCase names, decimals as text so that none loses a digit."""
        return dict(self._stored)

    @cached_property
    def _stored(self) -> dict[str, Any]:
        return {
            _camel(name): _plain(value) if isinstance(value, Decimal) else value for name, value in asdict(self).items()
        }


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


DEFAULTS: Final = Rules()
RULE_NAMES: Final = tuple(field.name for field in fields(Rules))


def rules_from_stored(stored: dict[str, Any]) -> Rules:
    """The rules a report was counted by."""
    values = {name: stored[_camel(name)] for name in RULE_NAMES if _camel(name) in stored}
    exact: dict[str, Any] = {k: Decimal(value) if isinstance(value, str) else value for k, value in values.items()}
    return Rules(**exact)


def rules_in_force(policy: Policy | None) -> Rules:
    """The school's policy with every empty field filled by its default."""
    if policy is None:
        return DEFAULTS
    given = {name: getattr(policy, name) for name in RULE_NAMES}
    chosen = {name: value for name, value in given.items() if value is not None}
    if "chronic_min_expected" in chosen:
        chosen["chronic_min_expected"] = max(1, chosen["chronic_min_expected"])
    return Rules(**chosen)


def _sql_default(name: str) -> str:
    value = getattr(DEFAULTS, name)
    column = f"policy.{name}"
    if value is None:
        return f"{column} as {name}"
    expression = f"coalesce({column}, {str(value).lower()})"
    return f"greatest(1, {expression}) as {name}" if name == "chronic_min_expected" else f"{expression} as {name}"


# One row per school with the defaults filled in, for statements that count in the database.
RULES_SQL: Final = (
    "select school.id as school_id, "
    + ", ".join(_sql_default(name) for name in RULE_NAMES)
    + " from school left join policy on policy.school_id = school.id"
)
