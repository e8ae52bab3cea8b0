"""Reports in a mail: what they are of in the subject, and the key figures of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from exporters import Words
from exporters.reports.tables import kind_of
from exporters.values import shown
from jobs.deliveries.email import Mail, MailItem
from models import BaseReport, SubjectKind
from models.settings import Settings
from resolvers.access.viewers import Viewer
from resolvers.calendar.periods import Period
from resolvers.core.global_ids import open_path, report_type_name_of
from resolvers.core.wording import counted
from resolvers.metrics.registry import METRICS
from resolvers.reports.content import ReportContent
from resolvers.reports.reading import contents_of

MAX_REPORTS: Final = 30
"""Of how many reports a mail shows figures."""
_WORDS: Final = Words()
_FIGURES: Final = ("attendanceRate", "absenceRate", "lateRate", "averageScore", "passRate", "sessionCount")


@dataclass(frozen=True, slots=True)
class About:
    """What reports are told as: `name` is that of their schedule or kind, `count` how many there are for the reader.

    `empty`: no session was held, and there are no results, in any of them.
    """

    name: str
    count: int
    empty: bool = False


async def about_reports(
    session: AsyncSession,
    viewer: Viewer,
    about: About,
    to: Mail,
    reports: Sequence[BaseReport],
    settings: Settings | None,
) -> Mail:
    """The reports in words; with links (`settings`) where the reader can sign in."""
    found = await contents_of(session, viewer, reports[:MAX_REPORTS])
    contents = [found[report.id] for report in reports[:MAX_REPORTS] if report.id in found]
    periods = {days_of(content.period) for content in contents}
    subject = subject_of(about.name, periods.pop() if len(periods) == 1 else None)
    ready = counted(about.count, "report is", "reports are") + " ready"
    if about.empty:
        subject += ": nothing to report"
        ready = "there was nothing to report: no sessions were held, and there are no results"
    intro = f"Hello {to.to_name}, {ready}." if to.to_name else f"{ready[0].upper()}{ready[1:]}."
    if about.count > len(contents):
        intro += f" The first {len(contents)} are shown here." if len(contents) > 1 else " The first is shown here."
    return replace(to, subject=subject, intro=intro, items=[item_of(content, settings) for content in contents])


def subject_of(name: str, period: str | None) -> str:
    """The subject of a mail about reports: "Weekly heads: 2026-W48"."""
    return f"{name}: {period}" if period else name


def kind_label(kind: str) -> str:
    """A kind of subject as people say it: "Class group"."""
    return SubjectKind(kind).replace("_", " ").capitalize()


def days_of(period: Period) -> str:
    """The name of a period, or else its days."""
    days = f"{period.first} to {period.last}" if period.first != period.last else str(period.first)
    return period.name or days


def item_of(content: ReportContent, settings: Settings | None) -> MailItem:
    """A report and its key figures, as a mail shows them."""
    figures = [
        (METRICS[name].label, shown(value, kind_of(METRICS[name]), 1, _WORDS, "UTC", content.rules.lines))
        for name in _FIGURES
        if (value := content.figures.get(name)) is not None
    ]
    return MailItem(
        content.subject.name,
        [f"{kind_label(content.subject.kind)}, {days_of(content.period)}"],
        figures,
        settings.url + open_path(report_type_name_of(content.subject.kind), content.report.id) if settings else None,
    )
