"""The ledger: everything counted at the end, and whether it holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import file_digest
from pathlib import Path
from typing import Final

import psycopg

from jobs.exports.export import KIND as EXPORT_MAKE
from jobs.runs.generate import KIND as REPORTS_GENERATE
from tests.faults.journal import TakenUp
from tests.faults.worker import FAILS_FOR_GOOD, LEDGER, REFUSED

ASKED: Final = [EXPORT_MAKE, REPORTS_GENERATE, LEDGER]
REASONS: Final = """
select regexp_replace(error, 'job [0-9]+', 'job …'), count(*) from job
where kind = any(%s) and state = 'FAILED' and error <> %s group by 1
"""
UNENDED: Final = """
select (select count(*) from job where kind = any(%s) and state in ('QUEUED', 'RUNNING'))
    + (select count(*) from schedule where next_slot_at <= now())
    + (select count(*) from schedule_slot where state in ('QUEUED', 'RUNNING'))
"""
# the runs that people asked for, and not a schedule
BY_HAND: Final = "run where id not in (select run_id from schedule_slot where run_id is not null)"
OF_SLOT: Final = """kind = 'reports.generate' and cast(arguments->>'run_id' as bigint) in (
    select run_id from schedule_slot)"""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ledger; `holds` None: for information."""

    text: str
    value: object
    holds: bool | None = None


