"""Writing the file of a plan, also where a report of it cannot be written: then it is left out, and the file says so.

What a file says of itself comes first in it, and a report that fails may leave half of itself behind. So the file is
written through once; a report that fails is set aside and the others go on, which shows all that fail. Where there were
any, it is written again without them.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from exporters import Document, Layout
from exporters.formats.archive import cover_of_one
from jobs.exports.plan import NamedSubjects, Plan, Portion
from jobs.queue.failures import Failure, LeaseLost, NoSpaceFailure, PermanentFailure
from jobs.rendering.parent import Rendered, Renderer
from models.files import StoreError
from resolvers.exports.left_out import LeftOut, name_of

MOST_LEFT_OUT: Final = 20
"""A file that would lack more reports than this fails: what is wrong is wrong with it as a whole."""
UNREADABLE: Final = "Something unexpected went wrong with what is stored of it; the log has more."
# of the moment or of the whole file, and no fault of a report
_NOT_OF_A_REPORT: Final = (Failure, StoreError, SQLAlchemyError, OSError, LeaseLost)

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Written:
    """A whole file: what it became a file of, whom it tells of, and which reports are not in it."""

    plan: Plan
    rendered: Rendered
    told: NamedSubjects
    left_out: tuple[LeftOut, ...] = ()


@dataclass(slots=True)
class _Way:
    """One way through a plan."""

    told: NamedSubjects
    done: int = 0
    left_out: tuple[LeftOut, ...] = ()
    rendered: Rendered | None = None


@dataclass(frozen=True, slots=True)
class FileWriting:
    """Writes files to `path`. `read` reads a portion of a plan, `tell` is told how many reports have been written."""

    renderer: Renderer
    path: Path
    read: Callable[[Plan, Sequence[int]], Awaitable[Portion]]
    tell: Callable[[int], Awaitable[None]]
    gives_way: bool = False

    async def write(self, plan: Plan) -> Written:
        """The file. Raises what Rendering raises, and what `read` and `tell` do.

        A report is left out that fails alone as well, unless it is all there is, or there are more than MOST_LEFT_OUT.
        """
        first = await self._through(plan)
        if first.rendered is not None:
            return Written(plan, first.rendered, first.told)
        if len(first.left_out) == len(plan.heads):
            raise PermanentFailure(f"None of the reports could be written. {first.left_out[0].why}")
        rest = plan.without(first.left_out)
        second = await self._through(rest)
        if second.rendered is None:
            raise PermanentFailure(second.left_out[0].why)
        return Written(rest, second.rendered, second.told, first.left_out)

    async def _through(self, plan: Plan) -> _Way:
        """Writes all reports that can be written; the file is whole where nothing was left out."""
        way, portions = _Way(NamedSubjects(plan.named)), plan.portions()
        while (failed := await self._until_one_fails(plan, portions, way)) is not None:
            way.left_out += await self._at_fault(plan, *failed)
            _check(plan, way.left_out)
        return way

    async def _until_one_fails(
        self, plan: Plan, portions: Iterator[list[int]], way: _Way
    ) -> tuple[Portion, Failure] | None:
        """Begins a file with the next portion and goes on; the portion that cannot be added, and why. None: the end."""
        async with self.renderer.open(plan.format.name, plan.cover, self.path, gives_way=self.gives_way) as rendering:
            for report_ids in portions:
                portion = await self._read(plan, report_ids, way)
                try:
                    await rendering.add(portion.documents)
                except NoSpaceFailure:
                    raise
                except Failure as failure:
                    return portion, failure
                way.told |= portion.told
                way.done += len(report_ids)
                await self.tell(way.done)
            if not way.left_out:
                way.rendered = await rendering.close()
        return None

    async def _read(self, plan: Plan, report_ids: Sequence[int], way: _Way) -> Portion:
        """The portion without those that cannot be made into documents."""
        try:
            return await self.read(plan, report_ids)
        except _NOT_OF_A_REPORT:
            raise
        except Exception as error:
            if len(plan.heads) == 1:
                raise
            if len(report_ids) == 1:
                log.error("report_not_made", report=report_ids[0], exc_info=error)
                way.left_out += (LeftOut(report_ids[0], UNREADABLE),)
                _check(plan, way.left_out)
                return Portion()
        return sum([await self._read(plan, [report_id], way) for report_id in report_ids], Portion())

    async def _at_fault(self, plan: Plan, portion: Portion, failure: Failure) -> tuple[LeftOut, ...]:
        """Those of the portion that fail alone; raises the failure where none does, or there is only one."""
        if len(plan.heads) == 1:
            raise failure
        at_fault = []
        for report_id, document in zip(portion.report_ids, portion.documents, strict=True):
            try:
                await self._alone(plan, document)
            except NoSpaceFailure:
                raise
            except Failure as why:
                at_fault.append(LeftOut(report_id, why.sentence))
        if not at_fault:
            raise failure
        return tuple(at_fault)

    async def _alone(self, plan: Plan, document: Document) -> None:
        cover = cover_of_one(document, plan.cover)
        if plan.cover.options.layout is Layout.TOGETHER:  # a table that this report lacks may be in another
            cover = replace(cover, options=replace(cover.options, table=None))
        async with self.renderer.open(plan.format.name, cover, self.path, gives_way=self.gives_way) as rendering:
            await rendering.add([document])
            await rendering.close()


def _check(plan: Plan, left_out: Sequence[LeftOut]) -> None:
    if MOST_LEFT_OUT < len(left_out) < len(plan.heads):
        head = next(head for head in plan.heads if head.id == left_out[0].report_id)
        raise PermanentFailure(
            f"More than {MOST_LEFT_OUT} of the reports could not be written. The first is {name_of(head)}:"
            f" {left_out[0].why}"
        )
