"""Operations over WebSocket, by the protocol graphql-transport-ws: what is sent back, and how the socket is closed."""

import json
from collections.abc import Mapping
from typing import Any, Final

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.recorded.api import Api
from tests.recorded.documents import ROLES
from tests.recorded.keeping import Keeper

PROTOCOL: Final = Subprotocol("graphql-transport-ws")
WAIT: Final = 30.0
PROGRESS: Final = "subscription($run: ID!) { runProgress(id: $run) { id state total done } }"


def ask_over_sockets(api: Api, keeper: Keeper, values: Mapping[str, Any]) -> None:
    """A query and a subscription that ends, as each role; then sockets that are refused."""
    for role in ROLES:
        start = {"type": "connection_init", "payload": api.headers(role)}
        asked = [
            _subscribe("query", "{ viewer { id name role } }", {}),
            _subscribe("subscription", PROGRESS, {"run": values["run"]}),
            _subscribe("refused", "{ viewer { shoeSize } }", {}),
        ]
        keeper.keep("streams", f"socket.{role}", [_conversation(api, [start, one]) for one in asked])
    refused: dict[str, list[Any]] = {
        "no-token": [{"type": "connection_init"}],
        "bad-token": [{"type": "connection_init", "payload": {"Authorization": "Bearer nonsense"}}],
        "no-init": [_subscribe("1", "{ viewer { id } }", {})],
        "odd-type": [{"type": "odd"}],
        "no-object": [5],
    }
    for name, messages in refused.items():
        keeper.keep("streams", f"socket-{name}.NOBODY", _conversation(api, messages))


def _subscribe(identity: str, document: str, variables: dict[str, Any]) -> dict[str, Any]:
    return {"id": identity, "type": "subscribe", "payload": {"query": document, "variables": variables}}


def _conversation(api: Api, messages: list[Any]) -> list[Any]:
    """What comes back, up to the end of the operation or the close code."""
    address = api.product.base.replace("http", "ws", 1) + "/graphql"
    heard: list[Any] = []
    with connect(address, subprotocols=[PROTOCOL], proxy=None) as socket:
        try:
            for message in messages:
                socket.send(json.dumps(message))
                heard.append(json.loads(socket.recv(WAIT)))
            while heard[-1]["type"] not in {"complete", "error"}:
                heard.append(json.loads(socket.recv(WAIT)))
        except ConnectionClosed as closed:
            heard.append({"closed": closed.rcvd.code, "reason": closed.rcvd.reason} if closed.rcvd else None)
    return heard
