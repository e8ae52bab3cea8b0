"""Every look-up the API offers finds its rows by an index: the plans of the statements that it really sends say so."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatch
from typing import Any, Final

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from jobs.queue import claims
from models import Export, Role, SubjectKind
from models.database import Database
from models.embedded import Addresses
from resolvers.access.sign_in import account_by_email
from resolvers.access.viewers import Viewer, viewer_by_email, viewer_by_id
from resolvers.calendar.periods import Granularity, Period, buckets, school_calendars
from resolvers.core.paging import PageRequest
from resolvers.core.problems import Refusal
from resolvers.exports.exports import export_by_id, exports_of_reports, fetchable, list_exports
from resolvers.metrics.measure import SubjectDays, measure
from resolvers.reports.look_ups import (
    ReportOrderField,
    ReportOrdering,
    ReportQuery,
    count_reports,
    heads_of_reports,
    latest_ids,
    list_reports,
    order_key,
    reports_by_ids,
    reports_of_subjects,
)
from resolvers.reports.runs import readable, run_by_id
from resolvers.schools.policy_update import rules_of_schools
from resolvers.subjects.hierarchy import CHILDREN
from resolvers.subjects.look_ups import (
    SubjectQuery,
    children_of,
    count_children,
    count_subjects,
    list_subjects,
    subject_by_source_id,
    subjects_by_ids,
)
from tests.guards.plans import Planned, watched
from tests.guards.populated import FIRST_ID, populate
from tests.support.filled import filled_database

NOW: Final = datetime(2026, 3, 18, 11, tzinfo=UTC)
K: Final = SubjectKind

# With thousands of rows in the populated database. Reading one of the others whole, a page or two, is the quickest way.
LARGE: Final = frozenset({
    "account", "assessment", "coverage", "enrolment", "export", "job", "mark", "report", "result", "result_part", "run",
    "session", "session_part", "subject", "teaching", "trainee",
})  # fmt: skip

# (look-up, tables it may read whole, why)
DECLARED: Final = (
    ("* count_reports", {"report", "subject"}, "up to 10,000 rows are counted one by one, where somebody asks for it"),
    ("* count_subjects TRAINEE", {"subject"}, "up to 10,000 rows are counted one by one, where somebody asks for it"),
    ("* search *", {"subject"}, "a part of a name has no place in an order; the names of one kind are few enough"),
    ("* SCHOOL > TRAINEE", {"subject", "trainee"}, "two of the four schools are asked: half of all there are"),
    ("* DEPARTMENT > TRAINEE", {"subject", "trainee"}, "two of twenty departments: a tenth, best joined by a hash"),
    ("* PROGRAMME > TRAINEE", {"subject"}, "hundreds of trainees: about as many as make a hash join cheaper"),
    ("* measure * SCHOOL", {"coverage", "session_part", "result_part", "subject"}, "a school is a fourth of all"),
    ("* measure * DEPARTMENT", {"coverage"}, "the marks of hundreds of trainees are joined with coverage by a hash"),
    ("* measure trend *", {"coverage", "assessment"}, "each bucket counts as a ninth of all days to the planner"),
    ("DEPARTMENT_HEAD list_reports *", {"subject"}, "the ids of the scope are hashed: each is one of twenty here"),
)  # fmt: skip


def _example(kind: SubjectKind, place: int = 0) -> int:
    """A subject of the second school: of its second department, second programme and so on."""
    offset = {K.SCHOOL: 1, K.DEPARTMENT: 6, K.PROGRAMME: 19, K.CLASS_GROUP: 119, K.COURSE: 199, K.TRAINER: 99}
    return FIRST_ID[kind] + offset.get(kind, 2399) + place


def _viewer(role: Role, **ties: Any) -> Viewer:
    return Viewer(user_id=1, email="asker@example.edu", name="Asker", role=role, **ties)


VIEWERS: Final = {
    viewer.role: viewer
    for viewer in (
        _viewer(Role.ADMIN),
        _viewer(Role.PRINCIPAL, school_id=_example(K.SCHOOL)),
        _viewer(Role.DEPARTMENT_HEAD, department_id=_example(K.DEPARTMENT)),
        _viewer(Role.PROGRAMME_COORDINATOR, programme_id=_example(K.PROGRAMME)),
        _viewer(Role.TRAINER, trainer_id=_example(K.TRAINER)),
        _viewer(Role.TRAINEE, trainee_id=_example(K.TRAINEE)),
    )
}
PAGES: Final = {
    "first": PageRequest(first=20),
    "after": PageRequest(first=20, after=("name 8", 1)),
    "last": PageRequest(last=20),
    "before": PageRequest(last=20, before=("name 8", 1)),
}
REPORT_QUERIES: Final = {
    "kind": ReportQuery(kinds=(K.TRAINEE,)),
    "subjects": ReportQuery(subject_ids=(_example(K.TRAINEE), _example(K.TRAINEE, 1))),
    "ids": ReportQuery(ids=(5, 6)),
    "run": ReportQuery(run_id=7),
    "since": ReportQuery(generated_since=datetime(2026, 3, 10, tzinfo=UTC)),
    "range": ReportQuery(first=date(2025, 10, 1), last=date(2025, 11, 30)),
    "all revisions": ReportQuery(latest_only=False),
}
# the index by which a long list is read in order
BY_NAME: Final = {
    Role.ADMIN: "ix_subject_kind_sort_key_id",
    Role.PRINCIPAL: "ix_subject_school_id_kind_sort_key_id",
}
REPORT_INDEXES: Final = {
    ReportOrderField.GENERATED_AT: "ix_report_generated_at_id",
    ReportOrderField.PERIOD_FROM: "ix_report_period_from_id",
    ReportOrderField.ATTENDANCE_RATE: "ix_report_by_attendance",
    ReportOrderField.CHRONIC_ABSENCE_RATE: "ix_report_by_chronic_absence",
    ReportOrderField.AVERAGE_SCORE: "ix_report_by_score",
}


@pytest.fixture(scope="module")
def populated_url(servers: Addresses, template: str) -> Iterator[str]:
    with filled_database(servers, template, populate) as url:
        yield url


class Plans:
    """Calls look-ups and keeps what is wrong with their plans."""

    def __init__(self, database: Database, session: AsyncSession, asker: str) -> None:
        self.database, self.session, self.asker = database, session, asker
        self.wrong: list[str] = []

    def check(self) -> None:
        """Fails with all that is wrong; a comparison of lists would take pytest minutes to explain."""
        if self.wrong:
            pytest.fail("\n".join(self.wrong), pytrace=False)

    async def of(self, look_up: Callable[..., Awaitable[Any]], *arguments: Any, about: str = "", **more: Any) -> Any:
        """What the look-up answers; `about` says what is special about this call."""
        return (await self._planned(look_up, arguments, more, about))[0]

    async def page(self, index: str, look_up: Callable[..., Awaitable[Any]], *arguments: Any, about: str) -> Any:
        """As `of`, and the page has to be read from that index in order."""
        answer, page = await self._planned(look_up, arguments, {}, about)
        found = page.index_of_page()
        if found != index:
            self.wrong.append(f"{self.asker} {look_up.__name__} {about} is read by {found}: {page.statement}")
        return answer

    async def _planned(
        self, look_up: Callable[..., Awaitable[Any]], arguments: tuple[Any, ...], more: dict[str, Any], about: str
    ) -> tuple[Any, Planned]:
        """What the look-up answers, and its last statement."""
        name = f"{self.asker} {look_up.__name__} {about}".strip()
        with watched(self.database) as planned:
            try:
                answer = await look_up(self.session, *arguments, **more)
            except Refusal:  # a parent that this viewer does not see: the statements up to here have been read
                answer = None
        assert planned, name
        allowed = {table for pattern, tables, _ in DECLARED if fnmatch(name, pattern) for table in tables}
        for plan in planned:
            whole = plan.whole_reads() & LARGE - allowed
            if whole:
                self.wrong.append(f"{name} reads {', '.join(sorted(whole))} whole: {plan.statement}")
        return answer, planned[-1]


@pytest.fixture(params=VIEWERS, ids=str)
async def asked(request: pytest.FixtureRequest, populated_url: str) -> AsyncIterator[tuple[Viewer, Plans]]:
    """Each viewer in turn, and the plans of what they ask."""
    database = Database(populated_url)
    async with database.read() as session:
        yield VIEWERS[request.param], Plans(database, session, request.param)
    await database.close()


@pytest.fixture
async def plans(populated_url: str) -> AsyncIterator[Plans]:
    database = Database(populated_url)
    async with database.write() as session:
        yield Plans(database, session, "anybody")
        await session.rollback()
    await database.close()


async def test_subjects(asked: tuple[Viewer, Plans]) -> None:
    viewer, plans = asked
    for kind in K:
        await plans.of(subjects_by_ids, viewer, [_example(kind)])
        await plans.of(subjects_by_ids, viewer, [_example(kind, place) for place in range(3)], [kind])
        await plans.of(subject_by_source_id, viewer, kind, f"{kind}{_example(kind)}")
        await plans.of(readable, viewer, [_example(kind)])
        await plans.of(count_subjects, viewer, kind, SubjectQuery(), about=kind)
        await plans.of(list_subjects, viewer, kind, SubjectQuery(search="e 8"), PAGES["first"], about=f"search {kind}")
        for query in (SubjectQuery(ids=(_example(kind),)), SubjectQuery(source_ids=(f"{kind}{_example(kind)}",))):
            await plans.of(list_subjects, viewer, kind, query, PAGES["first"])
        for about, page in PAGES.items():
            await plans.of(list_subjects, viewer, kind, SubjectQuery(), page, about=f"{about} {kind}")
    plans.check()


async def test_children(asked: tuple[Viewer, Plans]) -> None:
    viewer, plans = asked
    for parent, kinds in CHILDREN.items():
        for kind in kinds:
            about, parents = f"{parent} > {kind}", [_example(parent), _example(parent, 1)]
            await plans.of(
                list_subjects, viewer, kind, SubjectQuery(within=parents[0]), PAGES["first"], about=f"within {about}"
            )
            await plans.of(children_of, viewer, parent, parents, kind, PAGES["first"], about=about)
            await plans.of(children_of, viewer, parent, parents, kind, PAGES["before"], about=about)
            await plans.of(count_children, viewer, parent, parents, kind, about=about)
    plans.check()


async def test_figures(asked: tuple[Viewer, Plans]) -> None:
    viewer, plans = asked
    year = Period(date(2025, 9, 1), date(2026, 6, 30))
    month = Period(date(2025, 10, 1), date(2025, 10, 31))
    asked_periods = {"month": [month], "year": [year], "trend": buckets(year, Granularity.WEEK)}
    for kind in K:
        for about, periods in asked_periods.items():
            days = [SubjectDays(_example(kind), period.first, period.last) for period in periods]
            await plans.of(measure, viewer, days, about=f"{about} {kind}", now=NOW)
    plans.check()


async def test_reports(asked: tuple[Viewer, Plans]) -> None:
    viewer, plans = asked
    await plans.of(reports_by_ids, viewer, [7, 2400])
    await plans.of(heads_of_reports, viewer, [7, 2400])
    await plans.of(exports_of_reports, viewer, [5, 6, 7])
    await plans.of(fetchable, viewer, [Export(id=number) for number in (5, 6, 7)])
    for about, page in (("first", PageRequest(first=20)), ("before", PageRequest(last=20, before=(5_000,)))):
        await plans.of(list_exports, viewer, page, about=about)
    await plans.of(count_reports, viewer, ReportQuery())
    subjects = [_example(K.TRAINEE, place) for place in range(3)]
    await plans.of(reports_of_subjects, viewer, subjects, ReportQuery(), PageRequest(first=20))
    for about, query in REPORT_QUERIES.items():
        await plans.of(list_reports, viewer, query, ReportOrdering(), PageRequest(first=20), about=about)
    for field in ReportOrderField:
        await plans.of(
            list_reports, viewer, ReportQuery(), ReportOrdering(field), PageRequest(first=20), about=f"by {field}"
        )
    plans.check()


@pytest.mark.parametrize("asked", [Role.ADMIN, Role.PRINCIPAL], ids=str, indirect=True)
async def test_long_lists_are_read_in_the_order_of_an_index(asked: tuple[Viewer, Plans]) -> None:
    """Who sees less has a short list: it is found by their scope and sorted."""
    viewer, plans = asked
    for about, page in PAGES.items():
        names = BY_NAME[viewer.role]
        await plans.page(names, list_subjects, viewer, K.TRAINEE, SubjectQuery(), page, about=about)
    for field, index in REPORT_INDEXES.items():
        for ordering in (ReportOrdering(field), ReportOrdering(field, descending=False)):
            await _pages_of_reports(viewer, plans, index, ordering)
    plans.check()


async def _pages_of_reports(viewer: Viewer, plans: Plans, index: str, ordering: ReportOrdering) -> None:
    about = f"by {ordering.field}"
    found = await plans.of(list_reports, viewer, ReportQuery(), ordering, PageRequest(first=500), about=about)
    assert len(found.rows) == 500
    key = order_key(found.rows[-1], ordering)
    ends = PageRequest(first=20), PageRequest(last=20)
    for page in (*ends, PageRequest(first=20, after=key), PageRequest(last=20, before=key)):
        await plans.page(index, list_reports, viewer, ReportQuery(), ordering, page, about=f"{about} {page}")


async def test_reports_of_one_kind_are_read_in_the_order_of_its_index(plans: Plans) -> None:
    for page in (PageRequest(first=20), PageRequest(last=20)):
        arguments = VIEWERS[Role.ADMIN], ReportQuery(kinds=(K.COURSE,)), ReportOrdering(), page
        await plans.page("ix_report_kind_generated_at_id", list_reports, *arguments, about=f"{page}")
    plans.check()


async def test_the_rest(plans: Plans) -> None:
    admin, school = VIEWERS[Role.ADMIN], _example(K.SCHOOL)
    await plans.of(run_by_id, admin, 7)
    await plans.of(export_by_id, admin, 7)
    await plans.of(latest_ids, [5, 6, 7])
    await plans.of(account_by_email, "trainee7@example.edu")
    await plans.of(viewer_by_email, "trainee7@example.edu")
    await plans.of(viewer_by_id, 7)
    await plans.of(school_calendars, [school])
    await plans.of(rules_of_schools, [school])
    plans.check()


async def test_the_queue(plans: Plans) -> None:
    lease = timedelta(seconds=60)
    held = await plans.of(claims.claim, 19_950, ["kind"], lease)
    await plans.of(claims.extend, held, lease)
    await plans.of(claims.finish, held)
    await plans.of(claims.claim_next, ["kind"], lease)
    await plans.of(claims.cancel, "kind", {"run_id": 7})
    await plans.of(claims.requeue_expired)
    plans.check()
