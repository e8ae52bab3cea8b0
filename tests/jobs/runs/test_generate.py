"""The task behind a run: progress, rights of the owner at the time of the work, and being run more than once."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select, update

import jobs.runs.generate
from jobs.queue.topics import REPORTS, run_topic
from jobs.runs.generate import KIND
from jobs.work.registry import tasks
from jobs.work.running import run_due, run_job
from jobs.work.task import WorkContext
from models import BaseReport, Job, Role, Run, Subject, SubjectKind, User, WorkState
from models.database import Database
from resolvers.access.viewers import SYSTEM, Viewer, viewer_by_email
from resolvers.calendar.periods import PeriodName, PeriodRequest
from resolvers.reports.generation import generate
from resolvers.reports.run_reports import reports_of_run
from resolvers.reports.runs import RunRequest, request_run
from tests.support.bundles import bundle_of
from tests.support.factories import imported
from tests.support.rows import job_row, job_state
from tests.support.school import NOW, SCHOOL

# another school, in another zone, on the other side of midnight
ABROAD = bundle_of(
    schools="id,name,timezone\nB,Abroad,America/New_York",
    trainees="id,name,school_id\nzoe,Zoe,B",
    terms="id,school_id,name,starts_on,ends_on\nBT,B,Spring,2026-01-05,2026-06-30",
)
MARCH = PeriodRequest(month="2026-03")
PRINCIPAL = "principal@school.example"


@pytest.fixture
async def work(context: WorkContext, database: Database, tmp_path: Path) -> WorkContext:
    """A worker that knows every task, on the school and one abroad."""
    both = {name: SCHOOL.get(name, []) for name in SCHOOL} | {
        name: [{**dict.fromkeys(SCHOOL[name][0] if name in SCHOOL else row, ""), **row} for row in rows]
        for name, rows in ABROAD.items()
    }
    for name in set(SCHOOL) & set(ABROAD):
        both[name] = SCHOOL[name] + both[name]
    async with database.write() as session:
        await imported(session, both, tmp_path / "schools")
    return replace(context, tasks=tasks())


async def asked(work: WorkContext, email: str | None, request: RunRequest, now: datetime = NOW) -> tuple[int, int]:
    """Asks for a run, as the mutation does: the run's id and the job's."""
    async with work.database.write() as session:
        viewer: Viewer | None = SYSTEM if email is None else await viewer_by_email(session, email)
        assert viewer is not None
        run = await request_run(session, viewer, request, now=now)
        return run.id, await work.queue.enqueue(session, KIND, {"run_id": run.id})


async def outcome(work: WorkContext, run_id: int) -> tuple[str, int, int, int, int, str | None]:
    """State, total, done, unchanged, failed, error."""
    async with work.database.read() as session:
        run = (await session.scalars(select(Run).where(Run.id == run_id))).one()
    return run.state, run.total, run.done, run.unchanged, run.failed, run.error


async def reported(work: WorkContext) -> list[tuple[str, date, date, int]]:
    """(subject, from, to, revision) of every report."""
    async with work.database.read() as session:
        rows = await session.execute(
            select(Subject.source_id, BaseReport.period_from, BaseReport.period_to, BaseReport.revision)
            .join(Subject, Subject.id == BaseReport.subject_id)
            .order_by(BaseReport.period_from, Subject.source_id)
        )
        return [(*row,) for row in rows]


TRAINEES = RunRequest(SubjectKind.TRAINEE, MARCH)
MARCH_DAYS = (date(2026, 3, 1), date(2026, 3, 31), 1)
OF_ALL = [(source_id, *MARCH_DAYS) for source_id in ("ann", "bob", "cat", "dan")]


async def test_all_of_a_kind_are_reported_and_then_unchanged(work: WorkContext) -> None:
    run_id, _ = await asked(work, PRINCIPAL, TRAINEES)
    assert await outcome(work, run_id) == (WorkState.QUEUED, 4, 0, 0, 0, None)
    assert await run_due(work) == 2  # the reports, and the e-mail that says so
    assert await outcome(work, run_id) == (WorkState.SUCCEEDED, 4, 4, 0, 0, None)
    assert await reported(work) == OF_ALL
    again, _ = await asked(work, PRINCIPAL, TRAINEES)
    await run_due(work)
    assert await outcome(work, again) == (WorkState.SUCCEEDED, 4, 4, 4, 0, None)
    assert await reported(work) == OF_ALL
    async with work.database.read() as session:
        of_run = (await session.execute(select(BaseReport.run_id, BaseReport.generated_by).distinct())).all()
        principal = await viewer_by_email(session, PRINCIPAL)
        run = (await session.scalars(select(Run).where(Run.id == again))).one()
        assert principal is not None
        # the reports of the second run are those that were there
        assert len(await reports_of_run(session, principal, run)) == 4
        assert (run.started_at, run.finished_at) != (None, None)
    assert [tuple(row) for row in of_run] == [(run_id, principal.user_id)]


async def test_a_run_covers_those_within_a_subject_or_those_given(work: WorkContext) -> None:
    async with work.database.read() as session:
        found = await session.execute(select(Subject.source_id, Subject.id))
        ids = {row.source_id: row.id for row in found}
    within, _ = await asked(work, PRINCIPAL, replace(TRAINEES, within=ids["G"]))
    given, _ = await asked(work, PRINCIPAL, replace(TRAINEES, subject_ids=(ids["dan"], ids["cat"], ids["dan"])))
    await run_due(work)
    assert [(await outcome(work, run))[:3] for run in (within, given)] == [(WorkState.SUCCEEDED, 2, 2)] * 2
    assert await reported(work) == OF_ALL


async def test_each_school_has_its_own_last_month(work: WorkContext) -> None:
    # 1 April in London, 31 March in New York
    now = datetime(2026, 4, 1, 2, tzinfo=UTC)
    request = RunRequest(SubjectKind.SCHOOL, PeriodRequest(named=PeriodName.LAST_MONTH))
    run_id, _ = await asked(work, None, request, now)
    await run_due(work)
    assert await outcome(work, run_id) == (WorkState.SUCCEEDED, 2, 2, 0, 0, None)
    assert await reported(work) == [
        ("B", date(2026, 2, 1), date(2026, 2, 28), 1),
        ("S", date(2026, 3, 1), date(2026, 3, 31), 1),
    ]
    async with work.database.read() as session:
        run = (await session.scalars(select(Run).where(Run.id == run_id))).one()
        assert (run.period_from, run.period_to) == (None, None)
        assert len(await reports_of_run(session, SYSTEM, run)) == 2


async def test_chunks_are_told_one_after_the_other(work: WorkContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs.runs.generate, "CHUNK", 3)
    run_id, _ = await asked(work, PRINCIPAL, TRAINEES)
    progress, ready = [], []

    async def publish(topic: str, payload: dict[str, Any]) -> None:
        if topic == run_topic(run_id):
            progress.append((await outcome(work, run_id))[:3])
        elif topic == REPORTS:
            ready.append(len(payload["ids"]))

    monkeypatch.setattr(work.bus, "publish", publish)
    await run_due(work)
    assert progress == [
        (WorkState.RUNNING, 4, 0),
        (WorkState.RUNNING, 4, 3),
        (WorkState.RUNNING, 4, 4),
        (WorkState.SUCCEEDED, 4, 4),
    ]
    assert ready == [3, 1]


async def test_a_run_broken_off_in_the_middle_is_finished_by_the_next(
    work: WorkContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs.runs.generate, "CHUNK", 3)
    real, calls = generate, []

    async def breaking(*arguments: Any, **named: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 2:
            raise RuntimeError("broken off")
        return await real(*arguments, **named)

    monkeypatch.setattr(jobs.runs.generate, "generate", breaking)
    run_id, job_id = await asked(work, PRINCIPAL, TRAINEES)
    await run_due(work)
    assert (await job_state(work.database, job_id))[:2] == (WorkState.QUEUED, 1)
    assert await outcome(work, run_id) == (WorkState.RUNNING, 4, 3, 0, 0, None)
    assert await run_job(work, job_id)
    assert await outcome(work, run_id) == (WorkState.SUCCEEDED, 4, 4, 3, 0, None)
    assert await reported(work) == OF_ALL


async def test_a_finished_run_is_not_run_again(work: WorkContext) -> None:
    run_id, _ = await asked(work, PRINCIPAL, TRAINEES)
    await run_due(work)
    before = await outcome(work, run_id)
    async with work.database.write() as session:
        second = await work.queue.enqueue(session, KIND, {"run_id": run_id})
    await run_due(work)
    assert await job_state(work.database, second) == (WorkState.SUCCEEDED, 1, None)
    assert await outcome(work, run_id) == before


async def test_who_lost_the_job_stores_nothing_more(work: WorkContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs.runs.generate, "CHUNK", 3)
    run_id, job_id = await asked(work, PRINCIPAL, TRAINEES)

    async def taken_over(*_: Any) -> None:
        async with work.database.write() as session:
            await session.execute(update(Job).where(Job.id == job_id).values(fence=Job.fence + 1))

    monkeypatch.setattr(jobs.runs.generate, "publish_reports", taken_over)
    await run_due(work)
    assert len(await reported(work)) == 3
    assert await outcome(work, run_id) == (WorkState.RUNNING, 4, 3, 0, 0, None)
    assert (await job_row(work.database, job_id)).state == WorkState.RUNNING


def behind_our_back(database_url: str, *commands: str) -> None:
    """Does what the application cannot: as the superuser, without looking at references."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        for command in commands:
            connection.execute(command.encode())


