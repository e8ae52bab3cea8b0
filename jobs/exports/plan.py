"""What a file is going to be, before a report is read whole: which reports, in which portions, its cover, its name.

A plan is made under the rights its asker has at that moment. The reports are then read portion by portion, each under
the rights of its own moment: whoever makes a file never holds all of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from exporters import Column, Cover, Document, FileType, Format, Style, UnrenderableError, Words, all_formats, file_type
from exporters.reports.documents import document_of
from exporters.reports.names import export_file_name
from exporters.reports.styles import style_of
from exporters.reports.tables import metric_column
from exporters.reports.words import gone_notice, left_out_note, limit_notice, said_filters, title_of
from jobs.exports.options import ExportOptions
from jobs.queue.failures import PermanentFailure, TemporaryFailure
from models import School, Subject, SubjectKind
from resolvers.access.viewers import Viewer
from resolvers.core.any_of import any_of
from resolvers.exports.left_out import LeftOut
from resolvers.metrics.registry import METRICS
from resolvers.reports.look_ups import ReportHead, heads_of_reports, reports_by_ids
from resolvers.reports.origins import origins_of
from resolvers.reports.reading import contents_of, subjects_in
from resolvers.reports.record import records_of
from resolvers.reports.sections.bands import contacts_in
from resolvers.subjects.look_ups import SubjectRow, subjects_by_ids

T = TypeVar("T")

GONE: Final = "The report is gone or no longer yours to read."
ALL_GONE: Final = "The reports are gone or no longer yours to read."
VANISHED: Final = "A report of the file went away while it was being written."
MAX_NAMED: Final = 10
"""How many of the subjects that were asked for are named on a cover."""
PORTION: Final = 25
"""How many reports are read at once, at most."""
PORTION_BYTES: Final = 1_000_000
"""How long the stored data of a portion may be, unless it is a single report."""


@dataclass(frozen=True, slots=True)
class FileRequest:
    """What a file is to be made of: the reports in their order, of `matching` that were meant, and why these."""

    report_ids: Sequence[int]
    format_name: str
    options: ExportOptions = field(default_factory=ExportOptions)
    matching: int = 1
    filters: Sequence[Sequence[Any]] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A file to be. `named` are the subjects its cover names, `school_names` those of the schools of its reports.
    `guarded`: what not everybody may read is in it, as far as its asker may."""

    format: Format
    cover: Cover
    heads: tuple[ReportHead, ...]
    school_names: Mapping[int, str]
    named: frozenset[int]
    guarded: bool = True

    @property
    def file_type(self) -> FileType:
        """What the file will be."""
        return file_type(self.format.name, self.cover)

    @property
    def file_name(self) -> str:
        """What it will be called."""
        return export_file_name(self.heads, self.file_type.suffix)

    @property
    def report_ids(self) -> list[int]:
        """The reports in the file, in order."""
        return [head.id for head in self.heads]

    def without(self, left_out: Sequence[LeftOut]) -> "Plan":
        """The plan of the other reports, which says which are left out, and why."""
        words, missing = self.cover.words, {one.report_id: one.why for one in left_out}
        heads = tuple(head for head in self.heads if head.id not in missing)
        gone = [head for head in self.heads if head.id in missing]
        cover = replace(
            self.cover,
            title=title_of(words, heads),
            count=len(heads),
            figures=tuple(_figures(words, {head.kind for head in heads})),
            notes=(*self.cover.notes, *(left_out_note(words, head, missing[head.id]) for head in gone)),
        )
        return replace(self, cover=cover, heads=heads, named=self.named.union(head.subject_id for head in gone))

    def portions(self) -> Iterator[list[int]]:
        """The reports in order, as many at once as may be held at once."""
        portion: list[int] = []
        size = 0
        for head in self.heads:
            if portion and (len(portion) == PORTION or size + head.stored_bytes > PORTION_BYTES):
                yield portion
                portion, size = [], 0
            portion.append(head.id)
            size += head.stored_bytes
        yield portion


@dataclass(frozen=True, slots=True)
class NamedSubjects:
    """The subjects a file names, and those whose e-mail addresses are in it."""

    names: frozenset[int] = frozenset()
    contacts: frozenset[int] = frozenset()

    def __or__(self, other: "NamedSubjects") -> "NamedSubjects":
        return NamedSubjects(self.names | other.names, self.contacts | other.contacts)


@dataclass(frozen=True, slots=True)
class Portion:
    """The next documents of a file, which reports they are, and of whom they tell."""

    documents: tuple[Document, ...] = ()
    told: NamedSubjects = NamedSubjects()
    report_ids: tuple[int, ...] = ()

    def __add__(self, other: "Portion") -> "Portion":
        return Portion(self.documents + other.documents, self.told | other.told, self.report_ids + other.report_ids)


