"""`/graphql` over WebSocket: graphql-transport-ws only, signed in at connection_init, a fresh context per operation.

Frames the protocol does not know close the socket with 4400, a missing or bad sign-in with 4403.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import ConnectionInitMessage, Message
from strawberry.types.unset import UNSET, UnsetType
from strawberry.utils.aio import aclosing

from graphql_api.core.context import Context, Services
from graphql_api.core.errors import BadUserInputError, RateLimitedError, UserFacingError
from graphql_api.http.body import operation_of
from graphql_api.http.requests import request_id_of
from graphql_api.http.sign_in import signed_in_context
from graphql_api.operations.masking import error_entry
from graphql_api.operations.running import OperationSchema

INIT_SECONDS: Final = 5
MOST_OPERATIONS: Final = 20
LONGEST_ID: Final = 100
FULL: Final = f"A connection runs at most {MOST_OPERATIONS} operations at a time. Complete one first."


class Connection:
    """What lasts as long as the socket: the services, and the token it was opened with."""

    def __init__(self, services: Services, request_id: str, authorization: str | None) -> None:
        self.services = services
        self.request_id = request_id
        self.authorization = authorization
        self.connection_params: dict[str, Any] = {}

    async def context(self) -> Context:
        """A context for one operation. UnauthenticatedError: the token has expired or the account is gone."""
        given = self.connection_params.get("Authorization") or self.connection_params.get("authorization")
        header = given if isinstance(given, str) else self.authorization
        # when a server comes back, all who listened come at once: their sockets wait, and no request has to
        return await signed_in_context(self.services, header, self.request_id, patient=True)


class Handler(BaseGraphQLTransportWSHandler[Connection, None]):
    """Strawberry's handler, with the frames checked first and a context made for each operation."""

    async def handle_message(self, message: Message) -> None:
        """Acts on one frame."""
        problem = _problem(message)
        if problem:
            await self.handle_invalid_message(problem)
        elif message["type"] == "subscribe" and self.connection_acknowledged and self._is_full(message["id"]):
            error = _graphql_error(RateLimitedError(FULL), self.context.request_id)
            await self.send_message({"id": message["id"], "type": "error", "payload": [error.formatted]})
        else:
            await super().handle_message(message)

    def _is_full(self, operation_id: str) -> bool:
        return operation_id not in self.operations and len(self.operations) >= MOST_OPERATIONS

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Signs in; a payload of null counts as none."""
        if message.get("payload") is None:
            message = {"type": "connection_init"}
        await super().handle_connection_init(message)

    async def run_operation(self, operation: Operation[Connection, None]) -> None:
        """Runs one operation to its end; whatever goes wrong is an error message of that operation."""
        try:
            results = await self.schema.stream(
                operation.query,
                variable_values=operation.variables,
                context_value=await self.context.context(),
                operation_name=operation.operation_name,
            )
            async with aclosing(results):
                await self._send_result_stream(operation, results)
            await operation.send_operation_message({"id": operation.id, "type": "complete"})
        except WebSocketDisconnected:
            return
        except Exception as error:
            with suppress(WebSocketDisconnected):
                await operation.send_initial_errors([_graphql_error(error, self.context.request_id)])

    def _get_pre_execution_close_reason(self, error: GraphQLError) -> str | None:  # type: ignore[override]
        # A typing error in one operation is no reason to end the others.
        return None


class GraphQLSockets(GraphQL[Connection, None]):
    """The ASGI application behind the WebSocket route."""

    graphql_transport_ws_handler_class = Handler

    def __init__(self, schema: OperationSchema, services: Services) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=False,
            allowed_origins=services.settings.origins,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=INIT_SECONDS),
            max_subscriptions_per_connection=MOST_OPERATIONS,
        )
        self.services = services

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Connection:
        """The connection; contexts are made from it."""
        return Connection(self.services, request_id_of(request), request.headers.get("authorization"))

    async def on_ws_connect(self, context: Connection) -> UnsetType | dict[str, object] | None:
        """Refuses a connection without a valid token."""
        try:
            await context.context()
        except UserFacingError as error:
            raise ConnectionRejectionError from error
        return UNSET  # type: ignore[no-any-return]

    def decode_json(self, data: str | bytes) -> object:
        """A frame's content."""
        return orjson.loads(data)

    def encode_json(self, data: object) -> str:
        """A frame, as text."""
        return orjson.dumps(data).decode()


def _graphql_error(error: Exception, request_id: str) -> GraphQLError:
    _, entry = error_entry(error, request_id)
    return GraphQLError(entry["message"], extensions=entry["extensions"])


def _problem(message: object) -> str | None:
    """Why a frame is none of the protocol's, or None. Short: it becomes the reason of closing."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return "A message is an object with a type"
    kind, payload = message["type"], message.get("payload")
    if kind in {"subscribe", "complete"}:
        identity = message.get("id")
        if not isinstance(identity, str) or not 0 < len(identity) <= LONGEST_ID:
            return f"{kind} needs an id of 1 to {LONGEST_ID} characters"
    if kind == "subscribe":
        try:
            operation_of(payload)
        except BadUserInputError:
            return "subscribe needs a payload with a query, and variables that are an object"
    elif kind in {"connection_init", "ping", "pong"}:
        if not isinstance(payload, dict | None):
            return f"The payload of {kind} must be an object"
    elif kind != "complete":
        return "Unknown message type"
    return None
