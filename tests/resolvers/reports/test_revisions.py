"""Chains of revisions: what generating again does, and that nothing stored is ever changed."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import ProgrammingError

from models import BaseReport
from resolvers.calendar.periods import Period
from resolvers.reports.generation import Generated
from tests.support.own import Own
from tests.support.school import MARCH, NOW, K, viewers
from tests.support.statements import statements

LATER = NOW + timedelta(hours=1)
CORRECTED = "session_id,trainee_id,status\ns10,bob,PRESENT"


async def test_generating_again_what_has_not_changed_gives_the_same_report(own: Own) -> None:
    group = own.ids[K.CLASS_GROUP, "G"]
    (first,) = await own.generate(group)
    (again,) = await own.generate(group, now=LATER)
    assert (first.subject_id, first.unchanged) == (group, False)
    assert again == Generated(first.report_id, group, unchanged=True)
    assert await own.chain() == [(first.report_id, 1, True)]
    assert (await own.read(first.report_id))[-1] == NOW


async def test_a_changed_mark_makes_a_revision_and_the_old_report_reads_as_before(own: Own) -> None:
    group = own.ids[K.CLASS_GROUP, "G"]
    (first,) = await own.generate(group)
    before = await own.read(first.report_id)
    await own.take(attendance=CORRECTED)
    (second,) = await own.generate(group, now=LATER)
    assert not second.unchanged
    assert await own.chain() == [(first.report_id, 1, False), (second.report_id, 2, True)]
    assert await own.read(first.report_id) == before
    figures, _, content, generated_at = await own.read(second.report_id)
    assert (before[0]["absent"], figures["absent"]) == (6, 5)
    assert (before[0]["attendanceRate"], figures["attendanceRate"]) == (3.5 / 10, 4.5 / 10)
    assert content["trend"][4]["metrics"]["attendanceRate"] == 2 / 4
    assert generated_at == LATER


async def test_only_the_latest_revision_counts_as_unchanged(own: Own) -> None:
    group = own.ids[K.CLASS_GROUP, "G"]
    await own.generate(group)
    await own.take(attendance=CORRECTED)
    await own.generate(group)
    await own.take(attendance=CORRECTED.replace("PRESENT", "ABSENT"))
    (third,) = await own.generate(group)
    assert not third.unchanged
    assert [(revision, latest) for _, revision, latest in await own.chain()] == [(1, False), (2, False), (3, True)]


async def test_a_report_keeps_the_policy_it_was_counted_by(own: Own) -> None:
    group = own.ids[K.CLASS_GROUP, "G"]
    (first,) = await own.generate(group)
    before = await own.read(first.report_id)
    await own.take(policies="school_id,late_weight,watch_below\nS,1,0.95")
    (second,) = await own.generate(group)
    assert await own.read(first.report_id) == before
    figures, policy, _, _ = await own.read(second.report_id)
    assert (before[0]["attendanceRate"], figures["attendanceRate"]) == (3.5 / 10, 4 / 10)
    changed = {name for name in policy if policy[name] != before[1][name]}
    assert (changed, policy["lateWeight"], policy["watchBelow"]) == ({"lateWeight", "watchBelow"}, "1", "0.95")


async def test_a_policy_that_changes_no_figure_is_a_revision_too(own: Own) -> None:
    department = own.ids[K.DEPARTMENT, "X"]
    await own.generate(department)
    await own.take(policies="school_id,late_weight\nS,0.75")
    assert [one.unchanged for one in await own.generate(department)] == [False]


async def test_a_name_is_not_content(own: Own) -> None:
    group = own.ids[K.CLASS_GROUP, "G"]
    (first,) = await own.generate(group)
    await own.take(class_groups="id,programme_id,name\nG,P,The Painters", courses="id,name\nC,Colours")
    assert await own.generate(group) == [Generated(first.report_id, group, unchanged=True)]
    rows = (await own.read(first.report_id))[2]["breakdown"]["rows"]
    assert [row["subjects"][0]["name"] for row in rows] == ["Colours", "Easel"]


async def test_other_days_are_another_chain(own: Own) -> None:
    group = own.ids[K.CLASS_GROUP, "G"]
    await own.generate(group)
    await own.generate(group, period=Period(date(2026, 3, 1), date(2026, 3, 30)))
    assert [(revision, latest) for _, revision, latest in await own.chain()] == [(1, True), (1, True)]
    # the same days by another name are the same
    again = await own.generate(group, period=Period(MARCH.first, MARCH.last, "Spring"))
    assert [one.unchanged for one in again] == [True]


async def test_eight_at_once_leave_one_revision(own: Own) -> None:
    group = own.ids[K.CLASS_GROUP, "G"]
    made = [one for (one,) in await asyncio.gather(*(own.generate(group) for _ in range(8)))]
    assert sorted(one.unchanged for one in made) == [False] + [True] * 7
    ((report_id, revision, latest),) = await own.chain()
    assert (revision, latest, {one.report_id for one in made}) == (1, True, {report_id})


async def test_many_are_generated_at_once_each_as_if_alone(own: Own) -> None:
    everything = list(own.ids.values())
    together = {one.subject_id: await own.read(one.report_id) for one in await own.generate(*everything, *everything)}
    assert together.keys() == set(everything)
    await own.take(attendance=CORRECTED)
    await own.generate(*everything)
    await own.take(attendance=CORRECTED.replace("PRESENT", "ABSENT"))
    for subject_id in everything:
        (alone,) = await own.generate(subject_id)
        assert await own.read(alone.report_id) == together[subject_id]


async def test_the_number_of_statements_does_not_grow_with_the_subjects(own: Own) -> None:
    of_each_kind = {kind: subject_id for (kind, _), subject_id in own.ids.items()}
    with statements(own.database) as few:
        await own.generate(*of_each_kind.values())
    with statements(own.database) as many:
        await own.generate(*own.ids.values(), period=Period(date(2026, 3, 2), date(2026, 3, 30)))
    assert len(many) == len(few)


async def test_a_trainees_figures_breakdown_and_streaks_come_of_one_statement_a_fact(own: Own) -> None:
    trainees = [subject_id for (kind, _), subject_id in own.ids.items() if kind == K.TRAINEE]
    with statements(own.database) as seen:
        await own.generate(*trainees)
    # marks, results, days, headcount and streak; beside them scope, sessions (2), timeline, revisions, storing
    assert len(seen) == 11
    assert sum("several" in one for one in seen) == 1


async def test_reports_are_made_only_of_what_the_viewer_may_read(own: Own) -> None:
    made = await own.generate(*own.ids.values(), viewer=viewers(own.ids)["tara"])
    names = {subject_id: source_id for (_, source_id), subject_id in own.ids.items()}
    assert {names[one.subject_id] for one in made} == {"G", "H", "C", "t", "ann", "bob", "cat"}
    assert len(await own.chain()) == 7
    assert await own.generate(*own.ids.values(), viewer=viewers(own.ids)["service"]) == []
    assert len(await own.chain()) == 7


@pytest.mark.parametrize(
    "statement",
    [
        update(BaseReport).values(attendance_rate=1),
        update(BaseReport).values(data={}),
        delete(BaseReport),
        text("truncate report cascade"),
    ],
)
async def test_the_application_cannot_change_a_stored_report(own: Own, statement: Any) -> None:
    (made,) = await own.generate(own.ids[K.SCHOOL, "S"])
    before = await own.read(made.report_id)
    with pytest.raises(ProgrammingError) as refused:
        async with own.database.write() as session:
            await session.execute(statement)
    assert isinstance(refused.value.orig, InsufficientPrivilege)
    assert await own.read(made.report_id) == before
    async with own.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(BaseReport)) == 1
