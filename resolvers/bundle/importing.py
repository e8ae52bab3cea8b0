"""Imports a bundle: stage every file, then file by file read, check and write its rows, then remove, then recount."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from resolvers.bundle import conflicts, oddities, removing
from resolvers.bundle.files import FILES
from resolvers.bundle.lines import lines_of
from resolvers.bundle.problems import MOST_REPORTED, BundleError, Findings, Problem
from resolvers.bundle.rows import Rows, rows_of
from resolvers.bundle.source import Bundle, open_bundle
from resolvers.bundle.staging import DELETED, Staged, note_first_enrolments, note_zones, stage
from resolvers.bundle.touching import touch
from resolvers.bundle.wire import Wire, wire_of
from resolvers.bundle.writing import insert, insert_or_duplicate, note_sort_keys, update
from resolvers.metrics.sums import begin_touching, refresh_sums, touch_kept
from resolvers.metrics.sums_lock import hold_sums

Progress = Callable[[str, int, int], None]

# rows from which on the planner should hear of them
_MANY: Final = 1_000
_ORDER: Final = tuple(f"{file.name}.csv" for file in FILES)
# what a mark or a result hangs on: nobody may add one while its session, trainee or assessment changes or goes
_ALSO_LOCKED: Final = {"trainees": ("mark",), "sessions": ("mark",)}


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: data rows and changed (inserted, updated, deleted) rows per file name without .csv."""

    rows: dict[str, int]
    changed: dict[str, int]
    warnings: tuple[Problem, ...]
    more_warnings: int


async def import_bundle(session: AsyncSession, path: Path, *, progress: Progress | None = None) -> Imported:
    """Imports a folder or .zip in the session's transaction: all of it, or nothing and a BundleError.

    `progress` is told what is being done, and how much of how much; the sizes are bytes, each counted twice.
    """
    with open_bundle(path) as bundle:
        async with session.begin_nested():  # so that nothing stays behind even where the caller carries on
            await session.execute(text("set local statement_timeout = 0"))
            await session.execute(text("set local work_mem = '64MB'"))
            # a plan for each foreign key, not one for each row of it
            await session.execute(text("set local plan_cache_mode = auto"))
            work = _Import(session, await wire_of(session), bundle, progress)
            return await work.run()


