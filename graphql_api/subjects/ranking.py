"""`ranking`: subjects of a kind by one figure."""

from typing import Annotated

import strawberry

from graphql_api.core.context import Info
from graphql_api.core.ids import subject_of_id
from graphql_api.core.look_ahead import below, nodes_of, return_type
from graphql_api.metrics.periods import PeriodInput
from graphql_api.metrics.types import MetricName
from graphql_api.subjects.interface import Subject, look_ahead_on_subjects, subject_of
from models import SubjectKind
from resolvers.metrics.ranking import DEFAULT_TOP, MAX_TOP, RankingOrder
from resolvers.metrics.ranking import ranking as ranked
from resolvers.metrics.registry import METRICS


@strawberry.type(description="A subject's place in a ranking.")
class RankedSubject:
    """A subject's place in a ranking."""

    rank: int = strawberry.field(description="Its place; equal values share one, as in 1, 2, 2, 4.")
    subject: Subject = strawberry.field(description="The subject.")
    value: float = strawberry.field(description="Its figure.")


@strawberry.type
class RankingQueries:
    """`ranking`."""

    @strawberry.field(
        description="The subjects of a kind by one metric, of those whose figures the viewer may read. Left out are"
        " subjects without a figure, and those with too little behind it (the description of MetricName says how much)."
        " Among equals, by name."
    )
    async def ranking(
        self,
        info: Info,
        kind: Annotated[SubjectKind, strawberry.argument(description="Which subjects.")],
        metric: Annotated[MetricName, strawberry.argument(description="By which figure.")],
        period: Annotated[PeriodInput, strawberry.argument(description="The days to count.")],
        within: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only children of this subject.")
        ] = None,
        top: Annotated[int, strawberry.argument(description=f"How many places; {MAX_TOP} at most.")] = DEFAULT_TOP,
        order: Annotated[
            RankingOrder | None,
            strawberry.argument(
                description="What comes first: BEST unless told, HIGHEST for a metric without a better direction."
            ),
        ] = None,
    ) -> list[RankedSubject]:
        """The first of the subjects."""
        context = info.context
        async with context.database.read() as session:
            places = await ranked(
                session,
                context.viewer,
                kind,
                METRICS[metric.value],
                period.request(),
                now=context.now,
                within=None if within is None else subject_of_id(within, "within")[1],
                top=top,
                order=order,
            )
        for way in below(info, nodes_of(info), return_type(info), "subject"):
            await look_ahead_on_subjects(info, (place.subject for place in places), way)
        return [RankedSubject(rank=one.rank, subject=subject_of(one.subject), value=one.value) for one in places]
