"""An alert in words for its account, under the rights of now.

The title never names anybody, so that it may stand on a locked screen and in the subject of a mail. The lines name what
the viewer may see; what is gone, or no longer theirs, is not named and has no link.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import (
    Alert,
    AlertKind,
    AlertRule,
    BaseReport,
    Export,
    Run,
    Schedule,
    School,
    Session,
    Subject,
    SubjectKind,
    Webhook,
)
from resolvers.access.scope import measurable
from resolvers.access.viewers import Viewer
from resolvers.alerts.evidence import EVIDENCE, Evidence, evidence_lines, subjects_in
from resolvers.alerts.idle import IDLE, SENTENCES, Idle
from resolvers.core.any_of import any_of
from resolvers.core.global_ids import open_path, type_name_of
from resolvers.core.wording import counted, sized
from resolvers.deliveries.deliveries import REFUSED_BYTES
from resolvers.exports.left_out import sentences_of_exports
from resolvers.schedules.owned_requests import Doing, permitted

MAX_NAMED: Final = 10
"""How many reports of an alert are named."""
UNSEEN: Final = "What it tells of is gone, or no longer yours to see."


@dataclass(frozen=True, slots=True)
class AlertWords:
    """`title` names nobody; `lines` say what it is about; `path` leads to it here, None where nothing does."""

    title: str
    lines: tuple[str, ...]
    path: str | None


@dataclass(frozen=True, slots=True)
class _Named:
    """Something an alert tells of, as the viewer may see it."""

    lines: tuple[str, ...]
    path: str


Data = Mapping[str, Any]


def _reports(data: Data) -> str:
    if data.get("empty"):
        return "There was nothing to report"
    count = data.get("count", 1)
    return "A report is ready" if count == 1 else f"{count:,} reports are ready"


def _file_ready(data: Data) -> str:
    missing = data.get("leftOut", 0)
    return f"A file is ready, without {counted(missing, 'report', 'reports')}" if missing else "A file is ready"


def _failed(data: Data) -> str:
    if REFUSED_BYTES in data:
        return "Files were too large to be mailed"
    if "webhook" in data:
        return "A webhook was switched off"
    if IDLE in data:
        what = "A rule" if "rule" in data else "A schedule"
        return f"{what} reaches nobody" if data[IDLE] == Idle.NOBODY_TO_TELL else f"{what} does nothing"
    if "export" in data:
        return "A file could not be made"
    return "A schedule could not do its work" if "slot" in data else "Reports could not be generated"


def _trainees(one: str, many: str) -> Callable[[Data], str]:
    return lambda data: one if data.get("count", 1) == 1 else f"{data['count']:,} {many}"


def _below(data: Data) -> str:
    where = "at risk" if data.get("band") == "AT_RISK" else "below the line to watch"
    return _trainees(f"A trainee is {where}", f"trainees are {where}")(data)


def _in_a_row(data: Data) -> str:
    times = counted(data.get("sessions", 1), "session", "sessions in a row")
    return _trainees(f"A trainee was absent from {times}", f"trainees were absent from {times}")(data)


_TITLES: Final[Mapping[AlertKind, Callable[[Data], str]]] = MappingProxyType(
    {
        AlertKind.REPORT_READY: _reports,
        AlertKind.EXPORT_READY: _file_ready,
        AlertKind.RUN_FAILED: _failed,
        AlertKind.BELOW_BAND: _below,
        AlertKind.CHRONIC_ABSENCE: _trainees("A trainee is chronically absent", "trainees are chronically absent"),
        AlertKind.ABSENCES_IN_A_ROW: _in_a_row,
        AlertKind.SESSIONS_WITHOUT_MARKS: lambda data: counted(
            data.get("count", 1), "session has no marks", "sessions have no marks"
        ),
    }
)


def title_of(alert: Alert) -> str:
    """What the alert says in one line, without a name; nothing has to be read for it."""
    return _TITLES[AlertKind(alert.kind)](alert.data)


async def described(session: AsyncSession, viewer: Viewer, alerts: Sequence[Alert]) -> dict[int, AlertWords]:
    """The words of these alerts by id: at most one statement for each kind of thing they tell of, and one for the
    reports that files lack."""
    told: dict[str, dict[int, _Named]] = {}
    for thing, read in _READERS.items():
        ids = {id_ for alert in alerts for id_ in _meant(alert, thing)}
        if thing == "subject":
            ids |= {id_ for alert in alerts for id_ in subjects_in(_evidence(alert))}
        told[thing] = await read(session, viewer, ids) if ids else {}
    return {alert.id: _words(alert, told) for alert in alerts}


def _words(alert: Alert, told: Mapping[str, Mapping[int, _Named]]) -> AlertWords:
    meant = [(thing, id_) for thing in _READERS for id_ in _meant(alert, thing)]
    seen = [named for thing, id_ in meant if (named := told[thing].get(id_)) is not None]
    said = [line for named in seen for line in named.lines]
    if alert.data.get("subject") in told["subject"]:  # who may not see the trainee reads no figure of theirs
        names = {id_: named.lines[0] for id_, named in told["subject"].items()}
        said[1:1] = evidence_lines(AlertKind(alert.kind), _evidence(alert), names)
    lines = tuple(dict.fromkeys(said))
    # who may not see the rule is told all the same what it found
    if any(thing != "rule" for thing, _ in meant) and not seen:
        lines = (UNSEEN,)
    elif note := links_note(alert.data):
        lines += (note,)
    elif alert.data.get("empty"):
        lines += ("No sessions were held, and there are no results.",)
    elif alert.data.get(IDLE) in SENTENCES:
        lines += (SENTENCES[Idle(alert.data[IDLE])],)
    elif REFUSED_BYTES in alert.data:
        size = sized(alert.data[REFUSED_BYTES])
        lines += (f"The mail server takes no mail of {size}: mail of this schedule went without its files.",)
    return AlertWords(title_of(alert), lines, seen[0].path if seen else None)


def links_note(data: Data) -> str | None:
    """Of how many reports of a schedule there is no file; None: of each there is one, or none was to be made."""
    if not data.get("links"):
        return None
    return f"Of {counted(data['links'], 'report', 'reports')} there is no file; read them in Rollcall."


def _meant(alert: Alert, thing: str) -> list[int]:
    """The ids of such things the alert tells of: one, or of `reports` the first."""
    one = [alert.data[thing]] if thing in alert.data else []
    return one + (alert.data.get("reports", [])[:MAX_NAMED] if thing == "report" else [])


def _evidence(alert: Alert) -> Evidence:
    found: Evidence = alert.data.get(EVIDENCE, {})
    return found


def _own(viewer: Viewer, column: Any) -> list[Any]:
    return [] if viewer.sees_everything else [column == viewer.user_id]


async def _of_exports(session: AsyncSession, viewer: Viewer, ids: Iterable[int]) -> dict[int, _Named]:
    columns = (Export.id, Export.format, Export.report_count, Export.error, Export.left_out)
    found = await session.execute(
        select(*columns).where(any_of(Export.id, set(ids)), *_own(viewer, Export.requested_by))
    )
    rows = found.all()
    missing = await sentences_of_exports(session, viewer, {row.id: row.left_out for row in rows if row.left_out})
    return {
        # the name of a file holds that of its subject, which is named by the report, if it may be
        row.id: _Named(
            _said(_file(row.format, row.report_count), row.error, *missing.get(row.id, ())),
            open_path("Export", row.id),
        )
        for row in rows
    }


def _file(format_name: str, report_count: int) -> str:
    return f"{format_name} file" if report_count == 1 else f"{format_name} file of {report_count:,} reports"


async def _of_reports(session: AsyncSession, viewer: Viewer, ids: Iterable[int]) -> dict[int, _Named]:
    rows = await session.execute(
        select(
            BaseReport.id,
            BaseReport.kind,
            BaseReport.period_name,
            BaseReport.period_from,
            BaseReport.period_to,
            Subject.name,
        )
        .join(Subject, Subject.id == BaseReport.subject_id)
        .where(any_of(BaseReport.id, set(ids)), measurable(viewer))
    )
    return {
        row.id: _Named(
            (f"{row.name}, {row.period_name or f'{row.period_from} to {row.period_to}'}",),
            open_path(f"{type_name_of(SubjectKind(row.kind))}Report", row.id),
        )
        for row in rows
    }


async def _of_runs(session: AsyncSession, viewer: Viewer, ids: Iterable[int]) -> dict[int, _Named]:
    rows = await session.execute(
        select(Run.id, Run.error).where(any_of(Run.id, set(ids)), *_own(viewer, Run.requested_by))
    )
    return {row.id: _Named(_said(row.error), open_path("Run", row.id)) for row in rows}


async def _of_schedules(session: AsyncSession, viewer: Viewer, ids: Iterable[int]) -> dict[int, _Named]:
    rows = await session.execute(
        select(Schedule.id, Schedule.name).where(any_of(Schedule.id, set(ids)), permitted(viewer, Doing.READ, Schedule))
    )
    return {row.id: _Named(_said(f"Schedule: {row.name}"), open_path("Schedule", row.id)) for row in rows}


async def _of_subjects(session: AsyncSession, viewer: Viewer, ids: Iterable[int]) -> dict[int, _Named]:
    rows = await session.execute(
        select(Subject.id, Subject.kind, Subject.name).where(any_of(Subject.id, set(ids)), measurable(viewer))
    )
    return {row.id: _Named((row.name,), open_path(type_name_of(SubjectKind(row.kind)), row.id)) for row in rows}


async def _of_sessions(session: AsyncSession, viewer: Viewer, ids: Iterable[int]) -> dict[int, _Named]:
    groups = select(Subject.id).where(measurable(viewer, (SubjectKind.CLASS_GROUP,)))
    course = and_(Subject.id == Session.course_id, measurable(viewer, (SubjectKind.COURSE,)))
    starts = func.to_char(func.timezone(School.timezone, Session.starts_at), "YYYY-MM-DD HH24:MI")
    rows = await session.execute(
        select(Session.id, Session.class_group_id, starts.label("starts"), Subject.name)
        .join(School, School.id == Session.school_id)
        .outerjoin(Subject, course)
        .where(any_of(Session.id, set(ids)), Session.class_group_id.in_(groups))
    )
    return {
        row.id: _Named((", ".join(_said(row.starts, row.name)),), open_path("ClassGroup", row.class_group_id))
        for row in rows
    }


async def _of_rules(session: AsyncSession, viewer: Viewer, ids: Iterable[int]) -> dict[int, _Named]:
    rows = await session.execute(
        select(AlertRule.id, AlertRule.name).where(
            any_of(AlertRule.id, set(ids)), permitted(viewer, Doing.READ, AlertRule)
        )
    )
    return {row.id: _Named(_said(f"Rule: {row.name}"), open_path("AlertRule", row.id)) for row in rows}


async def _of_webhooks(session: AsyncSession, viewer: Viewer, ids: Iterable[int]) -> dict[int, _Named]:
    rows = await session.execute(
        select(Webhook.id, Webhook.name).where(any_of(Webhook.id, set(ids)), *_own(viewer, Webhook.owner_id))
    )
    gone = "Its receiver answered that it is gone for good (410). Switch it on when there is one again."
    return {row.id: _Named((f"Webhook: {row.name}", gone), open_path("Webhook", row.id)) for row in rows}


def _said(*lines: str | None) -> tuple[str, ...]:
    return tuple(line for line in lines if line)


Reader = Callable[[AsyncSession, Viewer, set[int]], Any]
# In this order they are named, and the first that may be seen is where the link leads.
_READERS: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        "export": _of_exports,
        "report": _of_reports,
        "run": _of_runs,
        "subject": _of_subjects,
        "session": _of_sessions,
        "schedule": _of_schedules,
        "rule": _of_rules,
        "webhook": _of_webhooks,
    }
)