async def test_without_its_owner_a_run_fails_with_a_sentence(work: WorkContext, database_url: str) -> None:
    run_id, job_id = await asked(work, PRINCIPAL, TRAINEES)
    behind_our_back(database_url, f"delete from account where email = '{PRINCIPAL}'")
    await run_due(work)
    reason = "The account that asked for the run no longer exists."
    assert await outcome(work, run_id) == (WorkState.FAILED, 4, 0, 0, 0, reason)
    assert await job_state(work.database, job_id) == (WorkState.FAILED, 1, reason)
    assert await reported(work) == []


async def test_a_run_that_is_gone_ends_its_job(work: WorkContext, database_url: str) -> None:
    run_id, job_id = await asked(work, PRINCIPAL, TRAINEES)
    behind_our_back(database_url, f"delete from run where id = {run_id}")
    await run_due(work)
    assert await job_state(work.database, job_id) == (WorkState.FAILED, 1, "The run no longer exists.")


async def test_a_run_has_the_rights_of_its_owner_when_it_is_run(work: WorkContext) -> None:
    run_id, _ = await asked(work, PRINCIPAL, TRAINEES)
    async with work.database.write() as session:
        building = select(User.department_id).where(User.email == "building@school.example").scalar_subquery()
        demoted = {"role": Role.DEPARTMENT_HEAD, "school_id": None, "department_id": building}
        await session.execute(update(User).where(User.email == PRINCIPAL).values(demoted))
    await run_due(work)
    reason = "3 of 4 subjects are gone or no longer yours to read."
    assert await outcome(work, run_id) == (WorkState.SUCCEEDED, 4, 1, 0, 3, reason)
    assert await reported(work) == [("cat", *MARCH_DAYS)]


