"""`record DIRECTORY`: serves a copy of the prepared data from a checkout, asks for everything and keeps the answers."""

import json
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.recorded.api import Api, opened
from tests.recorded.asking import ask_all, ask_in_order, ask_streams
from tests.recorded.commands import export_by_command, run_changing_commands, run_reading_commands
from tests.recorded.documents import operations
from tests.recorded.files import ask_for_files
from tests.recorded.keeping import Keeper, answered
from tests.recorded.odd_requests import ask_oddly
from tests.recorded.preparing import Manifest
from tests.recorded.product import Product, free_port, serving
from tests.recorded.sockets import ask_over_sockets

Say = Callable[[str], None]
Step = Callable[[], None]
FIRST_ALERT: Final = "{ alerts(last: 1) { nodes { id } } }"
STEPS_AT_ONCE: Final = 8


def record(tree: Path, module: str, prepared: Path, directory: Path, say: Say) -> Counter[str]:
    """Makes the directory; returns how many things of each sort are in it. Nothing keeps running."""
    directory.mkdir(parents=True)
    manifest = Manifest.of(prepared)
    keeper = Keeper(directory)
    began = datetime.now(UTC)
    with _copy(prepared / "data") as data:
        product = Product(tree, module, data, free_port())
        logs = directory / "logs"
        logs.mkdir()
        with serving(product, logs):
            api = opened(product, manifest.accounts)
            for role in manifest.accounts:
                api.token(role)
            first = api.data("ADMIN", FIRST_ALERT)["alerts"]["nodes"][0]["id"]
            values = manifest.values | {"firstAlert": first}
            for what, steps in _steps(api, keeper, values, manifest):
                say(f"{(datetime.now(UTC) - began).total_seconds():4.0f} s  {what}")
                _together(steps)
        counts = keeper.counts()
        about = {
            "began": began.isoformat(),
            "ended": datetime.now(UTC).isoformat(),
            "day": manifest.day,
            "commit": _commit(tree),
            "tree": str(tree),
            "data": str(data),
            "port": product.port,
            "counts": counts,
        }
    (directory / "about.json").write_text(json.dumps(about, indent=1))
    return counts


def _steps(
    api: Api, keeper: Keeper, values: dict[str, Any], manifest: Manifest
) -> Iterator[tuple[str, tuple[Step, ...]]]:
    """What a recording does, in its order; steps beside one another see nothing of each other."""
    emails = {role: email for role, (email, _) in manifest.accounts.items()}
    yield (
        "what only reads or is refused",
        (
            lambda: ask_all(api, keeper, operations("reads"), values),
            lambda: ask_all(api, keeper, operations("today"), values, sort="today"),
            lambda: ask_all(api, keeper, operations("refused"), values),
            lambda: ask_oddly(api, keeper, values),
            lambda: ask_streams(api, keeper, operations("streams"), values),
            lambda: ask_over_sockets(api, keeper, values),
            lambda: run_reading_commands(api.product, keeper, values, emails),
        ),
    )
    yield (
        "reports and files",
        (
            lambda: ask_for_files(api, keeper, values),
            lambda: ask_for_reports(api, keeper, manifest.reports),
            lambda: export_by_command(api.product, keeper, values),
        ),
    )
    yield "commands that change something", (lambda: run_changing_commands(api.product, keeper, values),)
    yield "changes", (lambda: ask_in_order(api, keeper, operations("changes"), values),)
    yield "what came of them", (lambda: ask_all(api, keeper, operations("after"), values),)


def _together(steps: Sequence[Step]) -> None:
    """Takes the steps beside one another. What one of them raises ends the recording, and with it the others."""
    pool = ThreadPoolExecutor(STEPS_AT_ONCE)
    try:
        for step in as_completed([pool.submit(step) for step in steps]):
            step.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # what is under way ends when the servers do


def ask_for_reports(api: Api, keeper: Keeper, ids: list[str]) -> None:
    """The whole content of every report, as ADMIN reads it."""
    [document] = [operation.document for operation in operations("reads") if operation.name == "report"]
    for identity in ids:
        keeper.keep("reports", identity, answered(api.post("ADMIN", document, {"id": identity})))


@contextmanager
def _copy(data: Path) -> Iterator[Path]:
    """A copy of a data directory that may be changed; it is removed in the end."""
    with tempfile.TemporaryDirectory(prefix="recorded-", ignore_cleanup_errors=True) as place:
        copy = Path(place) / "data"
        # cp keeps the owner, who is another user where PostgreSQL may not run as ours
        subprocess.run(["cp", "-a", str(data), str(copy)], check=True)
        shutil.rmtree(copy / "sockets", ignore_errors=True)
        yield copy


def _commit(tree: Path) -> str:
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=tree, capture_output=True, text=True, check=False
    )
    return told.stdout.strip()
