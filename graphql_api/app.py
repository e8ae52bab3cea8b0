"""The composition of the web application: every address, and what stands behind it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from graphql_api.core.context import Services
from graphql_api.core.errors import UserFacingError
from graphql_api.core.version import program_version
from graphql_api.exports.downloads import downloads_route
from graphql_api.http.endpoint import graphql_endpoint
from graphql_api.http.health import healthz, readyz
from graphql_api.http.measures import measures_routes
from graphql_api.http.origins import other_origins
from graphql_api.http.pages import BuiltFiles, built_page, icon, landing_page
from graphql_api.http.refusals import refuse, refuse_http
from graphql_api.http.requests import RequestLog
from graphql_api.http.sign_in import SignIn
from graphql_api.http.sub_path import SubPath
from graphql_api.http.websocket import GraphQLSockets
from graphql_api.observing.statements import observe_statements
from graphql_api.operations.running import OperationSchema
from graphql_api.published.routes import published_routes
from jobs.queue.adding import Queue
from jobs.queue.bus import Bus
from models.database import Database
from models.settings import Settings

if TYPE_CHECKING:
    from graphql_api.observing.measures import Measures
    from graphql_api.observing.traces import Spans


def create_app(
    settings: Settings,
    database: Database,
    queue: Queue,
    bus: Bus,
    files: Any,
    *,
    schema: OperationSchema | None = None,
    routes: Sequence[BaseRoute] = (),
    spans: "Spans | None" = None,
) -> Starlette:
    """The application on those services, which stay the caller's to close. `routes` are further addresses.

    `spans` makes traces of operations.
    """
    if schema is None:
        from graphql_api.schema import build_schema

        schema = build_schema()
    measures = _measures(settings, database)
    observe_statements(database.engine, settings.slow_seconds, measures.statement_took if measures else None)
    services = Services(settings, database, queue, bus, files, measures, spans)
    app = Starlette(
        routes=[
            Route("/graphql", graphql_endpoint(schema, services), methods=["GET", "POST"]),
            WebSocketRoute("/graphql", GraphQLSockets(schema, services)),
            Route("/auth/token", SignIn(services).answer, methods=["POST"]),
            Route("/", landing_page(settings)),
            Route("/graphiql", built_page("index.html", settings)),
            Route("/open/{id}", built_page("open.html", settings)),
            Route("/icon.svg", icon),
            Route("/favicon.ico", icon),
            Mount("/graphiql/assets", BuiltFiles()),
            Route("/healthz", healthz),
            Route("/readyz", readyz(services)),
            *measures_routes(services),
            *published_routes(),
            downloads_route(services),
            *routes,
        ],
        # first what others look at; the next one is early so that a page of another origin can read every answer, also
        # that of an unexpected error
        middleware=[
            Middleware(SubPath, settings.sub_path),
            other_origins(settings),
            Middleware(RequestLog),
        ],
        exception_handlers={UserFacingError: refuse, HTTPException: refuse_http},
    )
    app.router.redirect_slashes = False
    return app


def _measures(settings: Settings, database: Database) -> "Measures | None":
    if settings.metrics_token is None:
        return None
    from graphql_api.observing.measures import Measures

    measures = Measures(program_version())
    measures.watch_pool(database.engine)
    return measures
