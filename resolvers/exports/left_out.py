"""Reports that are not in a file since they could not be written, and how that is told under the rights of now."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from resolvers.access.viewers import Viewer
from resolvers.core.wording import counted
from resolvers.reports.look_ups import ReportHead, heads_of_reports


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A report, and a sentence on why it could not be written."""

    report_id: int
    why: str


def stored(left_out: Iterable[LeftOut]) -> list[list[Any]]:
    """Them as JSON, [report id, why] each, which is how an export keeps them."""
    return [[one.report_id, one.why] for one in left_out]


def sentences(left_out: Collection[Sequence[Any]], heads: Mapping[int, ReportHead]) -> list[str]:
    """What an export keeps, in words: which report, of which days, and why; of those without a head, how many."""
    said = [f"{name_of(heads[id_])}, is left out: {why}" for id_, why in left_out if id_ in heads]
    hidden = len(left_out) - len(said)
    if hidden:
        # why might quote what is in it
        said.append(f"{counted(hidden, 'report is', 'reports are')} left out that you may no longer read.")
    return said


def name_of(head: ReportHead) -> str:
    """The subject and the days of a report."""
    return f"{head.subject_name}, {head.period_name or f'{head.period_from} to {head.period_to}'}"


async def sentences_of_exports(
    session: AsyncSession, viewer: Viewer, kept: Mapping[int, Collection[Sequence[Any]]]
) -> dict[int, list[str]]:
    """The same for exports by id, as the viewer may know of the reports; one statement, none where there are none."""
    ids = {id_ for left_out in kept.values() for id_, _ in left_out}
    heads = await heads_of_reports(session, viewer, ids) if ids else {}
    return {export_id: sentences(left_out, heads) for export_id, left_out in kept.items()}
