"""How each account wants to be told of each kind of alert, and what holds where it never said."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models import AlertKind, AlertPreference, MailTiming
from resolvers.access.viewers import Viewer
from resolvers.core.any_of import any_of
from resolvers.core.problems import ProblemCode, Refusal


@dataclass(frozen=True, slots=True)
class Preference:
    """`in_app`: listed and pushed. `email`: when it is sent too. `webhook`: the account's webhooks are called."""

    in_app: bool
    email: MailTiming
    webhook: bool


# The one table of defaults. Who asked for a file waits for it; what a schedule or a rule found is news.
DEFAULTS: Final[Mapping[AlertKind, Preference]] = MappingProxyType(
    {
        AlertKind.REPORT_READY: Preference(True, MailTiming.AT_ONCE, True),
        AlertKind.EXPORT_READY: Preference(True, MailTiming.NEVER, True),
        AlertKind.RUN_FAILED: Preference(True, MailTiming.AT_ONCE, True),
        AlertKind.BELOW_BAND: Preference(True, MailTiming.DAILY, True),
        AlertKind.CHRONIC_ABSENCE: Preference(True, MailTiming.DAILY, True),
        AlertKind.ABSENCES_IN_A_ROW: Preference(True, MailTiming.DAILY, True),
        AlertKind.SESSIONS_WITHOUT_MARKS: Preference(True, MailTiming.DAILY, True),
    }
)


class Preferences:
    """The preferences of some accounts: what they set, else the default."""

    def __init__(self, rows: Collection[AlertPreference]) -> None:
        self._set = {
            (row.account_id, AlertKind(row.kind)): Preference(row.in_app, MailTiming(row.email), row.webhook)
            for row in rows
        }

    def of(self, account_id: int, kind: AlertKind) -> Preference:
        """What that account wants of that kind."""
        return self._set.get((account_id, kind), DEFAULTS[kind])


async def preferences_of(session: AsyncSession, account_ids: Collection[int]) -> Preferences:
    """The preferences of these accounts, in one statement."""
    rows = await session.scalars(select(AlertPreference).where(any_of(AlertPreference.account_id, account_ids)))
    return Preferences(rows.all())


async def set_preference(
    session: AsyncSession,
    viewer: Viewer,
    kind: AlertKind,
    *,
    in_app: bool | None = None,
    email: MailTiming | None = None,
    webhook: bool | None = None,
) -> Preference:
    """Changes what is given for the viewer's own account, and returns the whole. What was raised before stays."""
    if viewer.account_id is None:
        raise Refusal("only an account has preferences", (), ProblemCode.FORBIDDEN)
    present = (await preferences_of(session, [viewer.account_id])).of(viewer.account_id, kind)
    changed = Preference(
        present.in_app if in_app is None else in_app,
        present.email if email is None else email,
        present.webhook if webhook is None else webhook,
    )
    values = {"in_app": changed.in_app, "email": changed.email, "webhook": changed.webhook}
    written = insert(AlertPreference).values(account_id=viewer.account_id, kind=kind, **values)
    await session.execute(written.on_conflict_do_update(index_elements=["account_id", "kind"], set_=values))
    return changed
