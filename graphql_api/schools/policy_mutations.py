"""`policyUpdate`: changing how a school counts."""

from decimal import Decimal
from typing import Annotated, Any

import strawberry

from graphql_api.core.context import Info
from graphql_api.core.ids import subject_of_id
from graphql_api.core.look_ahead import below, nodes_of, return_type
from graphql_api.core.mutations import mutation
from graphql_api.core.user_errors import UserError, user_errors
from graphql_api.schools.policy_types import Policy, policy_of
from graphql_api.subjects.interface import look_ahead_on_subjects, subject_of
from graphql_api.subjects.loaders import SubjectRef, subjects
from graphql_api.subjects.types import School
from jobs.alerts.due_rules import queue_checks_of_schools
from models import SubjectKind
from resolvers.metrics.policies import RULE_NAMES
from resolvers.schools.policy_update import update_policy


def _changed(description: str) -> Any:
    return strawberry.field(
        default=strawberry.UNSET, description=f"{description} Left out: stays as it is; null: the default."
    )


@strawberry.input(description="What to change in a school's policy.")
class PolicyUpdateInput:
    """What to change in a school's policy."""

    school: strawberry.ID = strawberry.field(description="The school, by id.")
    present_weight: Decimal | None = _changed("What a PRESENT mark adds to attendance, 0 to 1.")
    late_weight: Decimal | None = _changed("What a LATE mark adds to attendance, 0 to 1.")
    excused_weight: Decimal | None = _changed("What an EXCUSED mark adds to attendance, 0 to 1.")
    absent_weight: Decimal | None = _changed("What an ABSENT mark adds to attendance, 0 to 1.")
    excused_counts: bool | None = _changed("Whether EXCUSED marks are among the expected ones.")
    late_after_minutes: Decimal | None = _changed("PRESENT with an arrival later than this counts as LATE.")
    chronic_threshold: Decimal | None = _changed("The share of marks missed from which on absence is chronic, 0 to 1.")
    chronic_min_expected: int | None = _changed("How many marks a trainee needs to be in a band at all, 1 or more.")
    watch_below: Decimal | None = _changed("Trainees whose attendance is below this are watched, 0 to 1.")
    at_risk_below: Decimal | None = _changed("Trainees whose attendance is below this are at risk, 0 to `watchBelow`.")


@strawberry.type(description="What `policyUpdate` answers.")
class PolicyUpdatePayload:
    """What `policyUpdate` answers."""

    policy: Policy | None = strawberry.field(default=None, description="The policy as it is now; null: not changed.")
    school: School | None = strawberry.field(default=None, description="The school whose policy it is.")
    user_errors: list[UserError] = strawberry.field(default_factory=list, description="Why it has not been done.")


@strawberry.type
class PolicyMutations:
    """`policyUpdate`."""

    @mutation(
        description="Changes how a school counts; live figures follow at once, stored reports keep the policy they were"
        " counted by. The school's alert rules are checked anew. For ADMIN and the school's PRINCIPAL."
    )
    async def policy_update(
        self, info: Info, input: Annotated[PolicyUpdateInput, strawberry.argument(description="What to change.")]
    ) -> PolicyUpdatePayload:
        """Changes a policy."""
        context = info.context
        changes = {name: value for name in RULE_NAMES if (value := getattr(input, name)) is not strawberry.UNSET}
        school_id = subject_of_id(input.school, "school", (SubjectKind.SCHOOL,))[1]
        async with context.database.write() as session:
            update = await update_policy(session, context.viewer, school_id, changes)
            if changes and update.rules is not None:
                await queue_checks_of_schools(context.queue, session, [school_id])
        if update.rules is None:
            return PolicyUpdatePayload(user_errors=user_errors(*update.problems))
        context.forget()  # what was counted before is not true any more
        school = await subjects(context).load(SubjectRef(SubjectKind.SCHOOL, school_id))
        assert school is not None
        for way in below(info, nodes_of(info), return_type(info), "school"):
            await look_ahead_on_subjects(info, [school], way)
        return PolicyUpdatePayload(policy=policy_of(update.rules), school=subject_of(school))
