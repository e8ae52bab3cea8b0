"""Reading a stored report as its reader may see it (content.py); the one way for GraphQL and files alike."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from models import BaseReport, SubjectKind
from resolvers.access.scope import contacts_others
from resolvers.access.viewers import Viewer
from resolvers.calendar.periods import Period, name_of
from resolvers.metrics.measure import Figures
from resolvers.metrics.policies import rules_from_stored
from resolvers.metrics.registry import METRICS
from resolvers.reports.content import ReportContent
from resolvers.reports.notes import notes_on
from resolvers.reports.sections.registry import SECTIONS
from resolvers.reports.sections.section import Reading
from resolvers.subjects.look_ups import SubjectRow, subjects_by_ids


def stored_figures(report: BaseReport) -> Figures:
    """The metrics of a stored report by name."""
    return {metric.name: getattr(report, metric.column) for metric in METRICS.values()}


def period_of(report: BaseReport) -> Period:
    """The period of a stored report. Its name is that of the days: who asked first may have given only those."""
    name = report.period_name or name_of(report.period_from, report.period_to)
    return Period(report.period_from, report.period_to, name)


async def contents_of(
    session: AsyncSession, viewer: Viewer, reports: Sequence[BaseReport], *, guarded: bool = True
) -> dict[int, ReportContent]:
    """What the viewer may see of these reports (loaded whole), by report id; a few statements for all of them.

    `guarded=False`: less the e-mail addresses, as for somebody without an account.
    """
    named = {subject_id for report in reports for subject_id in _ids_in(report)}
    named |= {report.subject_id for report in reports}
    subjects = await subjects_by_ids(session, viewer, named)
    if not guarded:
        subjects = {key: replace(row, email=None, may_contact=False) for key, row in subjects.items()}
    contacts = guarded and contacts_others(viewer)
    return {
        report.id: _content(report, subjects[report.subject_id], subjects, contacts)
        for report in reports
        if report.subject_id in subjects
    }


def _ids_in(report: BaseReport) -> Iterable[int]:
    for section in SECTIONS:
        if section.name in report.data:
            yield from section.ids(report.data[section.name])


def _content(
    report: BaseReport, subject: SubjectRow, subjects: Mapping[int, SubjectRow], contacts: bool
) -> ReportContent:
    rules = rules_from_stored(report.policy)
    reading = Reading(SubjectKind(report.kind), rules, subjects, contacts)
    sections = {
        section.name: section.read(report.data[section.name], reading)
        for section in SECTIONS
        if section.name in report.data
    }
    return ReportContent(
        report=report,
        subject=subject,
        period=period_of(report),
        rules=rules,
        figures=stored_figures(report),
        sections=sections,
        left_out=frozenset(reading.left_out),
        notes=tuple(notes_on(reading.hidden)),
    )


def subjects_in(content: ReportContent) -> set[int]:
    """The subjects whose names are in it."""
    parts = [(section, section.of(content)) for section in SECTIONS]
    named = (subject for section, part in parts if part is not None for subject in section.named(part))
    return {content.subject.id, *(subject.id for subject in named if subject is not None)}