def unended(database_url: str) -> int:
    """How many of the jobs and slots have not ended."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(UNENDED, [ASKED]).fetchone()
        return int(row[0]) if row else 0


class Ledger:
    """What the database and the file store say at the end."""

    def __init__(self, database_url: str, files: Path) -> None:
        self._database_url = database_url
        self._files = files

    def lines(self, accepted: Sequence[int], unanswered: int, schedules: int) -> list[Line]:
        """Every line."""
        return [
            *self._work(accepted, unanswered),
            *self._entries(),
            *self._reports(),
            *self._exports(),
            *self._slots(schedules),
            *self._alerts(),
        ]

    def _count(self, query: str, *parameters: object) -> int:
        with psycopg.connect(self._database_url) as connection:
            row = connection.execute(query, parameters).fetchone()
        assert row is not None
        return int(row[0])

    def _work(self, accepted: Sequence[int], unanswered: int) -> list[Line]:
        jobs = "select count(*) from job where id = any(%s)"
        asked = "select count(*) from job where kind = any(%s)"
        finished = self._count(f"{jobs} and state = 'SUCCEEDED'", list(accepted))
        failed = self._count(f"{jobs} and state = 'FAILED' and error <> ''", list(accepted))
        extra = self._count(f"{asked} and not id = any(%s) and not ({OF_SLOT})", ASKED, list(accepted))
        left = self._count(f"{asked} and state not in ('SUCCEEDED', 'FAILED')", ASKED)
        given_up = self._count(f"{asked} and state = 'FAILED' and error <> %s", ASKED, REFUSED)
        attempts = "select count(*) from job where kind = any(%s) and attempts > 1"
        return [
            Line("accepted", len(accepted)),
            Line("  finished", finished),
            Line("  failed with a reason", failed),
            Line("  lost", len(accepted) - finished - failed, finished + failed == len(accepted)),
            Line("not answered, so asked again", unanswered),
            Line("  of these accepted all the same", extra),
            Line("not ended", left, left == 0),
            Line("given up for trouble that was not theirs", given_up, given_up == 0),
            *(Line(f"  {reason}", count) for reason, count in self._reasons()),
            Line("done at a second try or later", self._count(attempts, ASKED)),
        ]

    def _reasons(self) -> list[tuple[str, int]]:
        with psycopg.connect(self._database_url) as connection:
            return connection.execute(REASONS, [ASKED, REFUSED]).fetchall()

    def _entries(self) -> list[Line]:
        jobs = f"select count(distinct arguments->>'entry') from job where kind = '{LEDGER}'"
        wanted = self._count(f"{jobs} and cast(arguments->>'entry' as int) %% %s <> 0", FAILS_FOR_GOOD)
        made = self._count("select count(*) from ledger_effect")
        refused = self._count(f"{jobs} and cast(arguments->>'entry' as int) %% %s = 0", FAILS_FOR_GOOD)
        told = self._count("select count(*) from ledger_failure where reason = %s", REFUSED)
        return [
            Line("entries that should be", wanted),
            Line("  made, each once", made, made == wanted),
            Line("entries that cannot be", refused),
            Line("  told so, each once", told, told == refused),
        ]

    def _reports(self) -> list[Line]:
        runs = f"select id from {BY_HAND}"
        wanted = self._count(f"select coalesce(sum(total), 0) from {BY_HAND} and state = 'SUCCEEDED'")
        made = self._count(f"select count(*) from report where run_id in ({runs})")
        odd = self._count(f"select count(*) from report where run_id in ({runs}) and revision <> 1")
        progress = self._count("select count(*) from run where state <> 'SUCCEEDED' or done <> total or failed <> 0")
        return [
            Line("reports that should be", wanted),
            Line("  made, each once", made, made == wanted and odd == 0),
            Line("runs with odd progress", progress, progress == 0),
        ]

    def _exports(self) -> list[Line]:
        with psycopg.connect(self._database_url) as connection:
            exports = connection.execute("select state, file_key, sha256 from export").fetchall()
        kept = {path.name: path for path in self._files.rglob("*") if path.is_file() and path.parent.name != "drafts"}
        sums = {key: sha256 for state, key, sha256 in exports if state == "SUCCEEDED"}
        whole = sum(key in kept and _sha256(kept[key]) == sha256 for key, sha256 in sums.items())
        orphans = len(kept.keys() - {key for _, key, _ in exports})
        leftovers = len(kept) - orphans - len(sums.keys() & kept.keys())
        drafts = len(list((self._files / "drafts").glob("*")))
        return [
            Line("files that should be", len(exports)),
            Line("  there and whole, each once", whole, whole == len(exports) == len(sums)),
            Line("  that no export names", orphans, orphans == 0),
            Line("  of exports that failed, removed after a day", leftovers),
            Line("  drafts of killed workers, removed after a day", drafts),
        ]

    def _slots(self, schedules: int) -> list[Line]:
        written = self._count("select count(*) from schedule_slot")
        over = self._count("select count(distinct schedule_id) from schedule_slot where state = 'SUCCEEDED'")
        runs = self._count("select count(*) from run") - self._count(f"select count(*) from {BY_HAND}")
        return [
            Line("schedules that fell due in one second", schedules),
            Line("  slots written, one of each", written, written == schedules),
            Line("  run, each once", over, over == runs == schedules),
        ]

    def _alerts(self) -> list[Line]:
        asked = f"(select count(*) from {BY_HAND}) + (select count(*) from export)"
        wanted = self._count(f"select {asked} + (select count(*) from schedule_slot)")
        made = self._count("select count(distinct (account_id, occurrence)) from alert")
        every = self._count("select count(*) from alert")
        gaps = self._count("select coalesce(sum(most - every), 0) from (select max(number) most, count(*) every "
                           "from alert group by account_id) of_account")  # fmt: skip
        return [
            Line("alerts that should be", wanted),
            Line("  raised, each once", every, every == made == wanted),
            Line("  numbers left out", gaps, gaps == 0),
        ]


def lines_of(jobs: Sequence[TakenUp], what: str, within: timedelta) -> list[Line]:
    """How soon the work of workers that were killed, or stopped, was taken up."""
    never = sum(job.taken_up is None for job in jobs)
    return [
        Line(f"jobs in the hands of a worker when it was {what}", len(jobs)),
        Line("  never taken up again", never, never == 0),
        *_times("back in the queue", [job.queued for job in jobs], within),
        *_times("taken up", [job.taken_up for job in jobs], within),
    ]


def _times(what: str, times: Sequence[timedelta | None], within: timedelta) -> list[Line]:
    known = sorted(time.total_seconds() for time in times if time is not None)
    worst, middle = (known[-1], known[len(known) // 2]) if known else (0.0, 0.0)
    allowed = f" ({within.total_seconds():g} s allowed)"
    return [
        Line(f"  {what} after, median of {len(known)}", f"{middle:.1f} s"),
        Line(
            f"  {what} after, longest{allowed}",
            f"{worst:.1f} s",
            worst <= within.total_seconds(),
        ),
    ]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
