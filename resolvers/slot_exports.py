"""The files of a schedule's slot: which are made for whom, and how they came out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Export, WorkState

MAX_FILES_EACH: Final = 50
"""How many files one recipient gets; of further reports there are links only."""
MAX_FILES: Final = 5_000
"""How many files one slot makes for all its recipients."""

_AT_WORK: Final = (WorkState.QUEUED, WorkState.RUNNING)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to be made for an account."""

    account_id: int
    report_id: int
    format_name: str


def files_wanted(readable_ids: Mapping[int, Sequence[int]], formats: Sequence[str]) -> list[Wanted]:
    """The files of every account: its first reports in every format, as far as the limits go."""
    reports_each = MAX_FILES_EACH // max(1, len(formats))
    wanted = [
        Wanted(account_id, report_id, name)
        for account_id, report_ids in readable_ids.items()
        for report_id in report_ids[:reports_each]
        for name in formats
    ]
    return wanted[:MAX_FILES]


async def request_files(
    session: AsyncSession, slot_id: int, wanted: Sequence[Wanted], *, now: datetime, days: int
) -> list[int]:
    """Writes down the exports; their ids. The caller has looked at rights, and queues the work."""
    rows = [
        {
            "report_id": one.report_id,
            "report_ids": [one.report_id],
            "options": {},
            "filters": [],
            "matching": 1,
            "done": 0,
            "format": one.format_name,
            "state": WorkState.QUEUED,
            "names": [],
            "requested_by": one.account_id,
            "slot_id": slot_id,
            "requested_at": now,
            "expires_at": now + timedelta(days=days),
        }
        for one in wanted
    ]
    return list(await session.scalars(insert(Export).returning(Export.id), rows)) if rows else []


@dataclass(frozen=True, slots=True)
class SlotFiles:
    """What has become of the files of a slot."""

    exports: tuple[tuple[int, int, int, WorkState], ...]
    error: str | None

    @property
    def wanted(self) -> bool:
        """Whether any were asked for."""
        return bool(self.exports)

    @property
    def over(self) -> bool:
        """Whether none is at work any more."""
        return all(state not in _AT_WORK for *_, state in self.exports)

    @property
    def lost(self) -> int:
        """How many there are not."""
        return sum(state is not WorkState.SUCCEEDED for *_, state in self.exports)

    def of(self, account_id: int, report_ids: Sequence[int]) -> list[int]:
        """The exports made for an account, of these reports."""
        wanted = set(report_ids)
        return [
            export_id
            for export_id, report_id, asker, state in self.exports
            if asker == account_id and report_id in wanted and state is WorkState.SUCCEEDED
        ]

    def links(self, account_id: int, report_ids: Sequence[int]) -> int:
        """How many of these reports an account has no file of."""
        made = WorkState.SUCCEEDED
        with_file = {report_id for _, report_id, asker, state in self.exports if asker == account_id and state is made}
        return sum(report_id not in with_file for report_id in report_ids)

    def cut_short(self, readable_ids: Mapping[int, Sequence[int]]) -> int:
        """For how many accounts not every report was made a file of, because of the limits."""
        asked: dict[int, set[int]] = {}
        for _, report_id, asker, _ in self.exports:
            asked.setdefault(asker, set()).add(report_id)
        return sum(not asked.get(account_id, set()).issuperset(ids) for account_id, ids in readable_ids.items())


async def files_of_slot(session: AsyncSession, slot_id: int) -> SlotFiles:
    """The files of a slot; one statement."""
    columns = (Export.id, Export.report_id, Export.requested_by, Export.state, Export.error)
    rows = (await session.execute(select(*columns).where(Export.slot_id == slot_id).order_by(Export.id))).all()
    errors = [row.error for row in rows if row.error]
    exports = tuple((row.id, row.report_id, row.requested_by, WorkState(row.state)) for row in rows)
    return SlotFiles(exports, errors[0] if errors else None)
