"""Alerts: raised once per occurrence and numbered per account, listed, counted, marked read, and read on from a number.

Numbers are given in the transaction that inserts, under a lock that lasts until it commits. So an account's alerts
become visible in the order of their numbers, and whoever has read up to a number finds the rest above it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import CursorResult, Integer, func, literal, select, text, true, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql.expression import bindparam

from models import Alert, AlertCounter, AlertKind, MailTiming
from resolvers.access.viewers import Viewer
from resolvers.alerts.digests import digest_of, zones_of
from resolvers.alerts.preferences import preferences_of
from resolvers.core.any_of import any_of
from resolvers.core.paging import Page, PageRequest, beyond, count_up_to, cut, in_order
from resolvers.core.problems import ProblemCode, Refusal


@dataclass(frozen=True, slots=True)
class NewAlert:
    """Something that an account is to be told. `occurrence` names what happened; `data` holds ids and numbers only."""

    account_id: int
    kind: AlertKind
    occurrence: str
    data: Mapping[str, Any] = field(default_factory=dict)


# In the order of accounts, so that two transactions with the same accounts cannot wait for each other.
_LOCK: Final = text("""
    insert into alert_counter (account_id, last)
    select id, 0 from account where id = any(:accounts) order by id for key share
    on conflict (account_id) do update set last = alert_counter.last
""").bindparams(bindparam("accounts", type_=ARRAY(Integer)))

# A statement of its own after the locks: it sees what whoever held them before has committed.
_RAISE: Final = text("""
    with fresh as (
        select n.*, c.last + row_number() over (partition by n.account_id order by n.place) as number
        from jsonb_to_recordset(:news) as n
            (place int, account_id int, kind text, occurrence text, data jsonb, in_app boolean, digest text)
        join alert_counter c on c.account_id = n.account_id
        where not exists (
            select from alert a where a.account_id = n.account_id and a.occurrence = n.occurrence
        )
    ), counted as (
        update alert_counter c set last = given.last
        from (select account_id, max(number) as last from fresh group by account_id) as given
        where c.account_id = given.account_id
    )
    insert into alert (account_id, number, kind, occurrence, data, in_app, digest, created_at)
    select account_id, number, kind, occurrence, data, in_app, digest, :now from fresh order by account_id, number
    returning *
""").bindparams(bindparam("news", type_=JSONB))


async def raise_alerts(session: AsyncSession, news: Sequence[NewAlert], now: datetime) -> list[Alert]:
    """Writes the alerts and returns those that are new, by account and number: an occurrence is told once for ever.

    Accounts that are gone are left out. Not for a snapshot transaction: it could not see what others raised.
    """
    by_key: dict[tuple[int, str], NewAlert] = {}
    for one in news:
        by_key.setdefault((one.account_id, one.occurrence), one)
    if not by_key:
        return []
    accounts = sorted({one.account_id for one in by_key.values()})
    preferences = await preferences_of(session, accounts)
    wishes = {key: preferences.of(one.account_id, one.kind) for key, one in by_key.items()}
    daily = {account for (account, _), wish in wishes.items() if wish.email is MailTiming.DAILY}
    zones = await zones_of(session, daily) if daily else {}
    rows = [
        {
            "place": place,
            "account_id": one.account_id,
            "kind": one.kind,
            "occurrence": one.occurrence,
            "data": dict(one.data),
            "in_app": wishes[key].in_app,
            "digest": digest_of(one.account_id, zones[one.account_id], now).key
            if wishes[key].email is MailTiming.DAILY and one.account_id in zones
            else None,
        }
        for place, (key, one) in enumerate(by_key.items())
    ]
    await session.execute(_LOCK, {"accounts": accounts})
    raised = await session.scalars(select(Alert).from_statement(_RAISE), {"news": rows, "now": now})
    return sorted(raised, key=lambda alert: (alert.account_id, alert.number))


async def list_alerts(
    session: AsyncSession, viewer: Viewer, asked: PageRequest, *, unread_only: bool = False
) -> Page[Alert]:
    """One page of the viewer's own alerts, newest first; the key of a row is (number,)."""
    keys = (Alert.number,)
    rows = select(Alert).where(*_listed(viewer, unread_only=unread_only), *beyond(keys, asked, descending=True))
    found = await session.scalars(rows.order_by(*in_order(keys, asked, descending=True)).limit(asked.size + 1))
    return cut(found.all(), asked)


