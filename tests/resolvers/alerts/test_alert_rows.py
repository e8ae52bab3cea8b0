"""Alerts as rows: once per occurrence, numbered per account in the order in which they become visible."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, text

from models import Alert, AlertCounter, AlertKind, AlertPreference, MailTiming, Role, User
from models.database import Database
from resolvers.access.viewers import SYSTEM, Viewer
from resolvers.alerts.alerts import (
    NewAlert,
    alert_by_id,
    alerts_after,
    count_alerts,
    last_number,
    list_alerts,
    mark_read,
    mark_read_up_to,
    raise_alerts,
)
from resolvers.alerts.digests import digest_of
from resolvers.alerts.preferences import DEFAULTS, Preference, preferences_of, set_preference
from resolvers.core.paging import PageRequest
from resolvers.core.problems import ProblemCode, Refusal
from tests.support.polling import until

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = datetime(2026, 3, 3, 12, tzinfo=UTC)
READY = AlertKind.REPORT_READY


async def accounts(database: Database, count: int) -> list[int]:
    async with database.write() as session:
        users = [User(source_id=f"u{n}", email=f"u{n}@x.org", name=f"U{n}", role=Role.ADMIN) for n in range(count)]
        session.add_all(users)
        await session.flush()
        return [user.id for user in users]


def viewer(account_id: int) -> Viewer:
    return Viewer(account_id, None, "Ada", Role.ADMIN)


def news(account_id: int, *occurrences: str, kind: AlertKind = READY) -> list[NewAlert]:
    return [NewAlert(account_id, kind, occurrence, {"run": 7}) for occurrence in occurrences]


async def raised(database: Database, given: list[NewAlert], now: datetime = NOW) -> list[tuple[int, int, str]]:
    async with database.write() as session:
        return [(alert.account_id, alert.number, alert.occurrence) for alert in await raise_alerts(session, given, now)]


async def rows(database: Database) -> list[tuple[int, int, str]]:
    async with database.read() as session:
        found = await session.execute(
            select(Alert.account_id, Alert.number, Alert.occurrence).order_by(Alert.account_id, Alert.number)
        )
        return [(account, number, occurrence) for account, number, occurrence in found]


async def test_an_occurrence_is_told_once_however_often_it_is_raised(database: Database) -> None:
    ada, bob = await accounts(database, 2)
    both = [*news(bob, "run:1", "run:2", "run:1"), *news(ada, "run:1")]
    first = [(ada, 1, "run:1"), (bob, 1, "run:1"), (bob, 2, "run:2")]
    assert await raised(database, both) == first
    assert await raised(database, both, LATER) == []
    assert await raised(database, [*news(bob, "run:2", "run:3"), *news(ada, "run:1")], LATER) == [(bob, 3, "run:3")]
    assert await rows(database) == [*first, (bob, 3, "run:3")]
    async with database.read() as session:
        alert = (await session.scalars(select(Alert).where(Alert.account_id == ada))).one()
        assert [await last_number(session, account) for account in (ada, bob, 99)] == [1, 3, 0]
    assert (alert.kind, alert.data, alert.in_app, alert.digest, alert.created_at, alert.read_at) == (
        READY, {"run": 7}, True, None, NOW, None,
    )  # fmt: skip


async def test_accounts_that_are_gone_are_left_out(database: Database) -> None:
    (ada,) = await accounts(database, 1)
    assert await raised(database, [*news(ada + 1, "run:1"), *news(ada, "run:1")]) == [(ada, 1, "run:1")]
    assert await raised(database, []) == []


async def test_what_is_rolled_back_leaves_no_number(database: Database) -> None:
    (ada,) = await accounts(database, 1)
    async with database.write() as session:
        await raise_alerts(session, news(ada, "run:1"), NOW)
        await session.rollback()
    assert await raised(database, news(ada, "run:2")) == [(ada, 1, "run:2")]


async def test_transactions_of_one_account_wait_for_each_other_and_never_commit_out_of_order(
    database: Database,
) -> None:
    (ada,) = await accounts(database, 1)
    async with database.write() as first:
        await raise_alerts(first, news(ada, "run:1"), NOW)
        second = asyncio.create_task(raised(database, news(ada, "run:2", "run:1")))
        await waiting_for_a_lock(database)
        # nothing of either is to be seen, and so no number that could be skipped
        async with database.read() as session:
            assert await alerts_after(session, [(ada, 0)], at_most=10) == [[]]
        assert not second.done()
    # the second sees what the first had raised meanwhile
    assert await second == [(ada, 2, "run:2")]
    assert await rows(database) == [(ada, 1, "run:1"), (ada, 2, "run:2")]


async def test_many_at_once_over_the_same_accounts_neither_lock_each_other_up_nor_leave_gaps(
    database: Database,
) -> None:
    some = await accounts(database, 5)

    async def work(n: int) -> None:
        order = some if n % 2 else some[::-1]
        await raised(database, [one for account in order for one in news(account, f"run:{n}", "run:shared")])

    await asyncio.gather(*(work(n) for n in range(8)))
    found = await rows(database)
    for account in some:
        mine = [(number, occurrence) for owner, number, occurrence in found if owner == account]
        assert [number for number, _ in mine] == list(range(1, 10))
        assert sorted(occurrence for _, occurrence in mine) == sorted([*(f"run:{n}" for n in range(8)), "run:shared"])


async def waiting_for_a_lock(database: Database) -> None:
    waiting = text("""
        select count(*) from pg_locks where not granted and pid in (
            select pid from pg_locks where database = (select oid from pg_database where datname = current_database())
        )
    """)

    async def one_waits() -> bool:
        async with database.read() as session:
            return bool(await session.scalar(waiting))

    await until(one_waits)


async def test_alerts_are_listed_newest_first_and_paged_by_number(database: Database) -> None:
    ada, bob = await accounts(database, 2)
    await raised(database, [*news(ada, *(f"run:{n}" for n in range(1, 6))), *news(bob, "run:9")])

    async def page(**asked: Any) -> tuple[list[int], bool, bool]:
        async with database.read() as session:
            found = await list_alerts(session, viewer(ada), PageRequest(**asked))
        return [alert.number for alert in found.rows], found.has_previous, found.has_next

    assert await page() == ([5, 4, 3, 2, 1], False, False)
    assert await page(first=2) == ([5, 4], False, True)
    assert await page(first=2, after=(4,)) == ([3, 2], True, True)
    assert await page(first=2, after=(2,)) == ([1], True, False)
    assert await page(last=2) == ([2, 1], True, False)
    assert await page(last=2, before=(2,)) == ([4, 3], True, True)
    async with database.read() as session:
        alerts = list((await list_alerts(session, viewer(ada), PageRequest())).rows)
        assert await count_alerts(session, viewer(ada), unread_only=False) == 5
        assert await alert_by_id(session, viewer(bob), alerts[0].id) is None
        mine = await alert_by_id(session, viewer(ada), alerts[0].id)
    assert mine is not None
    assert mine.number == 5


async def test_reading_is_marked_once_and_only_by_the_account(database: Database) -> None:
    ada, bob = await accounts(database, 2)
    await raised(database, [*news(ada, "run:1", "run:2", "run:3", "run:4"), *news(bob, "run:1", "run:2")])
    async with database.read() as session:
        ids = {(alert.account_id, alert.number): alert.id for alert in await session.scalars(select(Alert))}

    async def unread() -> list[list[int]]:
        async with database.read() as session:
            pages = [await list_alerts(session, viewer(one), PageRequest(), unread_only=True) for one in (ada, bob)]
            counts = [await count_alerts(session, viewer(one), unread_only=True) for one in (ada, bob)]
        assert counts == [len(page.rows) for page in pages]
        return [[alert.number for alert in page.rows] for page in pages]

    async with database.write() as session:
        marked, count = await mark_read(session, viewer(ada), [ids[ada, 3], ids[ada, 1]], NOW)
        assert ([(alert.number, alert.read_at) for alert in marked], count) == ([(3, NOW), (1, NOW)], 2)
    assert await unread() == [[4, 2], [2, 1]]
    async with database.write() as session:
        again, count = await mark_read(session, viewer(ada), [ids[ada, 3], ids[ada, 2]], LATER)
        assert ([(alert.number, alert.read_at) for alert in again], count) == ([(3, NOW), (2, LATER)], 1)
    for foreign in ([ids[bob, 1]], [ids[ada, 4], ids[bob, 1]], [99_999]):
        with pytest.raises(Refusal) as refused:
            async with database.write() as session:
                await mark_read(session, viewer(ada), foreign, LATER)
        assert (refused.value.field, refused.value.code) == (("ids",), ProblemCode.NOT_FOUND)
    assert await unread() == [[4], [2, 1]]
    async with database.write() as session:
        assert await mark_read_up_to(session, viewer(bob), 1, LATER) == 1
        assert await mark_read_up_to(session, viewer(bob), 1, LATER) == 0
        assert await mark_read_up_to(session, viewer(ada), 99, LATER) == 1
    assert await unread() == [[], [2]]


async def test_alerts_are_read_on_from_a_number_for_many_accounts_in_one_statement(database: Database) -> None:
    ada, bob, cleo = await accounts(database, 3)
    await raised(database, [*news(ada, "run:1", "run:2", "run:3"), *news(bob, "run:1", "run:2")])
    async with database.read() as session:
        found = await alerts_after(session, [(bob, 1), (ada, 0), (cleo, 0), (ada, 2), (ada, 3)], at_most=2)
    assert [[(alert.account_id, alert.number) for alert in alerts] for alerts in found] == [
        [(bob, 2)], [(ada, 1), (ada, 2)], [], [(ada, 3)], [],
    ]  # fmt: skip


async def test_an_account_without_preferences_has_the_defaults(database: Database) -> None:
    ada, bob = await accounts(database, 2)
    async with database.write() as session:
        changed = await set_preference(session, viewer(ada), READY, email=MailTiming.DAILY)
        assert changed == Preference(True, MailTiming.DAILY, True)
        assert await set_preference(session, viewer(ada), READY, in_app=False) == Preference(
            False, MailTiming.DAILY, True
        )
        with pytest.raises(Refusal):
            await set_preference(session, SYSTEM, READY, in_app=False)
    async with database.read() as session:
        preferences = await preferences_of(session, [ada, bob])
        assert await session.scalar(select(func.count()).select_from(AlertPreference)) == 1
    assert {kind: preferences.of(bob, kind) for kind in AlertKind} == dict(DEFAULTS)
    assert preferences.of(ada, READY) == Preference(False, MailTiming.DAILY, True)
    assert preferences.of(ada, AlertKind.RUN_FAILED) == DEFAULTS[AlertKind.RUN_FAILED]


async def test_alerts_not_wanted_in_app_are_kept_but_neither_listed_nor_pushed(database: Database) -> None:
    (ada,) = await accounts(database, 1)
    await raised(database, news(ada, "run:1"))
    async with database.write() as session:
        await set_preference(session, viewer(ada), READY, in_app=False)
    assert await raised(database, news(ada, "run:2")) == [(ada, 2, "run:2")]
    assert await raised(database, news(ada, "export:1", kind=AlertKind.EXPORT_READY)) == [(ada, 3, "export:1")]
    async with database.read() as session:
        assert [a.number for a in (await list_alerts(session, viewer(ada), PageRequest())).rows] == [3, 1]
        assert await count_alerts(session, viewer(ada), unread_only=True) == 2
        assert [[a.number for a in found] for found in await alerts_after(session, [(ada, 0)], at_most=9)] == [[1, 3]]


async def test_a_daily_preference_puts_alerts_into_the_mail_of_the_day(database: Database) -> None:
    (ada,) = await accounts(database, 1)
    # an account without a school lives in UTC
    early, closed = datetime(2026, 3, 2, 6, 54, 59, tzinfo=UTC), datetime(2026, 3, 2, 6, 55, tzinfo=UTC)
    await raised(database, news(ada, "rule:1", kind=AlertKind.BELOW_BAND), early)
    await raised(database, news(ada, "rule:2", kind=AlertKind.BELOW_BAND), closed)
    async with database.read() as session:
        digests = (await session.scalars(select(Alert.digest).order_by(Alert.number))).all()
        assert await session.scalar(select(AlertCounter.last)) == 2
    assert digests == [f"digest:{ada}:2026-03-02", f"digest:{ada}:2026-03-03"]


def test_a_daily_mail_is_sent_at_seven_where_the_school_is_also_when_the_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    evening = digest_of(5, berlin, datetime(2026, 3, 28, 20, tzinfo=UTC))
    assert (evening.key, evening.due_at) == ("digest:5:2026-03-29", datetime(2026, 3, 29, 5, tzinfo=UTC))
    before = digest_of(5, berlin, datetime(2026, 3, 27, 20, tzinfo=UTC))
    assert (before.key, before.due_at) == ("digest:5:2026-03-28", datetime(2026, 3, 28, 6, tzinfo=UTC))
    morning = digest_of(5, berlin, datetime(2026, 3, 28, 5, 55, tzinfo=UTC))
    assert morning.key == "digest:5:2026-03-29"