class _Import:
    """One import under way."""

    def __init__(self, session: AsyncSession, wire: Wire, bundle: Bundle, progress: Progress | None) -> None:
        self.session = session
        self.wire = wire
        self.bundle = bundle
        self.progress = progress
        self.problems = Findings()
        self.warnings = Findings()
        self.faulty: set[str] = set()
        self.staged: dict[str, Staged] = {}
        self.rows: dict[str, Rows] = {}
        self.changed: dict[str, int] = {}
        self.done = 0
        self.total = 2 * sum(file.size for file in bundle.files.values())

    async def run(self) -> Imported:
        await self._lock()
        await self._stage()
        for staged in self.staged.values():
            await self._take(staged)
        self._tell("counting what changed")
        if not self.problems and any(self.changed.values()):
            await begin_touching(self.session)
            await touch(self.wire, self.rows)
            await touch_kept(self.session)
        await self._remove()
        if self.problems:
            raise BundleError(*self.problems.first(_ORDER))
        assert not self.faulty, f"rows of {self.faulty} were left out without a word"
        if any(self.changed.values()):
            await refresh_sums(self.session)
        await self._tidy_up()
        counts = {name: staged.rows for name, staged in self.staged.items()}
        return Imported(counts, self.changed, *self.warnings.first(_ORDER))

    async def _lock(self) -> None:
        # first, so that what others committed until now is seen by every check
        await hold_sums(self.session)
        tables: dict[str, None] = {}
        for file in FILES:
            if f"{file.name}.csv" in self.bundle.files:
                tables |= dict.fromkeys(("subject", file.table) if file.kind else (file.table,))
                tables |= dict.fromkeys(_ALSO_LOCKED.get(file.name, ()))
        # readers go on; who would write waits, so that what is checked here still holds when it is written
        await self.wire.run(f"lock table {', '.join(tables)} in share row exclusive mode")

    async def _stage(self) -> None:
        for stranger in self.bundle.strangers:
            self.warnings.add(Problem(stranger, 0, "", "is not a file of a source bundle and is ignored"))
        for source in self.bundle.files.values():
            name, begun = source.name.removesuffix(".csv"), self.done
            staged = await stage(self.wire, source, self.problems, self.warnings, self._advancer(f"reading {name}"))
            if staged is not None:
                self.staged[name] = staged
            if staged is None or not staged.complete:
                self.faulty.add(name)
            self.done = begun + source.size
            self._tell(f"reading {name}")

    async def _take(self, staged: Staged) -> None:
        """Reads, checks and writes the rows of one file."""
        name = staged.file.name
        self._tell(f"writing {name}")
        if name == "schools":
            await note_zones(self.wire, staged)
        if name == "trainees":
            await note_first_enrolments(self.wire, self.staged.get("enrolments"))
        rows = rows_of(staged, self.staged, frozenset(self.faulty))
        await self.wire.run(rows.create())
        self.rows[name] = rows
        acts = await self._acts(rows)
        if bad := acts.get("x", 0):
            await self._explain(rows, bad)
        queries = conflicts.conflicts(staged)
        # when every row is new the unique index says, for nothing, whether a key comes twice
        left_to_index = set(acts) <= {"i"} and not queries
        if not left_to_index:
            await self._conflict(rows, conflicts.duplicates(staged))
        for query in queries:
            await self._conflict(rows, query)
        if staged.file.kind:
            await note_sort_keys(self.wire, rows)
        if not left_to_index:
            await insert(self.wire, rows)
        elif not await insert_or_duplicate(self.wire, rows):
            await self._conflict(rows, conflicts.duplicates(staged))
            await insert(self.wire, rows)
        if acts.get("u"):
            await update(self.wire, rows)
        if acts.get("i", 0) > _MANY:
            await self.wire.run(f"analyze {'subject' if staged.file.kind else staged.file.table}")
        self.changed[name] = sum(acts.get(act, 0) for act in "iud")
        for query in oddities.oddities(staged):
            await self._warn(rows, query)
        self.done += self.bundle.files[staged.name].size
        self._tell(f"writing {name}")

    async def _acts(self, rows: Rows) -> dict[str, int]:
        """How many rows there are of each act; see rows.py."""
        return dict(await self.wire.rows(f"select act::text, count(*) from {rows.table} group by act"))

    async def _explain(self, rows: Rows, bad: int) -> None:
        """Reports the bad rows found while reading them."""
        self.faulty.add(rows.file.name)
        await self.wire.run(
            f"create temp table asked_row as select n from {rows.table} where act = 'x'"
            f" order by n limit {MOST_REPORTED + 1}"
        )
        found = await self.wire.rows(rows.explain())
        await self.wire.run("drop table asked_row")
        stages: dict[int, int] = {}
        for n, stage_of_check, _, _ in found:
            stages[n] = min(stages.get(n, stage_of_check), stage_of_check)
        told = [
            (n, column, why)
            for n, stage_of_check, column, why in found
            if why is not None and stage_of_check == stages[n]
        ]
        await self._report(self.problems, rows.staged, told)
        self.problems.add_uncounted(bad - MOST_REPORTED - 1)

    async def _conflict(self, rows: Rows, query: str) -> None:
        """Reports and marks the rows that are in conflict with others."""
        await self.wire.run(f"create temp table clash (n, name, why, other) as {query}")
        count = await self.wire.value("select count(*) from clash")
        if count:
            self.faulty.add(rows.file.name)
            await self.wire.run(f"update {rows.table} r set act = 'x' from clash where clash.n = r.n")
            found = await self.wire.rows(f"select n, name, why, other from clash order by n limit {MOST_REPORTED}")
            others = await lines_of(self.wire, rows.staged, [other for _, _, _, other in found if other is not None])
            told = [
                (n, column, why if other is None else f"{why} on line {others[other]}")
                for n, column, why, other in found
            ]
            await self._report(self.problems, rows.staged, told)
            self.problems.add_uncounted(count - len(found))
        await self.wire.run("drop table clash")

    async def _bad(self, rows: Rows, told: list[tuple[int, str, str]]) -> None:
        """Reports and marks rows found bad one by one."""
        if told:
            self.faulty.add(rows.file.name)
            await self.wire.run(
                f"update {rows.table} set act = 'x' where n = any(%(numbers)s)", {"numbers": [n for n, _, _ in told]}
            )
            await self._report(self.problems, rows.staged, told)

    async def _warn(self, rows: Rows, query: str) -> None:
        found = await self.wire.rows(
            f"select n, name, why, count(*) over () from ({query}) q (n, name, why) order by n limit {MOST_REPORTED}"
        )
        await self._report(self.warnings, rows.staged, [(n, column, why) for n, column, why, _ in found])
        if found:
            self.warnings.add_uncounted(found[0][3] - len(found))

    async def _report(self, findings: Findings, staged: Staged, told: list[tuple[int, str, str]]) -> None:
        lines = await lines_of(self.wire, staged, [n for n, _, _ in told])
        for n, column, why in told:
            findings.add(Problem(staged.name, lines[n], column, why))

    async def _remove(self) -> None:
        for rows in reversed(self.rows.values()):
            if DELETED not in rows.staged.columns:
                continue
            kept = await removing.refused(self.wire, rows)
            await self._bad(rows, [(n, DELETED, why) for n, why in kept])
            await removing.remove(self.wire, rows)

    async def _tidy_up(self) -> None:
        made = [table for name in self.staged for table in (f"in_{name}", f"row_{name}")]
        await self.wire.run(f"drop table if exists {', '.join([*made, 'known_zone', 'first_enrolment'])}")

    def _advancer(self, label: str) -> Callable[[int], None]:
        def advance(count: int) -> None:
            self.done += count
            self._tell(label)

        return advance

    def _tell(self, label: str) -> None:
        if self.progress:
            self.progress(label, min(self.done, self.total), self.total)
