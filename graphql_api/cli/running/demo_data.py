"""What `rollcall demo` shows: a made-up college, an account for each role, and the reports of a month."""

from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_api.cli.core.console import Steps
from jobs.alerts.check_rules import KIND as RULE_CHECK
from jobs.alerts.ended import SCHEDULE_RUN
from jobs.queue.adding import UNATTENDED
from jobs.runs.generate import KIND as REPORTS_GENERATE
from jobs.work.task import WorkContext
from models import AlertKind, CatchUp, Frequency, Role, SessionPart, SessionStatus, SubjectKind
from resolvers.access.accounts import RoleAccount, one_account_per_role
from resolvers.access.sign_in import password_fits, set_password
from resolvers.access.viewers import viewer_by_email
from resolvers.alerts.rule_drafts import RuleDraft
from resolvers.alerts.rule_findings import Band
from resolvers.alerts.rules import create_rule
from resolvers.bundle import import_bundle
from resolvers.calendar.periods import PeriodName, PeriodRequest, month_of
from resolvers.calendar.recurrence import Recurrence, Weekday
from resolvers.calendar.school_days import Restraint
from resolvers.deliveries.recipients import Recipient, RecipientType
from resolvers.demo import write_demo_bundle
from resolvers.demo.crest import ACCENT, COLOUR, crest
from resolvers.reports.runs import RunRequest, request_run
from resolvers.schedules.drafts import ScheduleDraft
from resolvers.schedules.schedules import create_schedule, run_schedule_now
from resolvers.schools.branding import checked, update_branding

PASSWORD: Final = "rollcall-demo"
FIRST_REPORTS: Final = (
    SubjectKind.SCHOOL,
    SubjectKind.DEPARTMENT,
    SubjectKind.PROGRAMME,
    SubjectKind.CLASS_GROUP,
)


def write_college(folder: Path, scale: float, now: datetime, progress: Steps) -> None:
    """Writes the source bundle of the college, as of today."""

    def told(school: str, done: int, total: int) -> None:
        progress.show("Making up a college", school, done, total)

    write_demo_bundle(folder, scale=scale, today=now.date(), progress=told)


async def load_college(work: WorkContext, folder: Path, now: datetime, progress: Steps) -> None:
    """Imports the bundle, gives each role a password and asks for the first reports: all in one transaction."""

    def told(what: str, done: int, total: int) -> None:
        progress.show("Loading it", what, done, total)

    async with work.database.write() as session:
        await import_bundle(session, folder, progress=told)
        accounts = await one_account_per_role(session)
        for account in accounts:
            await set_password(session, account.email, PASSWORD, now)
        await _set_up_house_style(session, accounts, now)
        await _ask_for_reports(work, session, accounts, now)
        await _set_up_post(work, session, accounts, now)


async def _set_up_house_style(session: AsyncSession, accounts: list[RoleAccount], now: datetime) -> None:
    """The crest and the colours of the principal's school; the other one has the built-in style."""
    [email] = [account.email for account in accounts if account.role is Role.PRINCIPAL]
    principal = await viewer_by_email(session, email)
    assert principal is not None
    assert principal.school_id is not None
    style, problems = checked({"colour": COLOUR, "accent": ACCENT, "logo": crest()})
    assert problems == ()
    await update_branding(session, principal, principal.school_id, style, now=now)


async def _ask_for_reports(
    work: WorkContext, session: AsyncSession, accounts: list[RoleAccount], now: datetime
) -> None:
    [admin] = [account.email for account in accounts if account.role is Role.ADMIN]
    viewer, period = await viewer_by_email(session, admin), await _month_to_show(session, now)
    assert viewer is not None
    for kind in FIRST_REPORTS:
        run = await request_run(session, viewer, RunRequest(kind, period), now=now)
        await work.queue.enqueue(session, REPORTS_GENERATE, {"run_id": run.id}, priority=UNATTENDED)


async def _set_up_post(work: WorkContext, session: AsyncSession, accounts: list[RoleAccount], now: datetime) -> None:
    """A Monday post of the principal, also to the heads, of all departments; and a watch for trainees at risk."""
    [email] = [account.email for account in accounts if account.role is Role.PRINCIPAL]
    principal = await viewer_by_email(session, email)
    assert principal is not None
    assert principal.school_id is not None
    heads = Recipient(RecipientType.ROLE, role=Role.DEPARTMENT_HEAD, within=principal.school_id)
    draft = ScheduleDraft(
        name="Monday post: the departments' last week",
        kind=SubjectKind.DEPARTMENT,
        period=PeriodName.LAST_WEEK,
        recurrence=Recurrence(Frequency.WEEKLY, "07:00", weekdays=(Weekday.MONDAY,)),
        recipients=(Recipient(RecipientType.USER, account=principal.user_id), heads),
        school_id=principal.school_id,
        restraint=Restraint(not_on_holidays=True, only_in_terms=True),
        formats=("XLSX",),
        catch_up=CatchUp.LATEST,
    )
    post = await create_schedule(session, principal, draft, domains=(), now=now)
    slot = await run_schedule_now(session, principal, post.id, now)
    await work.queue.enqueue(session, SCHEDULE_RUN, {"slot_id": slot.id}, priority=UNATTENDED)
    watch = RuleDraft("Trainees at risk", AlertKind.BELOW_BAND, within=principal.school_id, band=Band.AT_RISK)
    rule = await create_rule(session, principal, watch, domains=(), now=now)
    await work.queue.enqueue(session, RULE_CHECK, {"rule_id": rule.id}, priority=UNATTENDED)


async def _month_to_show(session: AsyncSession, now: datetime) -> PeriodRequest:
    """The latest month that is over and had sessions; in the first month of a school year, this one."""
    held = select(func.max(SessionPart.day)).where(SessionPart.status == SessionStatus.HELD)
    this_month = month_of(now.date())
    day = await session.scalar(held.where(SessionPart.day < this_month.first))
    return PeriodRequest(month=(month_of(day) if day else this_month).name)


async def sign_ins(session: AsyncSession) -> list[RoleAccount]:
    """The account of each role that the demo's password still opens."""
    accounts = await one_account_per_role(session)
    return [account for account in accounts if password_fits(account.sign_in, PASSWORD)]
