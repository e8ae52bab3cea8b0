"""Storage that speaks S3, on a loopback port: moto's, over real HTTP. It can be told to fail."""

import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from models.settings import Bucket


@dataclass
class Storage:
    """The server, and what is in it."""

    endpoint: str = ""
    faults: list["_Fault"] = field(default_factory=list)
    _client: httpx.Client = field(default_factory=lambda: httpx.Client(verify=False))
    _asked: list[dict[str, Any]] = field(default_factory=list)
    # it keeps what it has in memory, in dictionaries of its own
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def new_bucket(self, prefix: str | None = "rollcall/exports") -> Bucket:
        """An empty bucket, and an access key to it."""
        name = f"bucket-{uuid4().hex}"
        assert self._client.put(f"{self.endpoint}/{name}").status_code == 200
        return Bucket(name, prefix, self.endpoint, "us-east-1", "the-key", "hush")

    def keys(self, bucket: Bucket) -> list[str]:
        """The names of all objects, with the prefix."""
        return re.findall("<Key>(.*?)</Key>", self._listed(bucket, "list-type=2"))

    def uploads(self, bucket: Bucket) -> list[str]:
        """The names of objects that have begun to arrive in parts, and are not there yet."""
        return re.findall("<Key>(.*?)</Key>", self._listed(bucket, "uploads"))

    def put(self, bucket: Bucket, name: str, content: bytes) -> None:
        """An object of somebody else."""
        assert self._client.put(f"{self.endpoint}/{bucket.name}/{name}", content=content).status_code == 200

    def close(self) -> None:
        """Closes the connections of the tests themselves."""
        self._client.close()

    def _listed(self, bucket: Bucket, query: str) -> str:
        return self._client.get(f"{self.endpoint}/{bucket.name}?{query}").raise_for_status().text

    @contextmanager
    def failing(
        self, method: str, address: str, status: str, *, times: int = 1_000, late: bool = False
    ) -> Iterator[None]:
        """Within it, requests of that method with `address` in their address get that status and do nothing.

        `late`: they do what they are to do, and get the status all the same. `times`: only so many of them.
        """
        fault = _Fault(method, address, status, times, late)
        self.faults.append(fault)
        try:
            yield
        finally:
            self.faults.remove(fault)

    @contextmanager
    def watched(self, header: str | None = None) -> Iterator[list[str]]:
        """The methods of the requests within it, or what a header of each of them says."""
        name = f"HTTP_{header.upper().replace('-', '_')}" if header else "REQUEST_METHOD"
        seen = len(self._asked)
        found: list[str] = []
        yield found
        found.extend(environ.get(name, "") for environ in self._asked[seen:])

    def around(self, app: Any) -> Any:
        """The application that answers, with the faults before it."""

        def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            self._asked.append(environ)
            asked = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"
            for fault in self.faults:
                if fault.left and environ["REQUEST_METHOD"] == fault.method and fault.address in asked:
                    fault.left -= 1
                    if fault.late:
                        with self._turn:
                            list(app(environ, lambda *_: None))
                    else:
                        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                    start_response(fault.status, [("Content-Length", "0"), ("ETag", '"none"')])
                    return [b""]
            with self._turn:
                return list(app(environ, start_response))

        return answer


@dataclass(eq=False)
class _Fault:
    method: str
    address: str
    status: str
    left: int
    late: bool


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing."""


@contextmanager
def serving() -> Iterator[Storage]:
    """The server, for as long as the block."""
    storage = Storage()
    app = storage.around(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    storage.endpoint = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield storage
    finally:
        storage.close()
        server.shutdown()
        thread.join()
        server.server_close()
