"""The journal: a trigger writes down every change of a job's state, with the worker that made it and the time.

Also the two tables of the ledger task: its effects, and the failures its hook was told of.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import psycopg

TABLES: Final = """
create table journal (
    number bigint generated always as identity, job_id bigint, priority integer, state text, fence integer,
    worker text, at timestamptz
);
create index on journal (job_id, number);
create function write_journal() returns trigger language plpgsql security definer as $$
begin
    insert into journal (job_id, priority, state, fence, worker, at)
    values (new.id, new.priority, new.state, new.fence, current_setting('application_name'), clock_timestamp());
    return null;
end $$;
create trigger journal after insert or update of state on job for each row execute function write_journal();
create table ledger_effect (entry bigint primary key, attempts integer not null);
create table ledger_failure (entry bigint not null, reason text not null);
grant select, insert on ledger_effect, ledger_failure to rollcall_app;
"""
HELD: Final = """
select job_id, priority, fence, number from journal held
where state = 'RUNNING' and worker = %(worker)s and at < %(since)s and not exists (
    select from journal later
    where later.job_id = held.job_id and later.number > held.number and later.at < %(since)s
)
"""
ENDED: Final = "select from journal where job_id = %s and fence = %s and state in ('SUCCEEDED', 'FAILED', 'CANCELLED')"
BACK: Final = "select at from journal where job_id = %s and number > %s and state = 'QUEUED' order by number limit 1"
NEXT: Final = """
select at from journal
where job_id = %s and fence > %s and state = 'RUNNING' order by number limit 1
"""


@dataclass(frozen=True, slots=True)
class Silence:
    """A worker that was killed, or stopped, and when."""

    worker: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TakenUp:
    """A job of such a worker; when it was back in the queue, when another worker had it. None: never."""

    priority: int
    queued: timedelta | None
    taken_up: timedelta | None


def make_journal(database_url: str) -> None:
    """Makes the tables and the trigger."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(TABLES)


def taken_up(database_url: str, silences: list[Silence]) -> list[TakenUp]:
    """What each of these workers was at, and how long it took until another one was."""
    found = []
    with psycopg.connect(database_url, autocommit=True) as connection:
        for silence in silences:
            held = connection.execute(HELD, {"worker": silence.worker, "since": silence.at}).fetchall()
            for job_id, priority, fence, number in held:
                ended = connection.execute(ENDED, [job_id, fence]).fetchone()
                if ended is not None:
                    continue  # its end was on the way at that moment
                back = connection.execute(BACK, [job_id, number]).fetchone()
                following = connection.execute(NEXT, [job_id, fence]).fetchone()
                times = [row[0] - silence.at if row else None for row in (back, following)]
                found.append(TakenUp(priority, *times))
    return found
