"""The dataloaders of one operation. Each batch has a read session of its own."""

from typing import TYPE_CHECKING, NamedTuple

from graphql_api.core.loading import Loader
from graphql_api.metrics.periods import Resolved, SchoolPeriod, days_of, needs_calendar
from graphql_api.metrics.types import Figures, Metrics, measure_figures
from models import (
    Alert,
    AlertRule,
    BaseReport,
    Branding,
    DeliveryAttempt,
    Export,
    Run,
    ScheduleSlot,
    SubjectKind,
    Webhook,
)
from resolvers.access.accounts import account_names
from resolvers.alerts.idle import Idle, idle_rules
from resolvers.alerts.rule_occurrences import OpenOccurrence, open_occurrences
from resolvers.alerts.rules import RuleRow, rules_by_ids
from resolvers.alerts.words import AlertWords, described
from resolvers.calendar.periods import SchoolCalendar, school_calendars
from resolvers.calendar.school_days import SchoolDays, school_days
from resolvers.core.paging import MAX_COUNT, Page, PageRequest
from resolvers.core.problems import Refusal
from resolvers.deliveries.deliveries import attempts_of
from resolvers.deliveries.webhooks import webhooks_by_ids
from resolvers.exports.exports import exports_by_ids, exports_of_reports
from resolvers.metrics.policies import Rules
from resolvers.reports.content import ReportContent
from resolvers.reports.look_ups import (
    ReportHead,
    ReportQuery,
    heads_of_reports,
    latest_ids,
    reports_by_ids,
    reports_of_subjects,
)
from resolvers.reports.origins import Origin, origins_of
from resolvers.reports.reading import contents_of
from resolvers.reports.runs import runs_by_ids
from resolvers.schedules.schedules import ScheduleRow, schedules_by_ids
from resolvers.schedules.slots import slots_of_schedules
from resolvers.schools.branding import brandings_of_schools
from resolvers.schools.policy_update import rules_of_schools
from resolvers.subjects.look_ups import SubjectRow, children_of, count_children, subjects_by_ids

if TYPE_CHECKING:
    from graphql_api.core.context import Context


class SubjectRef(NamedTuple):
    """Key of a subject whose kind is known."""

    kind: SubjectKind
    id: int


class Children(NamedTuple):
    """Key of one page of a subject's children of one kind."""

    parent: SubjectKind
    child: SubjectKind
    asked: PageRequest
    parent_id: int


class ChildCount(NamedTuple):
    """Key of the number of a subject's children of one kind."""

    parent: SubjectKind
    child: SubjectKind
    parent_id: int


class SubjectReports(NamedTuple):
    """Key of one page of a subject's reports."""

    query: ReportQuery
    asked: PageRequest
    subject_id: int


class SlotsOfSchedule(NamedTuple):
    """Key of one page of a schedule's history."""

    asked: PageRequest
    schedule_id: int


class OpenOfRule(NamedTuple):
    """Key of one page of what is open of a rule of alerts."""

    asked: PageRequest
    rule_id: int


