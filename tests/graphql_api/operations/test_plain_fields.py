"""The short way for plain fields gives what the usual way gives."""

import pytest
from graphql import GraphQLObjectType

from graphql_api.operations.plain_fields import PLAIN
from graphql_api.operations.running import EventExecutor
from graphql_api.schema import build_schema
from resolvers.metrics.registry import METRICS
from tests.support.asking import Ask
from tests.support.college import ADMIN, COORDINATOR, HEAD, MARCH

QUERY = f"""{{ viewer {{ __typename role name }}
    trainers {{ totalCount pageInfo {{ hasNextPage endCursor }} edges {{ cursor node {{ __typename id kind email
        metrics(period: {MARCH}) {{ asOf period {{ name from }} {" ".join(METRICS)} }} }} }} }}
    trainees {{ nodes {{ name sourceId alias: name email }} }}
    schools {{ nodes {{ ... on Subject {{ kind name }} terms {{ id startsOn }}
        policy {{ lateWeight excusedCounts }} }} }}
    nothing: school(sourceId: "?") {{ name }}
    ranking(kind: CLASS_GROUP, metric: EXPECTED, period: {MARCH}) {{ rank value subject {{ id name }} }} }}"""


@pytest.mark.parametrize("email", [ADMIN, HEAD, COORDINATOR])
async def test_both_ways_agree(ask: Ask, email: str, monkeypatch: pytest.MonkeyPatch) -> None:
    short = await ask(email, QUERY)
    monkeypatch.setattr(build_schema(), "execution_context_class", EventExecutor)
    usual = await ask(email, QUERY)
    assert short == usual
    assert short.data is not None


def test_only_unguarded_scalars_are_plain() -> None:
    trainer = build_schema()._schema.type_map["Trainer"]
    assert isinstance(trainer, GraphQLObjectType)
    plain = {name for name, field in trainer.fields.items() if PLAIN in field.extensions}
    assert plain == {"id", "name", "kind", "sourceId"}
