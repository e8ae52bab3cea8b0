"""A small school with accounts, and ways to deliver marks day by day and to check rules as of a morning.

Arts (D) has the group G with ann, bob and dan, Building (X) has H with cat. Tara of Arts teaches G, Uri of Building H,
both one session a morning from Monday 2 March 2026 on. Two marks are enough for a band. The term ends on 27 March.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from jobs.alerts.check_rules import check_rule
from jobs.work.task import WorkContext
from models import Alert, AlertRule, RuleOccurrence, Subject, SubjectKind, User
from models.database import Database
from resolvers.access.viewers import Viewer, viewer_by_email
from resolvers.alerts.rule_drafts import RuleDraft
from resolvers.alerts.rules import create_rule
from resolvers.bundle import import_bundle
from tests.support.bundles import Bundle, bundle_of, write_bundle
from tests.support.factories import subject_ids

Ids = dict[tuple[str, str], int]
DAYS: Final = (2, 3, 4, 5, 6, 9, 10, 11, 12, 13)
K: Final = SubjectKind

SCHOOL: Final[Bundle] = bundle_of(
    schools="id,name,timezone\nS,School,Europe/London\nZ,Other School,UTC",
    departments="id,school_id,name\nD,S,Arts\nX,S,Building",
    programmes="id,department_id,name\nP,D,Painting\nQ,X,Bricklaying",
    class_groups="id,programme_id,name\nG,P,Painters\nH,Q,Bricklayers",
    courses="id,programme_id,code,name\nC,P,C-1,Colour\nF,Q,F-1,Foundations",
    trainers="id,department_id,name,email\nt,D,Tara,\nu,X,Uri,",
    trainees="id,name,email,school_id\nann,Ann,,S\nbob,Bob,,S\ncat,Cat,,S\ndan,Dan,,S",
    enrolments="trainee_id,class_group_id,course_id,starts_on,ends_on\nann,G,,,\nbob,G,,,\ncat,H,,,\ndan,G,,,",
    terms="id,school_id,name,starts_on,ends_on\nT,S,Spring,2026-03-02,2026-03-27",
    sessions="id,course_id,class_group_id,trainer_id,starts_at,ends_at\n"
    + "\n".join(
        f"{name}{day},{course},{group},{trainer},2026-03-{day:02}T09:00:00Z,2026-03-{day:02}T10:00:00Z"
        for name, course, group, trainer in (("g", "C", "G", "t"), ("h", "F", "H", "u"))
        for day in DAYS
    ),
    policies="school_id,chronic_min_expected\nS,2",
    users="""id,email,name,role,school_id,department_id,programme_id,trainer_id,trainee_id
        U0,admin@s.example,Admin,ADMIN,,,,,
        U1,principal@s.example,Principal,PRINCIPAL,S,,,,
        U2,arts@s.example,Head of Arts,DEPARTMENT_HEAD,,D,,,
        U3,building@s.example,Head of Building,DEPARTMENT_HEAD,,X,,,
        U4,tara@s.example,Tara,TRAINER,,,,t,
        U5,ann@s.example,Ann,TRAINEE,,,,,ann
        U6,service@s.example,Service,SERVICE,S,,,,
        U7,principal@z.example,Other Principal,PRINCIPAL,Z,,,,""",
)

Told = tuple[str, str | None, str, dict[str, Any]]


def at(day: int, hour: int = 7, month: int = 3) -> datetime:
    """That hour of a day of March 2026."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


@dataclass
class Watched:
    """The school in a database, and what one does with it."""

    context: WorkContext
    folder: Path
    ids: Ids = field(default_factory=dict)

    @property
    def database(self) -> Database:
        return self.context.database

    async def take(self, bundle: Bundle) -> None:
        """A delivery of the source systems."""
        write_bundle(bundle, self.folder / "delivery")
        async with self.database.write() as session:
            await import_bundle(session, self.folder / "delivery")
            self.ids = await subject_ids(session)
        for path in (self.folder / "delivery").iterdir():
            path.unlink()

    async def mark(self, marks: str) -> None:
        """Marks such as "g2 ann ABSENT, g2 bob PRESENT"."""
        rows = [dict(zip(("session_id", "trainee_id", "status"), one.split(), strict=True)) for one in marks.split(",")]
        await self.take({"attendance": rows})

    async def viewer(self, name: str) -> Viewer:
        """The account with that address; of the school S unless told."""
        async with self.database.read() as session:
            viewer = await viewer_by_email(session, name if "@" in name else f"{name}@s.example")
        assert viewer is not None
        return viewer

    async def rule(self, owner: str, within: tuple[SubjectKind, str], kind: Any, **asked: Any) -> int:
        """A rule of that owner, made on 1 March; its id."""
        viewer = await self.viewer(owner)
        draft = RuleDraft(name="Rule", kind=kind, within=self.ids[within], **asked)
        async with self.database.write() as session:
            return (await create_rule(session, viewer, draft, domains=(), now=at(1))).id

    async def check(self, rule_id: int, now: datetime) -> list[Told]:
        """Checks the rule: (account, subject, occurrence, numbers) of each alert that it raised, in order."""
        async with self.database.write() as session:
            raised = await check_rule(self.context, session, rule_id, (), now=now)
            alerts = [alert.id for alert in raised]
        return await self.told(alerts)

    async def told(self, alert_ids: list[int] | None = None) -> list[Told]:
        """The alerts with these ids, or all, by account and number."""
        async with self.database.read() as session:
            names = {row.id: row.source_id for row in await session.execute(select(Subject.id, Subject.source_id))}
            found = await session.execute(select(Alert, User.email).join(User).order_by(Alert.account_id, Alert.number))
            rows: list[tuple[Alert, str]] = [(row[0], str(row[1])) for row in found]
        return [
            (
                email.partition("@")[0],
                names.get(alert.data.get("subject", 0)),
                alert.occurrence,
                {name: value for name, value in alert.data.items() if name not in ("rule", "subject", "evidence")},
            )
            for alert, email in rows
            if alert_ids is None or alert.id in alert_ids
        ]

    async def row(self, rule_id: int) -> AlertRule:
        """The rule as it is now."""
        async with self.database.read() as session:
            return (await session.scalars(select(AlertRule).where(AlertRule.id == rule_id))).one()

    async def occurrences(self, rule_id: int) -> list[tuple[str, datetime, datetime | None]]:
        """(subject, began, ended) of everything the rule found, oldest first."""
        async with self.database.read() as session:
            found = await session.execute(
                select(Subject.source_id, RuleOccurrence.began_at, RuleOccurrence.ended_at)
                .join(Subject, Subject.id == RuleOccurrence.subject_id)
                .where(RuleOccurrence.rule_id == rule_id)
                .order_by(RuleOccurrence.id)
            )
            return [(row.source_id, row.began_at, row.ended_at) for row in found]
