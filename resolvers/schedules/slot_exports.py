"""The files of a schedule's slot: which are made for whom, and how they came out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import exists, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Export, WorkState
from resolvers.exports.selection import MAX_REPORTS

MAX_FILES: Final = 5_000
"""How many files one slot makes for all its recipients."""

_AT_WORK: Final = (WorkState.QUEUED, WorkState.RUNNING)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file for an account, of all the reports it gets. `options` say how it is to be written, as stored; not
    `guarded`: without what is guarded, since it goes on to others."""

    account_id: int
    report_ids: tuple[int, ...]
    format_name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    guarded: bool = True


def files_wanted(
    readable_ids: Mapping[int, Sequence[int]],
    formats: Mapping[str, Mapping[str, Any]],
    *,
    passed_on_by: int | None = None,
) -> list[Wanted]:
    """A file in every format, with its options, for each account, as far as the limits go; those of `passed_on_by` go
    to addresses and webhooks, too."""
    wanted = [
        Wanted(account_id, tuple(report_ids), name, options, guarded=account_id != passed_on_by)
        for account_id, report_ids in readable_ids.items()
        for name, options in formats.items()
    ]
    return wanted[:MAX_FILES]


async def request_files(
    session: AsyncSession, slot_id: int, wanted: Sequence[Wanted], *, now: datetime, days: int
) -> dict[int, int]:
    """Writes down the exports; how many reports each is of, by id. The caller has looked at rights, and queues the
    work."""
    rows = [
        {
            "report_id": one.report_ids[0] if len(one.report_ids) == 1 else None,
            "report_ids": list(one.report_ids[:MAX_REPORTS]),
            "report_count": len(one.report_ids[:MAX_REPORTS]),
            "options": {**one.options, **({} if one.guarded else {"guarded": False})},
            "filters": [],
            "matching": len(one.report_ids),
            "done": 0,
            "format": one.format_name,
            "state": WorkState.QUEUED,
            "names": [],
            "contacts": [],
            "requested_by": one.account_id,
            "slot_id": slot_id,
            "requested_at": now,
            "expires_at": now + timedelta(days=days),
        }
        for one in wanted
    ]
    if not rows:
        return {}
    made = await session.execute(insert(Export).returning(Export.id, Export.report_count), rows)
    return {row.id: row.report_count for row in made}


async def files_at_work(session: AsyncSession, slot_id: int) -> bool:
    """Whether any file of the slot is still to be made."""
    at_work = select(Export.id).where(Export.slot_id == slot_id, Export.state.in_(_AT_WORK))
    return bool(await session.scalar(select(exists(at_work))))


@dataclass(frozen=True, slots=True)
class SlotFile:
    """A file of a slot: those of its reports that it was made of, or was to be; and those that could not be written."""

    id: int
    account_id: int
    report_ids: frozenset[int]
    made: bool
    guarded: bool
    left_out: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class SlotFiles:
    """What has become of the files of a slot."""

    files: tuple[SlotFile, ...]
    error: str | None
    cause: str | None = None
    """Why the first of the reports was left out of a file."""

    @property
    def wanted(self) -> bool:
        """Whether any were asked for."""
        return bool(self.files)

    @property
    def lost(self) -> int:
        """How many there are not."""
        return sum(not file.made for file in self.files)

    @property
    def incomplete(self) -> int:
        """How many lack reports that could not be written."""
        return sum(bool(file.left_out) for file in self.files)

    def of(self, account_id: int, report_ids: Sequence[int], *, guarded: bool = True) -> list[int]:
        """The exports made for an account, of these reports and no others; not `guarded`: only those that go on to
        others."""
        return [file.id for file in self._whole(account_id, report_ids, guarded)]

    def links(self, account_id: int, report_ids: Sequence[int], *, guarded: bool = True) -> int:
        """How many of these reports are in no such file of an account."""
        whole = self._whole(account_id, report_ids, guarded)
        in_a_file = {report_id for file in whole for report_id in file.report_ids}
        return sum(report_id not in in_a_file for report_id in report_ids)

    def cut_short(self, readable_ids: Mapping[int, Sequence[int]]) -> int:
        """For how many accounts not every report was to be in a file, because of the limits."""
        asked: dict[int, set[int]] = {}
        for file in self.files:
            asked.setdefault(file.account_id, set()).update(file.report_ids | file.left_out)
        return sum(not asked.get(account_id, set()).issuperset(ids) for account_id, ids in readable_ids.items())

    def _whole(self, account_id: int, report_ids: Sequence[int], guarded: bool) -> list[SlotFile]:
        # one that holds a report which was lost since cannot be fetched any more
        may = set(report_ids)
        own = [file for file in self.files if file.made and file.account_id == account_id and file.report_ids <= may]
        return [file for file in own if guarded or not file.guarded]


async def files_of_slot(session: AsyncSession, slot_id: int) -> SlotFiles:
    """The files of a slot; one statement."""
    columns = (
        Export.id,
        Export.requested_by,
        Export.report_ids,
        Export.state,
        Export.error,
        Export.options,
        Export.left_out,
    )
    rows = (await session.execute(select(*columns).where(Export.slot_id == slot_id).order_by(Export.id))).all()
    errors = [row.error for row in rows if row.error]
    files = tuple(
        SlotFile(
            row.id,
            row.requested_by,
            frozenset(row.report_ids),
            row.state == WorkState.SUCCEEDED,
            row.options.get("guarded", True),
            frozenset(id_ for id_, _ in row.left_out),
        )
        for row in rows
    )
    causes = [why for row in rows for _, why in row.left_out]
    return SlotFiles(files, errors[0] if errors else None, causes[0] if causes else None)
