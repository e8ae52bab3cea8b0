"""What rules find agrees with a plain recomputation over the rows, on schools made to be difficult."""

import tempfile
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import AlertKind, Session, SubjectKind
from models.database import Database
from resolvers.alerts.rule_drafts import PERIODS
from resolvers.alerts.rule_findings import RULE_KINDS, Band, Watch, findings_of
from resolvers.calendar.periods import PeriodName
from tests.oracle import Oracle
from tests.oracle.facts import CountedMark, touches
from tests.oracle.figures import attendance_rate, by_trainee
from tests.support.bundles import Bundle, bundle_of
from tests.support.factories import ADMIN, RolledBack, imported
from tests.support.strategies import moments, periods, schools

Found = set[tuple[str, int | None]]
"""(trainee, sessions in a row) or (session, None), by the institution's ids."""

LONG_AFTER = 2027
# what holds most days first, so that most examples find something
OFTEN = (PeriodName.THIS_TERM, PeriodName.THIS_MONTH, PeriodName.TERM_TO_DATE, *PERIODS)
MANY = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=False)


def _with_terms(data: st.DataObject, bundle: Bundle) -> Bundle:
    terms = []
    for school in bundle["schools"]:
        first, last = data.draw(periods(bundle))
        term = {"id": f"T{school['id']}", "school_id": school["id"], "name": "Term"}
        terms.append(term | {"starts_on": first.isoformat(), "ends_on": last.isoformat()})
    return {**bundle, "terms": terms}


def _days(bundle: Bundle, period: PeriodName, school: str, now: datetime) -> tuple[date, date] | None:
    """The period by the calendar of that school, worked out in the plainest way."""
    zone = next(row["timezone"] for row in bundle["schools"] if row["id"] == school)
    term = next(row for row in bundle["terms"] if row["school_id"] == school)
    today = now.astimezone(ZoneInfo(zone)).date()
    first, last = date.fromisoformat(term["starts_on"]), date.fromisoformat(term["ends_on"])
    monday, month = today - timedelta(days=today.weekday()), today.replace(day=1)
    next_month = (month + timedelta(days=31)).replace(day=1)
    before = month - timedelta(days=1)
    if period in (PeriodName.THIS_TERM, PeriodName.TERM_TO_DATE) and not first <= today <= last:
        return None
    return {
        PeriodName.THIS_TERM: (first, last),
        PeriodName.TERM_TO_DATE: (first, today),
        PeriodName.THIS_WEEK: (monday, monday + timedelta(days=6)),
        PeriodName.LAST_WEEK: (monday - timedelta(days=7), monday - timedelta(days=1)),
        PeriodName.THIS_MONTH: (month, next_month - timedelta(days=1)),
        PeriodName.LAST_MONTH: (before.replace(day=1), before),
    }[period]


def _marks(oracle: Oracle, kind: str, source_id: str, days: tuple[date, date]) -> list[CountedMark]:
    held = [session for session in oracle.sessions_of(kind, source_id, *days) if session.state == "HELD"]
    policy = oracle.policy(oracle.school_of(kind, source_id))
    found = [oracle.counted_mark(*place, policy) for place in oracle.places_of(kind, source_id, held)]
    return [mark for mark in found if mark is not None]


def _below(oracle: Oracle, kind: str, source_id: str, days: tuple[date, date], band: Band) -> Found:
    policy = oracle.policy(oracle.school_of(kind, source_id))
    found: Found = set()
    for trainee, own in by_trainee(_marks(oracle, kind, source_id, days)).items():
        rate = attendance_rate(own, policy)
        if len(own) >= policy.chronic_minimum and rate is not None:
            at_risk, watched = rate < policy.at_risk_below, policy.at_risk_below <= rate < policy.watch_below
            if at_risk or (watched and band is Band.WATCH):
                found.add((trainee, None))
    return found


def _chronic(oracle: Oracle, kind: str, source_id: str, days: tuple[date, date]) -> Found:
    policy = oracle.policy(oracle.school_of(kind, source_id))
    return {
        (trainee, None)
        for trainee, own in by_trainee(_marks(oracle, kind, source_id, days)).items()
        if len(own) >= policy.chronic_minimum
        and sum(mark.status in ("ABSENT", "EXCUSED") for mark in own) >= policy.chronic_threshold * len(own)
    }


def _trainees(oracle: Oracle, kind: str, source_id: str, days: tuple[date, date]) -> Iterable[str]:
    """Those that traineeCount counts."""
    if kind in ("COURSE", "TRAINER"):
        met = [session for session in oracle.sessions_of(kind, source_id, *days) if session.state != "CANCELLED"]
        return {trainee for session in met for trainee in oracle.enrolled[session.id]}
    return {
        enrolment.trainee
        for enrolment in oracle.enrolments
        if touches(enrolment, *days)
        and {"TRAINEE": enrolment.trainee, **oracle.group_keys(enrolment.group)}[kind] == source_id
    }


def _in_a_row(oracle: Oracle, kind: str, source_id: str, days: tuple[date, date], count: int) -> Found:
    found: Found = set()
    for trainee in _trainees(oracle, kind, source_id, days):
        marks = [mark for mark in _marks(oracle, "TRAINEE", trainee, days) if mark.session.starts <= oracle.now]
        run = 0
        for mark in sorted(marks, key=lambda mark: (mark.session.starts, mark.session.id), reverse=True):
            if mark.status == "EXCUSED":
                continue
            if mark.status != "ABSENT":
                break
            run += 1
        if run >= count:
            found.add((trainee, run))
    return found


