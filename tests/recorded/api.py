"""What a client of the product does: signs in, posts operations, reads streams, waits until work has ended."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from tests.recorded.product import Product

TIMEOUT: Final = 60.0
TRIES: Final = 10
SETTLE_SECONDS: Final = 120.0
FLYING: Final = {"QUEUED", "RUNNING"}
STATES: Final = """
query Settled($id: ID!) {
  node(id: $id) {
    ... on Run { state }
    ... on Export { state }
    ... on Delivery { state }
    ... on ScheduleSlot { slotState: state }
    ... on Schedule { slots(first: 1) { nodes { state } } }
  }
}
"""


@dataclass(slots=True)
class Api:
    """The web server of a product, with a token for each account that has signed in."""

    product: Product
    accounts: Mapping[str, tuple[str, str]]
    client: httpx.Client
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, role: str) -> str:
        """The access token of the account of that role."""
        if role not in self.tokens:
            email, password = self.accounts[role]
            answer = self.client.post("/auth/token", data={"username": email, "password": password})
            self.tokens[role] = str(answer.raise_for_status().json()["access_token"])
        return self.tokens[role]

    def headers(self, role: str | None) -> dict[str, str]:
        """The headers of a request as that role."""
        return {} if role is None else {"Authorization": f"Bearer {self.token(role)}"}

    def post(self, role: str | None, document: str, variables: Mapping[str, Any] | None = None) -> httpx.Response:
        """The answer to one operation; a query is asked again where the machine was too busy to answer it."""
        body = {"query": document} | ({"variables": dict(variables)} if variables else {})
        answer = self.client.post("/graphql", json=body, headers=self.headers(role))
        for _ in range(TRIES if document.lstrip().startswith(("{", "query")) else 0):
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(float(answer.headers.get("retry-after", 1)))
            answer = self.client.post("/graphql", json=body, headers=self.headers(role))
        return answer

    def data(self, role: str, document: str, variables: Mapping[str, Any] | None = None) -> Any:
        """The data of an operation that must succeed."""
        answer = self.post(role, document, variables).json()
        if "errors" in answer:
            raise RuntimeError(f"{role}: {answer['errors']}")
        return answer["data"]

    def settle(self, role: str, node: str) -> None:
        """Waits until a run, an export, a delivery or a slot has ended."""
        end = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < end:
            if not FLYING & set(_states(self.data(role, STATES, {"id": node}))):
                return
            time.sleep(0.1)
        raise RuntimeError(f"{node} did not end within {SETTLE_SECONDS:.0f} seconds.")

    def events(self, role: str, document: str, variables: Mapping[str, Any], most: int) -> dict[str, Any]:
        """The first events of a subscription over SSE, as they are sent."""
        body, headers = {"query": document, "variables": dict(variables)}, {"Accept": "text/event-stream"}
        with self.client.stream("POST", "/graphql", json=body, headers=self.headers(role) | headers) as answer:
            lines: list[str] = []
            for line in answer.iter_lines():
                if line and not line.startswith(":"):  # comments keep the connection open
                    lines.append(line)
                if sum(line.startswith("data:") for line in lines) >= most:
                    break
            return {"status": answer.status_code, "contentType": answer.headers["content-type"], "lines": lines}


def opened(product: Product, accounts: Mapping[str, tuple[str, str]]) -> Api:
    """The API of a product that serves."""
    return Api(product, accounts, httpx.Client(base_url=product.base, timeout=TIMEOUT, trust_env=False))


def _states(value: object) -> list[str]:
    text = json.dumps(value)
    return [state for state in FLYING if f'"{state}"' in text]