class Loaders:
    """What fields of one operation load together; statements do not grow in number with the items."""

    def __init__(self, context: "Context") -> None:
        self.context = context
        self.periods = Loader(self._periods)
        self.calendars = Loader(self._calendars)
        self.figures = Loader(self._figures)
        self.subjects = Loader(self._subjects)
        self.children = Loader(self._children)
        self.child_counts = Loader(self._child_counts)
        self.rules = Loader(self._rules)
        self.brandings = Loader(self._brandings)
        self.reports = Loader(self._reports)
        self.report_heads = Loader(self._report_heads)
        self.contents = Loader(self._contents)
        self.latest = Loader(self._latest)
        self.origins = Loader(self._origins)
        self.subject_reports = Loader(self._subject_reports)
        self.exports = Loader(self._exports)
        self.own_exports = Loader(self._own_exports)
        self.runs = Loader(self._runs)
        self.any_subjects = Loader(self._any_subjects)
        self.schedules = Loader(self._schedules)
        self.alert_words = Loader(self._alert_words)
        self.idle_rules = Loader(self._idle_rules)
        self.attempts = Loader(self._attempts)
        self.webhooks = Loader(self._webhooks)
        self.slots_of_schedules = Loader(self._slots_of_schedules)
        self.school_days = Loader(self._school_days)
        self.account_names = Loader(self._account_names)
        self.alert_rules = Loader(self._alert_rules)
        self.open_occurrences = Loader(self._open_occurrences)
        # by place in the operation: the metrics selected below a field, and why a field cannot be answered
        self.chosen: dict[tuple[int, ...], frozenset[str]] = {}
        self.refused: dict[tuple[int, ...], Refusal] = {}

    async def _periods(self, asked: list[SchoolPeriod]) -> dict[SchoolPeriod, Resolved]:
        schools = dict.fromkeys(ask.school_id for ask in asked if needs_calendar(ask.request))
        calendars = dict(zip(schools, await self.calendars.load_many(schools), strict=True))
        return {ask: days_of(ask.request, calendars.get(ask.school_id), self.context.now) for ask in asked}

    async def _calendars(self, school_ids: list[int]) -> dict[int, SchoolCalendar]:
        async with self.context.database.read() as session:
            return await school_calendars(session, school_ids)

    async def _figures(self, asked: list[Figures]) -> dict[Figures, Metrics | None]:
        async with self.context.database.read() as session:
            return await measure_figures(session, self.context.viewer, asked, self.context.now)

    async def _subjects(self, refs: list[SubjectRef]) -> dict[SubjectRef, SubjectRow | None]:
        async with self.context.database.read() as session:
            kinds = list(dict.fromkeys(ref.kind for ref in refs))
            rows = await subjects_by_ids(session, self.context.viewer, {ref.id for ref in refs}, kinds)
        return {ref: row if (row := rows.get(ref.id)) and row.kind is ref.kind else None for ref in refs}

    async def _children(self, keys: list[Children]) -> dict[Children, Page[SubjectRow]]:
        pages: dict[Children, Page[SubjectRow]] = {}
        async with self.context.database.read() as session:
            for shared in dict.fromkeys(key[:3] for key in keys):
                parent, child, asked = shared
                parents = [key.parent_id for key in keys if key[:3] == shared]
                found = await children_of(session, self.context.viewer, parent, parents, child, asked)
                pages.update({Children(*shared, parent_id): page for parent_id, page in found.items()})
        return pages

    async def _child_counts(self, keys: list[ChildCount]) -> dict[ChildCount, int | None]:
        counts: dict[ChildCount, int | None] = {}
        async with self.context.database.read() as session:
            for shared in dict.fromkeys(key[:2] for key in keys):
                parent, child = shared
                parents = [key.parent_id for key in keys if key[:2] == shared]
                found = await count_children(session, self.context.viewer, parent, parents, child)
                counts.update(
                    {ChildCount(*shared, id_): count if count <= MAX_COUNT else None for id_, count in found.items()}
                )
        return counts

    async def _rules(self, school_ids: list[int]) -> dict[int, Rules]:
        async with self.context.database.read() as session:
            return await rules_of_schools(session, school_ids)

    async def _brandings(self, school_ids: list[int]) -> dict[int, Branding | None]:
        async with self.context.database.read() as session:
            return await brandings_of_schools(session, school_ids)

    async def _reports(self, ids: list[int]) -> dict[int, BaseReport | None]:
        async with self.context.database.read() as session:
            found = await reports_by_ids(session, self.context.viewer, ids)
        return {id_: found.get(id_) for id_ in ids}

    async def _report_heads(self, ids: list[int]) -> dict[int, ReportHead | None]:
        async with self.context.database.read() as session:
            found = await heads_of_reports(session, self.context.viewer, ids)
        return {id_: found.get(id_) for id_ in ids}

    async def _contents(self, report_ids: list[int]) -> dict[int, ReportContent | None]:
        reports = await self.reports.load_many(report_ids)
        async with self.context.database.read() as session:
            found = await contents_of(session, self.context.viewer, [report for report in reports if report])
        return {id_: found.get(id_) for id_ in report_ids}

    async def _latest(self, report_ids: list[int]) -> dict[int, bool]:
        async with self.context.database.read() as session:
            latest = await latest_ids(session, report_ids)
        return {id_: id_ in latest for id_ in report_ids}

    async def _origins(self, report_ids: list[int]) -> dict[int, Origin]:
        async with self.context.database.read() as session:
            return await origins_of(session, report_ids)

    async def _subject_reports(self, keys: list[SubjectReports]) -> dict[SubjectReports, Page[BaseReport]]:
        pages: dict[SubjectReports, Page[BaseReport]] = {}
        async with self.context.database.read() as session:
            for query, asked in dict.fromkeys(key[:2] for key in keys):
                subjects = [key.subject_id for key in keys if key[:2] == (query, asked)]
                found = await reports_of_subjects(session, self.context.viewer, subjects, query, asked)
                pages.update({SubjectReports(query, asked, id_): page for id_, page in found.items()})
        return pages

    async def _exports(self, report_ids: list[int]) -> dict[int, list[Export]]:
        async with self.context.database.read() as session:
            return await exports_of_reports(session, self.context.viewer, report_ids)

    async def _slots_of_schedules(self, keys: list[SlotsOfSchedule]) -> dict[SlotsOfSchedule, Page[ScheduleSlot]]:
        pages: dict[SlotsOfSchedule, Page[ScheduleSlot]] = {}
        async with self.context.database.read() as session:
            for asked in dict.fromkeys(key.asked for key in keys):
                ids = [key.schedule_id for key in keys if key.asked == asked]
                found = await slots_of_schedules(session, self.context.viewer, ids, asked)
                pages.update({SlotsOfSchedule(asked, id_): page for id_, page in found.items()})
        return pages

    async def _alert_rules(self, ids: list[int]) -> dict[int, RuleRow | None]:
        async with self.context.database.read() as session:
            found = await rules_by_ids(session, self.context.viewer, ids)
        return {id_: found.get(id_) for id_ in ids}

    async def _open_occurrences(self, keys: list[OpenOfRule]) -> dict[OpenOfRule, Page[OpenOccurrence]]:
        pages: dict[OpenOfRule, Page[OpenOccurrence]] = {}
        async with self.context.database.read() as session:
            for asked in dict.fromkeys(key.asked for key in keys):
                ids = [key.rule_id for key in keys if key.asked == asked]
                found = await open_occurrences(session, self.context.viewer, ids, asked)
                pages.update({OpenOfRule(asked, id_): page for id_, page in found.items()})
        return pages

    async def _school_days(self, school_ids: list[int]) -> dict[int, SchoolDays]:
        async with self.context.database.read() as session:
            return await school_days(session, school_ids)

    async def _account_names(self, account_ids: list[int]) -> dict[int, str | None]:
        async with self.context.database.read() as session:
            found = await account_names(session, self.context.viewer, account_ids)
        return {id_: found.get(id_) for id_ in account_ids}

    async def _attempts(self, delivery_ids: list[int]) -> dict[int, list[DeliveryAttempt]]:
        async with self.context.database.read() as session:
            return await attempts_of(session, delivery_ids)

    async def _webhooks(self, ids: list[int]) -> dict[int, Webhook | None]:
        async with self.context.database.read() as session:
            found = await webhooks_by_ids(session, self.context.viewer, ids)
        return {id_: found.get(id_) for id_ in ids}

    async def _own_exports(self, ids: list[int]) -> dict[int, Export | None]:
        async with self.context.database.read() as session:
            found = await exports_by_ids(session, self.context.viewer, ids)
        return {id_: found.get(id_) for id_ in ids}

    async def _schedules(self, ids: list[int]) -> dict[int, ScheduleRow | None]:
        async with self.context.database.read() as session:
            found = await schedules_by_ids(session, self.context.viewer, ids)
        return {id_: found.get(id_) for id_ in ids}

    async def _runs(self, ids: list[int]) -> dict[int, Run | None]:
        async with self.context.database.read() as session:
            found = await runs_by_ids(session, self.context.viewer, ids)
        return {id_: found.get(id_) for id_ in ids}

    async def _any_subjects(self, ids: list[int]) -> dict[int, SubjectRow | None]:
        async with self.context.database.read() as session:
            found = await subjects_by_ids(session, self.context.viewer, ids)
        return {id_: found.get(id_) for id_ in ids}

    async def _idle_rules(self, rules: list[AlertRule]) -> dict[AlertRule, Idle | None]:
        async with self.context.database.read() as session:
            idle = await idle_rules(session, rules, self.context.now)
        return {rule: idle.get(rule.id) for rule in rules}

    async def _alert_words(self, alerts: list[Alert]) -> dict[Alert, AlertWords]:
        async with self.context.database.read() as session:
            words = await described(session, self.context.viewer, alerts)
        return {alert: words[alert.id] for alert in alerts}
