"""The fields `policy` and `branding` of every school: they join the type of schools below."""

from collections.abc import Sequence
from typing import Any

import strawberry

from graphql_api.core.context import Info
from graphql_api.core.joining import join
from graphql_api.core.look_ahead import PREPARE, Nodes, answer, nodes_of
from graphql_api.schools.branding_types import Branding, branding_of
from graphql_api.schools.loaders import brandings, rules
from graphql_api.schools.policy_types import Policy, policy_of
from graphql_api.subjects.types import School
from resolvers.subjects.look_ups import SubjectRow


async def _prepare_policy(info: Info, rows: Sequence[SubjectRow], _arguments: dict[str, Any], _nodes: Nodes) -> None:
    await rules(info.context).load_many({row.id for row in rows})


def _policy(self: Any, info: Info) -> Any:
    def read() -> Policy:
        return policy_of(rules(info.context)[self.row.id])

    return answer(info, read, lambda: _prepare_policy(info, [self.row], {}, nodes_of(info)))


async def _prepare_branding(info: Info, rows: Sequence[SubjectRow], _arguments: dict[str, Any], _nodes: Nodes) -> None:
    await brandings(info.context).load_many({row.id for row in rows})


def _branding(self: Any, info: Info) -> Any:
    def read() -> Branding:
        return branding_of(brandings(info.context)[self.row.id])

    return answer(info, read, lambda: _prepare_branding(info, [self.row], {}, nodes_of(info)))


_POLICY = strawberry.field(
    resolver=_policy, graphql_type=Policy, description="How it counts.", metadata={PREPARE: _prepare_policy}
)
_BRANDING = strawberry.field(
    resolver=_branding,
    graphql_type=Branding,
    description="How the files made for it look.",
    metadata={PREPARE: _prepare_branding},
)
join(School, "policy", _POLICY, after="terms")
join(School, "branding", _BRANDING, after="policy")
