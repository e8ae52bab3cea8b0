"""A school's policy: its rules of counting."""

from decimal import Decimal

import strawberry

from resolvers.metrics.policies import RULE_NAMES, Rules


@strawberry.type(description="Rules of counting, defaults filled in. The decimals are exact.")
class Policy:
    """Rules of counting, defaults filled in."""

    present_weight: Decimal = strawberry.field(description="What a PRESENT mark adds to attendance, 0 to 1.")
    late_weight: Decimal = strawberry.field(description="What a LATE mark adds to attendance, 0 to 1.")
    excused_weight: Decimal = strawberry.field(description="What an EXCUSED mark adds to attendance, 0 to 1.")
    absent_weight: Decimal = strawberry.field(description="What an ABSENT mark adds to attendance, 0 to 1.")
    excused_counts: bool = strawberry.field(description="Whether EXCUSED marks are among the expected ones.")
    late_after_minutes: Decimal | None = strawberry.field(
        description="PRESENT with an arrival later than this many minutes counts as LATE; null: no such rule."
    )
    chronic_threshold: Decimal = strawberry.field(
        description="The share of marks missed from which on absence is chronic."
    )
    chronic_min_expected: int = strawberry.field(description="How many marks a trainee needs to be in a band at all.")
    watch_below: Decimal = strawberry.field(description="Trainees whose attendance is below this are watched.")
    at_risk_below: Decimal = strawberry.field(description="Trainees whose attendance is below this are at risk.")


def policy_of(rules: Rules) -> Policy:
    """The rules as clients see them."""
    return Policy(**{name: getattr(rules, name) for name in RULE_NAMES})
