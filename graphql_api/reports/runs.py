"""Runs: many reports at once, made by a worker, with progress."""

from datetime import datetime
from typing import Annotated, Any, Final

import strawberry

from graphql_api.core.context import Info
from graphql_api.core.ids import global_id, number_of, subject_of_id
from graphql_api.core.mutations import mutation
from graphql_api.core.nodes import LOOK_UPS, Node
from graphql_api.core.user_errors import UserError
from graphql_api.metrics.periods import PeriodInput
from jobs.cancelling import cancel_run
from jobs.queue.adding import UNATTENDED
from jobs.runs.generate import KIND
from models import Run as RunRow
from models import SubjectKind, WorkState
from resolvers.reports.runs import RunRequest, request_run, run_by_id

RUN: Final = "Run"


@strawberry.type(description="The work of generating many reports.")
class Run(Node):
    """The work of generating many reports."""

    state: WorkState = strawberry.field(description="How far it is.")
    kind: SubjectKind = strawberry.field(description="What kind of subject it reports on.")
    total: int = strawberry.field(description="How many subjects it covers.")
    done: int = strawberry.field(description="How many of them have their report.")
    unchanged: int = strawberry.field(description="How many of those already had it: nothing had changed.")
    failed: int = strawberry.field(description="How many got none: they are gone, or no longer the asker's to read.")
    error: str | None = strawberry.field(description="Why it failed, or what was left out.")
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    started_at: datetime | None = strawberry.field(description="When a worker took it up.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")


def run_of(row: RunRow) -> Run:
    """The run as clients see it."""
    return Run(
        id=global_id(RUN, row.id),
        state=WorkState(row.state),
        kind=SubjectKind(row.kind),
        total=row.total,
        done=row.done,
        unchanged=row.unchanged,
        failed=row.failed,
        error=row.error,
        requested_at=row.requested_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


async def find_run(info: Info, number: int) -> Run | None:
    """The run with that key, for who asked for it and for ADMIN."""
    async with info.context.database.read() as session:
        row = await run_by_id(session, info.context.viewer, number)
    return run_of(row) if row else None


LOOK_UPS[RUN] = find_run


@strawberry.type
class RunQueries:
    """`run`."""

    @strawberry.field(description="A run; null where it does not exist or somebody else asked for it.")
    async def run(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Run | None:
        """One run."""
        return await find_run(info, number_of(id, "id", RUN))


@strawberry.input(
    description="What to report on: the subjects given, those within another, or all the viewer may read."
)
class ReportsGenerateInput:
    """What to report on."""

    kind: SubjectKind = strawberry.field(description="Subjects of this kind.")
    period: PeriodInput = strawberry.field(description="The days to count, in each subject's school.")
    subjects: list[strawberry.ID] | None = strawberry.field(default=None, description="Only these.")
    within: strawberry.ID | None = strawberry.field(default=None, description="Only those within this subject.")

    def request(self) -> RunRequest:
        """What is asked for. Refuses ids of other kinds."""
        ids = self.subjects
        return RunRequest(
            kind=self.kind,
            period=self.period.request(),
            subject_ids=None if ids is None else tuple(subject_of_id(id_, "subjects", (self.kind,))[1] for id_ in ids),
            within=None if self.within is None else subject_of_id(self.within, "within")[1],
        )


@strawberry.type(description="The run, or why there is none.")
class ReportsGeneratePayload:
    """The run, or why there is none."""

    run: Run | None = strawberry.field(default=None, description="The run; watch it with `runProgress`.")
    user_errors: list[UserError] = strawberry.field(default_factory=list, description="Why nothing was done.")


@strawberry.input(description="Which run to cancel.")
class RunCancelInput:
    """Which run to cancel."""

    id: strawberry.ID = strawberry.field(description="The run.")


@strawberry.type(description="The run as it is now, or why it was not cancelled.")
class RunCancelPayload:
    """The run as it is now, or why it was not cancelled."""

    run: Run | None = strawberry.field(default=None, description="The run, which is cancelled.")
    user_errors: list[UserError] = strawberry.field(default_factory=list, description="Why nothing was done.")


@strawberry.type
class RunMutations:
    """`reportsGenerate`, `runCancel`."""

    @mutation(description="Has the reports of many subjects generated by a worker.")
    async def reports_generate(
        self, info: Info, input: Annotated[ReportsGenerateInput, strawberry.argument(description="What to report on.")]
    ) -> ReportsGeneratePayload:
        """Asks for a run."""
        context: Any = info.context
        async with context.database.write() as session:
            row = await request_run(session, context.viewer, input.request(), now=context.now)
            await context.queue.enqueue(session, KIND, {"run_id": row.id}, priority=UNATTENDED)
        return ReportsGeneratePayload(run=run_of(row))

    @mutation(
        description="Ends a run that has not ended, for who asked for it and for ADMIN. Reports it has stored stay."
    )
    async def run_cancel(
        self, info: Info, input: Annotated[RunCancelInput, strawberry.argument(description="Which run to cancel.")]
    ) -> RunCancelPayload:
        """Cancels a run."""
        context: Any = info.context
        number = number_of(input.id, "id", RUN)
        async with context.database.write() as session:
            row = await cancel_run(context, session, context.viewer, number)
        return RunCancelPayload(run=run_of(row))
