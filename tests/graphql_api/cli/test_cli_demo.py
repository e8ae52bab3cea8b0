"""`rollcall demo` as a process: it answers, keeps its data, and whatever the moment, Ctrl-C leaves nothing running."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import httpx
import psutil
import pytest

from graphql_api.cli.running.demo_data import FIRST_REPORTS, PASSWORD
from models import Role
from models.embedded import Place
from tests.graphql_api.cli.conftest import HANGING_SECONDS, ROOT, environ_of_process

SCALE = "0.05"
SCHOOLS = "{ viewer { role } schools { nodes { id name trainees { totalCount } } } }"
DEPARTMENTS = "{ departments { nodes { reports { nodes { kind period { name } } } } } }"


@contextmanager
def demo(data: Path, port: int, **more: str) -> Iterator["subprocess.Popen[str]"]:
    """The demo in a session of its own, so that a signal to its group is what Ctrl-C is."""
    environ = {"ROLLCALL_DATA": str(data), "ROLLCALL_PORT": str(port), "ROLLCALL_DEMO_SCALE": SCALE, **more}
    removed = {name: value for name, value in environ_of_process().items() if not name.endswith("_URL")}
    with subprocess.Popen(
        [sys.executable, "-m", "graphql_api.cli", "demo"],
        cwd=ROOT,
        env=removed | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                process.communicate(timeout=HANGING_SECONDS)


def read_until(stream: IO[str] | None, text: str) -> list[str]:
    """The lines of the stream up to the one that has the text."""
    assert stream is not None
    lines = []
    for line in stream:
        lines.append(line.rstrip("\n"))
        if text in line:
            return lines
    raise AssertionError(f"{text!r} never came: {lines}")


def of_demo(process: "subprocess.Popen[str]", data: Path) -> list[psutil.Process]:
    """Everything that runs for it: itself, what it started, and the servers."""
    own = psutil.Process(process.pid)
    place = Place(data)
    servers = [
        psutil.Process(int(file.read_text().split("\n", 1)[0]))
        for file in (place.postgres / "postmaster.pid", place.redis / "redis.pid")
        if file.exists()
    ]
    return [own, *own.children(recursive=True), *servers]


def stop(process: "subprocess.Popen[str]", data: Path) -> str:
    """Ctrl-C: it ends well, and nothing of it is left. Returns what it said since."""
    running = of_demo(process, data)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=HANGING_SECONDS)
    assert (process.returncode, said.splitlines()[-1]) == (0, "Stopped; nothing is left running.")
    assert [each for each in running if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []
    return said


@contextmanager
def signed_in(port: int, email: str) -> Iterator[httpx.Client]:
    """A client that uses the demo as that account."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=HANGING_SECONDS) as client:
        answer = client.post("/auth/token", data={"username": email, "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"
        yield client


def ask(client: httpx.Client, query: str) -> Any:
    answer = client.post("/graphql", json={"query": query}).raise_for_status().json()
    assert "errors" not in answer
    return answer["data"]


def test_it_answers_keeps_its_data_and_stops(data_directory: Path, port: int) -> None:
    with demo(data_directory, port) as process:
        table = read_until(process.stdout, "Ctrl-C stops everything.")
        accounts = {line.split()[0]: line.split() for line in table if PASSWORD in line}
        assert [table[1], list(accounts)] == [f"Rollcall answers on http://127.0.0.1:{port}", list(Role)]
        with signed_in(port, accounts[Role.ADMIN][1]) as admin, signed_in(port, accounts[Role.PRINCIPAL][1]) as one:
            data = ask(admin, SCHOOLS)
            assert data["viewer"] == {"role": "ADMIN"}
            assert [node["name"] for node in data["schools"]["nodes"]] == ["Harbour Institute", "Northgate College"]
            assert [node["name"] for node in ask(one, SCHOOLS)["schools"]["nodes"]] == ["Northgate College"]
            for _ in FIRST_REPORTS:  # by the worker beside it
                read_until(process.stderr, "job_succeeded")
            listed = [node["reports"]["nodes"] for node in ask(admin, DEPARTMENTS)["departments"]["nodes"]]
            # the Monday post may have been quicker: its reports are of a week
            of_months = [[one["kind"] for one in reports if "-W" not in one["period"]["name"]] for reports in listed]
            assert of_months == [["DEPARTMENT"]] * 7
        stop(process, data_directory)

    with demo(data_directory, port) as process:
        read_until(process.stdout, "Ctrl-C stops everything.")
        with signed_in(port, accounts[Role.ADMIN][1]) as admin:
            assert ask(admin, SCHOOLS) == data
        stop(process, data_directory)


def test_one_of_two_on_the_same_data_leaves_the_servers_to_the_other(
    data_directory: Path, port: int, another_port: int
) -> None:
    with demo(data_directory, port) as first:
        assert read_until(first.stderr, "Making the tables.")[0] == "Starting PostgreSQL and Redis."
        read_until(first.stdout, "Ctrl-C stops everything.")
        with demo(data_directory, another_port) as second:
            read_until(second.stdout, "Ctrl-C stops everything.")
            os.killpg(second.pid, signal.SIGINT)
            _, said = second.communicate(timeout=HANGING_SECONDS)
        assert second.returncode == 0
        assert [line for line in said.splitlines() if line.startswith(("Starting", "The data", "Stopped"))] == [
            f"The data in {data_directory} is kept.",
            f"Stopped; PostgreSQL and Redis run on for another process that uses {data_directory}.",
        ]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=HANGING_SECONDS) as client:
            assert client.get("/readyz").status_code == 200
        stop(first, data_directory)


@pytest.mark.parametrize("moment", ["Making the tables", "Making up a college", "Loading it"])
def test_ctrl_c_while_it_loads_leaves_nothing(moment: str, data_directory: Path, port: int, tmp_path: Path) -> None:
    with demo(data_directory, port, TMPDIR=str(tmp_path)) as process:
        read_until(process.stderr, moment)
        stop(process, data_directory)
    assert list(tmp_path.iterdir()) == []


def test_killed_it_takes_its_worker_and_its_servers_along(data_directory: Path, port: int) -> None:
    with demo(data_directory, port) as process:
        read_until(process.stdout, "Ctrl-C stops everything.")
        read_until(process.stderr, "worker_started")
        running = of_demo(process, data_directory)
        process.kill()
        process.communicate()
        _, alive = psutil.wait_procs(running, timeout=HANGING_SECONDS)
    assert alive == []


def test_an_address_in_use_is_said_before_anything_is_started(data_directory: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with demo(data_directory, port) as process:
            out, err = process.communicate(timeout=HANGING_SECONDS)
    assert (process.returncode, out) == (1, "")
    assert err == (
        f"Cannot listen on 127.0.0.1 port {port}: Address already in use."
        " Stop what runs there, or set ROLLCALL_PORT or ROLLCALL_HOST.\n"
    )
    assert list(data_directory.iterdir()) == []