async def plan_of(session: AsyncSession, viewer: Viewer, asked: FileRequest, now: datetime) -> Plan:
    """The plan of a file under the viewer's rights; a few statements, however many reports there are.

    PermanentFailure: there is nothing left of it, or the file cannot be what was asked for.
    """
    readable = await heads_of_reports(session, viewer, asked.report_ids)
    heads = tuple(readable[report_id] for report_id in asked.report_ids if report_id in readable)
    if not heads:
        raise PermanentFailure(GONE if len(asked.report_ids) == 1 else ALL_GONE)
    schools = await _schools(session, {head.school_id for head in heads})
    format_ = all_formats()[asked.format_name]
    style = await _style(session, schools, asked.options)
    if "locale" not in format_.heeds:
        style = replace(style, words=Words())
    named = await _named(session, viewer, asked)
    cover = Cover(
        title=title_of(style.words, heads),
        made_at=now,
        made_by=viewer.name if viewer.account_id else None,
        school_name=next(iter(schools.values()))[0] if len(schools) == 1 else "",
        time_zone=_only({zone for _, zone in schools.values()}) or "UTC",
        count=len(heads),
        matching=asked.matching,
        figures=tuple(_figures(style.words, {head.kind for head in heads})),
        filters=said_filters(style.words, asked.filters, named),
        notes=tuple(_notes(style.words, asked, len(heads))),
        style=style,
        options=asked.options.for_writer,
    )
    names = {id_: name for id_, (name, _) in schools.items()}
    plan = Plan(format_, cover, heads, names, frozenset(named), asked.options.guarded)
    try:
        _ = plan.file_type
    except UnrenderableError as error:
        raise PermanentFailure(error.sentence) from None
    return plan


async def read_portion(session: AsyncSession, viewer: Viewer, plan: Plan, report_ids: Sequence[int]) -> Portion:
    """The documents of a portion as the viewer may see them now; a few statements for all of them.

    TemporaryFailure: one of them is gone or no longer theirs: without it the file is another one.
    """
    reports = await reports_by_ids(session, viewer, report_ids)
    contents = await contents_of(session, viewer, list(reports.values()), guarded=plan.guarded)
    if len(contents) < len(report_ids):
        raise TemporaryFailure(VANISHED)
    ordered = [contents[report_id] for report_id in report_ids]
    origins = await origins_of(session, report_ids)
    records = await records_of(session, viewer, ordered) if plan.format.takes_record else {}
    documents = tuple(
        document_of(
            content,
            words=plan.cover.words,
            time_zone=origins[content.report.id].time_zone,
            school_name=plan.school_names[content.report.school_id],
            generated_by=origins[content.report.id].generated_by,
            record=records.get(content.report.id),
        )
        for content in ordered
    )
    names, contacts = (
        frozenset(id_ for content in ordered for id_ in ids_in(content)) for ids_in in (subjects_in, contacts_in)
    )
    return Portion(documents, NamedSubjects(names, contacts), tuple(report_ids))


async def _schools(session: AsyncSession, school_ids: set[int]) -> dict[int, tuple[str, str]]:
    """Name and zone of schools, by id."""
    rows = await session.execute(
        select(School.id, Subject.name, School.timezone)
        .join(Subject, Subject.id == School.id)
        .where(any_of(School.id, school_ids))
    )
    return {row.id: (row.name, row.timezone) for row in rows}


async def _style(session: AsyncSession, schools: Mapping[int, object], options: ExportOptions) -> Style:
    """The house style of the school; where there are several, nobody's."""
    school_id = _only(set(schools))
    if school_id is not None:
        return await style_of(session, school_id, locale=options.locale, paper=options.paper)
    built_in = Style()
    words = Words(options.locale) if options.locale else built_in.words
    return replace(built_in, words=words, paper=options.paper or built_in.paper)


async def _named(session: AsyncSession, viewer: Viewer, asked: FileRequest) -> dict[int, SubjectRow]:
    """The first subjects that were asked for, as far as the viewer may know of them."""
    ids = [id_ for key, value in asked.filters if key == "subjects" for id_ in value]
    found = await subjects_by_ids(session, viewer, ids) if ids else {}
    return {id_: found[id_] for id_ in [id_ for id_ in ids if id_ in found][:MAX_NAMED]}


def _figures(words: Words, kinds: set[SubjectKind]) -> Iterator[Column]:
    for metric in METRICS.values():
        if kinds & metric.kinds:
            yield metric_column(metric, words)


def _notes(words: Words, asked: FileRequest, count: int) -> Iterator[str]:
    limited = limit_notice(words, len(asked.report_ids), asked.matching)
    if limited:
        yield limited
    gone = len(asked.report_ids) - count
    if gone:
        yield gone_notice(words, gone)


def _only(values: set[T]) -> T | None:
    return next(iter(values)) if len(values) == 1 else None
