"""What a resolver may use: the viewer and the services, made anew for every operation and every subscription event."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import strawberry
import structlog

from graphql_api.errors import UnauthenticatedError
from graphql_api.tokens import Claims
from jobs.bus import Bus
from jobs.queue import Queue
from models.database import Database
from models.settings import Settings
from resolvers.viewers import Viewer, viewer_by_id

if TYPE_CHECKING:
    from graphql_api.loaders import Loaders

SIGN_IN_AGAIN = "This sign-in has ended, or was never valid. Sign in again."


@dataclass(frozen=True, slots=True)
class Services:
    """What one process shares, built once where it starts: `queue` and `bus` of jobs/, `files` of models/files.py."""

    settings: Settings
    database: Database
    queue: Queue
    bus: Bus
    files: Any


@dataclass
class Context:
    """One operation: who asks and when. `now` is aware, UTC, and the same for every field of the operation."""

    services: Services
    viewer: Viewer
    now: datetime
    request_id: str
    claims: Claims | None = None
    refused_fields: set[str] = field(default_factory=set)
    _renewed: "Context | None" = None

    @property
    def database(self) -> Database:
        """Opens sessions."""
        return self.services.database

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

    @cached_property
    def loaders(self) -> "Loaders":
        """The dataloaders of this operation."""
        from graphql_api.loaders import Loaders

        return Loaders(self)

    async def renewed(self) -> "Context":
        """This context as of now, for one event of a subscription: fresh viewer, clock and loaders.

        A subscription calls it for every event before it decides whether the viewer may see that event; the event is
        then run with the same context. Raises UnauthenticatedError when the token has expired or the account is gone.
        """
        viewer = await current_viewer(self.services, self.viewer.user_id, self.claims, utc_now())
        self._renewed = replace(self, viewer=viewer, now=utc_now(), refused_fields=set(), _renewed=None)
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


async def current_viewer(services: Services, user_id: int, claims: Claims | None, now: datetime) -> Viewer:
    """The account as it is now. UnauthenticatedError: it is gone, or the token behind it is void or expired."""
    async with services.database.read() as session:
        viewer = await viewer_by_id(session, user_id)
    if viewer is None:
        raise UnauthenticatedError(SIGN_IN_AGAIN)
    if claims is not None:
        void = viewer.tokens_from is not None and claims.issued_at < viewer.tokens_from
        if void or now >= claims.expires_at:
            raise UnauthenticatedError(SIGN_IN_AGAIN)
    structlog.contextvars.bind_contextvars(viewer=viewer.user_id, role=viewer.role.value)
    return viewer