async def test_subjects_that_are_gone_are_counted_as_failed(work: WorkContext, database_url: str) -> None:
    run_id, _ = await asked(work, PRINCIPAL, TRAINEES)
    behind_our_back(database_url, "delete from subject where source_id in ('dan', 'bob')")
    await run_due(work)
    reason = "2 of 4 subjects are gone or no longer yours to read."
    assert await outcome(work, run_id) == (WorkState.SUCCEEDED, 4, 2, 0, 2, reason)
    assert await reported(work) == [("ann", *MARCH_DAYS), ("cat", *MARCH_DAYS)]


async def test_one_subject_that_is_gone_is_one(work: WorkContext, database_url: str) -> None:
    run_id, _ = await asked(work, PRINCIPAL, TRAINEES)
    behind_our_back(database_url, "delete from subject where source_id = 'dan'")
    await run_due(work)
    reason = "1 of 4 subjects is gone or no longer yours to read."
    assert await outcome(work, run_id) == (WorkState.SUCCEEDED, 4, 3, 0, 1, reason)


async def test_days_that_cannot_be_told_any_more_fail_the_run(work: WorkContext, database_url: str) -> None:
    async with work.database.read() as session:
        abroad = await session.scalar(select(Subject.id).where(Subject.source_id == "B"))
    request = RunRequest(SubjectKind.TRAINEE, PeriodRequest(term_source="BT"), within=abroad)
    run_id, _ = await asked(work, None, request)
    behind_our_back(database_url, "delete from term")
    await run_due(work)
    reason = "The days to count cannot be told any more: the subject's school has no such term."
    assert await outcome(work, run_id) == (WorkState.FAILED, 1, 0, 0, 0, reason)
    assert await reported(work) == []


async def test_a_run_over_more_subjects_than_a_statement_has_parameters(
    work: WorkContext, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind_our_back(
        database_url,
        """insert into subject (kind, school_id, source_id, name, sort_key)
        select 'DEPARTMENT', (select id from subject where source_id = 'B'), 'many' || n, 'Many', 'many'
        from generate_series(1, 66000) n""",
    )
    run_id, job_id = await asked(work, None, RunRequest(SubjectKind.DEPARTMENT, MARCH))
    # the whole run would take its time: it is enough that its subjects are found
    claimed: list[int] = []

    async def note(_work: Any, _run: int, _viewer: Any, _period: Any, subject_ids: list[int]) -> list[Any]:
        claimed.append(len(subject_ids))
        return []

    monkeypatch.setattr(jobs.runs.generate, "_chunk", note)
    await run_due(work)
    assert sum(claimed) == 66_002
    assert (await job_state(work.database, job_id))[0] == WorkState.SUCCEEDED
    async with work.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(BaseReport)) == 0
        run = (await session.scalars(select(Run).where(Run.id == run_id))).one()
        assert await reports_of_run(session, SYSTEM, run) == []