def _without_marks(oracle: Oracle, kind: str, source_id: str, days: tuple[date, date]) -> Found:
    today = oracle.today(oracle.school_of(kind, source_id))
    return {
        (session.id, None)
        for session in oracle.sessions_of(kind, source_id, *days)
        if session.day < today and session.state != "CANCELLED" and not oracle.attendance.get(session.id)
    }


def _wanted(oracle: Oracle, watch: Watch, kind: str, source_id: str, days: tuple[date, date]) -> Found:
    match watch.kind:
        case AlertKind.BELOW_BAND:
            assert watch.band is not None
            return _below(oracle, kind, source_id, days, watch.band)
        case AlertKind.CHRONIC_ABSENCE:
            return _chronic(oracle, kind, source_id, days)
        case AlertKind.ABSENCES_IN_A_ROW:
            assert watch.count is not None
            return _in_a_row(oracle, kind, source_id, days, watch.count)
        case _:
            return _without_marks(oracle, kind, source_id, days)


def _watches(data: st.DataObject, kind: str, within: int) -> Iterable[Watch]:
    """Of each kind of rule one; sessions are not a trainee's."""
    for rule_kind in RULE_KINDS:
        if (kind, rule_kind) != (SubjectKind.TRAINEE, AlertKind.SESSIONS_WITHOUT_MARKS):
            yield Watch(
                rule_kind,
                within,
                data.draw(st.sampled_from(OFTEN)),
                data.draw(st.sampled_from(Band)) if rule_kind is AlertKind.BELOW_BAND else None,
                data.draw(st.integers(2, 3)) if rule_kind is AlertKind.ABSENCES_IN_A_ROW else None,
            )


async def _disagreements(
    session: AsyncSession, data: st.DataObject, bundle: Bundle, ids: dict[tuple[str, str], int], now: datetime
) -> list[tuple[object, ...]]:
    oracle = Oracle(bundle, now)
    trainees = {id_: source_id for (kind, source_id), id_ in ids.items() if kind == SubjectKind.TRAINEE}
    groups = {id_: source_id for (kind, source_id), id_ in ids.items() if kind == SubjectKind.CLASS_GROUP}
    sessions = {row.id: row.source_id for row in await session.execute(select(Session.id, Session.source_id))}
    group_of = {one.id: one.group for one in oracle.sessions}
    wrong: list[tuple[object, ...]] = []
    watches = ((one, watch) for one in oracle.subjects() for watch in _watches(data, one[0], ids[one]))
    for (kind, source_id), watch in watches:
        found: Found = set()
        for one in await findings_of(session, ADMIN, watch, now):
            if one.key:
                found.add((sessions[one.numbers["session"]], None))
                assert one.key == f"session:{one.numbers['session']}"
                assert groups[one.subject_id] == group_of[sessions[one.numbers["session"]]]
            else:
                found.add((trainees[one.subject_id], one.numbers.get("sessions")))
        days = _days(bundle, watch.period, oracle.school_of(kind, source_id), now)
        wanted = _wanted(oracle, watch, kind, source_id, days) if days else set()
        if found != wanted:
            wrong.append((watch, kind, source_id, "wanted", wanted, "found", found))
    return wrong


async def _agrees(database: Database, data: st.DataObject, bundle: Bundle, now: datetime) -> None:
    with suppress(RolledBack):
        async with database.write() as session:
            with tempfile.TemporaryDirectory() as folder:
                ids = await imported(session, bundle, Path(folder))
            assert await _disagreements(session, data, bundle, ids, now) == []
            raise RolledBack


@settings(MANY, max_examples=50)
@given(data=st.data())
async def test_every_rule_finds_what_a_plain_recomputation_finds(database: Database, data: st.DataObject) -> None:
    bundle = _with_terms(data, data.draw(schools()))
    await _agrees(database, data, bundle, data.draw(moments(bundle).filter(lambda now: now.year < LONG_AFTER)))


PLAIN = bundle_of(
    schools="id,name,timezone\nS,School,UTC",
    departments="id,school_id,name\nD,S,D",
    programmes="id,department_id,name\nP,D,P",
    class_groups="id,programme_id,name\nG,P,G\nH,P,H",
    courses="id,programme_id,code,name\nC,P,C,C\nE,P,E,E",
    trainers="id,department_id,name,email\nt,D,T,",
    trainees="id,name,email,school_id\n" + "\n".join(f"{name},T,,S" for name in "abc"),
    enrolments="trainee_id,class_group_id,course_id,starts_on,ends_on\na,G,,,\nb,G,C,,\nc,H,,,\nc,G,E,2026-03-04,",
    terms="id,school_id,name,starts_on,ends_on\nT,S,Spring,2026-03-01,2026-03-31",
    policies="school_id,chronic_min_expected\nS,3",
    sessions="id,course_id,class_group_id,trainer_id,starts_at,ends_at\n"
    + "\n".join(
        f"{group}{course}{day},{course},{group},t,2026-03-{day:02}T0{hour}:00:00Z,2026-03-{day:02}T10:00:00Z"
        for group in "GH"
        for course, hour in (("C", 9), ("E", 8))
        for day in range(2, 7)
    ),
)
STATUSES = ("ABSENT", "PRESENT", "ABSENT", "ABSENT", "EXCUSED", "LATE", None)


@settings(MANY, max_examples=40)
@given(data=st.data())
async def test_also_in_a_plain_school_where_much_is_to_be_found(database: Database, data: st.DataObject) -> None:
    marks = [
        {"session_id": session["id"], "trainee_id": trainee, "status": status}
        for session in PLAIN["sessions"]
        for trainee in "abc"
        if (status := data.draw(st.sampled_from(STATUSES))) is not None
    ]
    now = datetime(2026, 3, data.draw(st.sampled_from((7, 6, 5))), 8, 30, tzinfo=UTC)
    await _agrees(database, data, {**PLAIN, "attendance": marks}, now)
