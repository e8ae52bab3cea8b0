"""What a resolver may use: the viewer and the services, made anew for every operation and every subscription event."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import strawberry
import structlog

from graphql_api.core.claims import Claims
from graphql_api.core.errors import UnauthenticatedError
from jobs.alerts.feed import AlertFeed
from jobs.queue.adding import Queue
from jobs.queue.bus import Bus
from models.database import Database, PatientDatabase
from models.settings import Settings
from resolvers.access.viewers import Viewer, viewer_by_id
from resolvers.core.problems import Refusal

if TYPE_CHECKING:
    from graphql_api.observing.measures import Measures
    from graphql_api.observing.traces import Spans

# of the ten connections of a process, so that events leave some to requests
EVENTS_AT_ONCE = 6
# fields that are answered together take turns, so that one operation leaves connections to others
CONNECTIONS_PER_OPERATION = 3
SIGN_IN_AGAIN = "This sign-in has ended, or was never valid. Sign in again."


@dataclass(frozen=True, slots=True)
class Services:
    """What one process shares, built once where it starts: `queue` and `bus` of jobs/, `files` of models/files.

    `measures` and `spans` are None where nobody reads them.
    """

    settings: Settings
    database: Database
    queue: Queue
    bus: Bus
    files: Any
    measures: "Measures | None" = None
    spans: "Spans | None" = None
    alerts: AlertFeed = field(init=False)
    events: PatientDatabase = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "alerts", AlertFeed(self.database, self.bus))
        object.__setattr__(self, "events", PatientDatabase(self.database, EVENTS_AT_ONCE))


@dataclass
class Context:
    """One operation: who asks and when. `now` is aware, UTC, and the same for every field of the operation."""

    services: Services
    viewer: Viewer
    now: datetime
    request_id: str
    claims: Claims | None = None
    refused_fields: set[str] = field(default_factory=set)
    # what its fields load together, by declaration (core/loaders.py)
    loaders: dict[Any, Any] = field(default_factory=dict)
    # by place in the operation: the metrics selected below a field, and why a field cannot be answered
    chosen: dict[tuple[int, ...], frozenset[str]] = field(default_factory=dict)
    refused: dict[tuple[int, ...], Refusal] = field(default_factory=dict)
    # of an event of a subscription, which nobody can ask for again
    patient: bool = False
    _renewed: "Context | None" = None

    @cached_property
    def database(self) -> PatientDatabase:
        """Opens sessions, a few at a time for the whole operation; while one is open, nothing else is waited for.

        For an event of a subscription when its turn comes, however long that takes.
        """
        at_once = min(CONNECTIONS_PER_OPERATION, self.settings.pool_size)
        return PatientDatabase(self.services.events if self.patient else self.services.database, at_once)

    @property
    def settings(self) -> Settings:
        """What the operator set."""
        return self.services.settings

    @property
    def queue(self) -> Queue:
        """Takes work for later."""
        return self.services.queue

    @property
    def bus(self) -> Bus:
        """Tells listeners what has become ready."""
        return self.services.bus

    @property
    def files(self) -> Any:
        """Keeps exported files."""
        return self.services.files

    def forget(self) -> None:
        """Lets go of what was loaded: after a change, what was read before is not true any more."""
        self.loaders.clear()
        self.chosen.clear()
        self.refused.clear()

    async def renewed(self) -> "Context":
        """This context as of now, for one event of a subscription: fresh viewer, clock and loaders.

        A subscription calls it for every event before it decides whether the viewer may see that event; the event is
        then run with the same context. Raises UnauthenticatedError when the token has expired or the account is gone.
        """
        async with self.services.events.read() as session:
            viewer = await viewer_by_id(session, self.viewer.user_id)
        return self.renewed_as(viewer)

    def renewed_as(self, viewer: Viewer | None) -> "Context":
        """The same where the account has just been read, together with those of others; None: it is gone."""
        now = utc_now()
        viewer = signed_in(viewer, self.claims, now)
        self._renewed = Context(self.services, viewer, now, self.request_id, self.claims, patient=True)
        return self._renewed

    async def for_event(self) -> "Context":
        """The context an event is run with: the one just renewed, else a renewed one."""
        fresh, self._renewed = self._renewed, None
        if fresh is None:
            fresh = await self.renewed()
            self._renewed = None
        return fresh


Info = strawberry.Info[Context, None]


def utc_now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


async def current_viewer(
    services: Services, user_id: int, claims: Claims | None, now: datetime, *, patient: bool = False
) -> Viewer:
    """The account as it is now. UnauthenticatedError: it is gone, or the token behind it is void or expired.

    `patient`: who asks rather waits than be told that Rollcall is busy.
    """
    async with (services.events if patient else services.database).read() as session:
        viewer = await viewer_by_id(session, user_id)
    return signed_in(viewer, claims, now)


def signed_in(viewer: Viewer | None, claims: Claims | None, now: datetime) -> Viewer:
    """That account, if it may ask. UnauthenticatedError: it is gone, or the token behind it is void or expired."""
    if viewer is None:
        raise UnauthenticatedError(SIGN_IN_AGAIN)
    if claims is not None:
        void = viewer.tokens_from is not None and claims.issued_at < viewer.tokens_from
        if void or now >= claims.expires_at:
            raise UnauthenticatedError(SIGN_IN_AGAIN)
    structlog.contextvars.bind_contextvars(viewer=viewer.user_id, role=viewer.role.value)
    return viewer