async def count_alerts(session: AsyncSession, viewer: Viewer, *, unread_only: bool) -> int | None:
    """How many alerts the viewer's list has; exact up to 10,000, None beyond."""
    return await count_up_to(session, select(Alert.id).where(*_listed(viewer, unread_only=unread_only)))


async def alert_by_id(session: AsyncSession, viewer: Viewer, alert_id: int) -> Alert | None:
    """The alert, for the account it was raised for and nobody else."""
    found: Alert | None = await session.scalar(
        select(Alert).where(Alert.id == alert_id, *_listed(viewer, unread_only=False))
    )
    return found


async def mark_read(
    session: AsyncSession, viewer: Viewer, alert_ids: Collection[int], now: datetime
) -> tuple[list[Alert], int]:
    """Marks these alerts of the viewer as read; refuses if one is not theirs. What was read stays read since then.

    Returns them, newest first, and how many were unread.
    """
    mine = [any_of(Alert.id, alert_ids), *_listed(viewer, unread_only=False)]
    rows = await session.scalars(select(Alert).where(*mine).order_by(Alert.number.desc()).with_for_update())
    found = rows.all()
    if set(alert_ids) - {alert.id for alert in found}:
        raise Refusal("there is no such alert", ("ids",), ProblemCode.NOT_FOUND)
    unread = [alert for alert in found if alert.read_at is None]
    for alert in unread:
        alert.read_at = now
    await session.flush()
    return list(found), len(unread)


async def mark_read_up_to(session: AsyncSession, viewer: Viewer, number: int, now: datetime) -> int:
    """Marks the viewer's unread alerts up to that number as read and returns how many those were."""
    marked = update(Alert).where(Alert.number <= number, *_listed(viewer, unread_only=True)).values(read_at=now)
    result = await session.execute(marked.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount


async def last_number(session: AsyncSession, account_id: int) -> int:
    """The number of the account's newest alert that is committed; 0 before the first."""
    return await session.scalar(select(AlertCounter.last).where(AlertCounter.account_id == account_id)) or 0


async def alerts_after(
    session: AsyncSession, read_up_to: Sequence[tuple[int, int]], *, at_most: int
) -> list[list[Alert]]:
    """For each (account, number): the alerts above that number, in order, `at_most` of each. One statement for all."""
    asked = (
        func.unnest(
            literal([account for account, _ in read_up_to], ARRAY(Integer)),
            literal([number for _, number in read_up_to], ARRAY(Integer)),
        )
        .table_valued("account_id", "number", with_ordinality="place", name="asked")
        .render_derived()
    )
    above = (
        select(Alert)
        .where(Alert.account_id == asked.c.account_id, Alert.number > asked.c.number, Alert.in_app)
        .order_by(Alert.number)
        .limit(at_most)
        .lateral("above")
    )
    found = aliased(Alert, above)
    rows = await session.execute(
        select(asked.c.place, found).join_from(asked, found, true()).order_by(asked.c.place, found.number)
    )
    alerts: list[list[Alert]] = [[] for _ in read_up_to]
    for place, alert in rows:
        alerts[place - 1].append(alert)
    return alerts


def _listed(viewer: Viewer, *, unread_only: bool) -> list[Any]:
    """The viewer's own alerts, less those they want elsewhere only."""
    return [Alert.account_id == viewer.user_id, Alert.in_app, *([Alert.read_at.is_(None)] if unread_only else [])]
