"""A client in a process of its own: `python -m benchmarks.client PORT SECONDS CONNECTIONS`, the request on its input.

As thin as can be, so that what is measured is the server: each connection is a thread that sends the same bytes over
one kept-alive socket and waits for the whole answer. Prints the seconds of each request as JSON, those
of the warm-up apart.
"""

import socket
import sys
import threading
from time import perf_counter
from typing import Final

import orjson

WARM_UP: Final = 0.3
END_OF_HEAD: Final = b"\r\n\r\n"


def main() -> None:
    """Sends for so long over so many connections."""
    port, seconds, connections = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    request = sys.stdin.buffer.read()
    warming: list[list[float]] = [[] for _ in range(connections)]
    latencies: list[list[float]] = [[] for _ in range(connections)]
    begin = threading.Barrier(connections)
    threads = [
        threading.Thread(target=_send, args=(port, request, seconds, begin, *each))
        for each in zip(warming, latencies, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stdout.buffer.write(orjson.dumps([[each for own in kind for each in own] for kind in (warming, latencies)]))


def _send(
    port: int, request: bytes, seconds: float, begin: threading.Barrier, warming: list[float], latencies: list[float]
) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        begin.wait()
        warm, until = perf_counter() + WARM_UP, perf_counter() + WARM_UP + seconds
        while (begun := perf_counter()) < until:
            exchange(connection, request)
            (warming if begun < warm else latencies).append(perf_counter() - begun)


def exchange(connection: socket.socket, request: bytes) -> bytes:
    """Sends one request; the body of its answer. ValueError: that was not 200."""
    connection.sendall(request)
    answer = b""
    while END_OF_HEAD not in answer:
        answer += _received(connection)
    head, _, body = answer.partition(END_OF_HEAD)
    if not head.startswith(b"HTTP/1.1 200 "):
        raise ValueError(answer)
    names = (line.partition(b":") for line in head.split(b"\r\n"))
    length = next(int(value) for name, _, value in names if name.lower() == b"content-length")
    parts, got = [body], len(body)
    while got < length:
        part = _received(connection)
        parts.append(part)
        got += len(part)
    return b"".join(parts)


def _received(connection: socket.socket) -> bytes:
    if part := connection.recv(262_144):
        return part
    raise ConnectionError("the server closed the connection")


if __name__ == "__main__":
    main()
