"""`prepare DIR`: the one source of all recordings. The demo's college, reports of all kinds, nothing due.

DIR/data is the data directory, stopped; DIR/manifest.json says which accounts, ids and periods recordings use.
"""

import json
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from tests.recorded.api import Api, opened
from tests.recorded.product import Product, await_answer, free_port, postgres_gone_after, process

KINDS: Final = ("SCHOOL", "DEPARTMENT", "PROGRAMME", "CLASS_GROUP", "COURSE", "TRAINER", "TRAINEE")
ACCOUNT: Final = re.compile(r"^([A-Z_]{5,})\s+(\S+@\S+)\s+(\S+)\s*$", re.MULTILINE)
SETTLED: Final = """
{ schedules { nodes { id slots { nodes { state } } } } alertRules { nodes { id checkedAt } } exports { nodes { state } }
  reports(filter: {latestOnly: false}) { totalCount } }
"""
GENERATE: Final = "mutation($input: ReportsGenerateInput!) { reportsGenerate(input: $input) { run { id } } }"
VIEWER: Final = "{ viewer { id subjects { __typename id } } }"
SETTLE_SECONDS: Final = 180


@dataclass(frozen=True, slots=True)
class Manifest:
    """What recordings of a prepared data directory use."""

    day: str
    accounts: dict[str, tuple[str, str]]
    values: dict[str, Any]
    reports: list[str]

    @classmethod
    def of(cls, prepared: Path) -> "Manifest":
        """The manifest in a prepared directory."""
        read = json.loads((prepared / "manifest.json").read_text())
        accounts = {role: (email, password) for role, (email, password) in read["accounts"].items()}
        return cls(read["day"], accounts, read["values"], read["reports"])


def prepare(tree: Path, module: str, directory: Path) -> Manifest:
    """Makes the data directory by the commands of that checkout, and stops everything."""
    directory.mkdir(parents=True)
    product = Product(tree, module, directory / "data", free_port())
    today = date.today()  # noqa: DTZ011 - the day only chooses which months there are
    with demo(product, directory / "demo.log") as accounts:
        api = opened(product, accounts)
        hold_still(api)
        month = (today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
        generate(api, KINDS, {"month": month})
        generate(api, KINDS[:4], {"named": "LAST_WEEK"})
        manifest = Manifest(today.isoformat(), accounts, values(api, month), reports(api))
    text = json.dumps(
        {name: getattr(manifest, name) for name in ("day", "accounts", "values", "reports")},
        indent=2,
        ensure_ascii=False,
    )
    (directory / "manifest.json").write_text(text)
    return manifest


@contextmanager
def demo(product: Product, log: Path) -> Iterator[dict[str, tuple[str, str]]]:
    """`rollcall demo` for as long as the block lasts: the accounts that it prints, by role."""
    with postgres_gone_after(product), process(product, log, "demo") as running:
        yield _accounts(product, running, log)


def _accounts(product: Product, running: "subprocess.Popen[bytes]", log: Path) -> dict[str, tuple[str, str]]:
    end = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < end and running.poll() is None:
        if "signed in as one of them" in (text := log.read_text()):
            await_answer(product, running)
            return {role: (email, password) for role, email, password in ACCOUNT.findall(text)}
        time.sleep(0.5)
    raise RuntimeError(f"The demo did not start; see {log}.")


def hold_still(api: Api) -> None:
    """Waits for the demo's first work, then pauses all that would fall due by the clock."""
    end = time.monotonic() + SETTLE_SECONDS
    while not _settled(state := api.data("ADMIN", SETTLED)):
        if time.monotonic() > end:
            raise RuntimeError(f"The demo's work did not end: {state}")
        time.sleep(0.5)
    for name, field in (("schedules", "schedulePause"), ("alertRules", "alertRulePause")):
        document = f"mutation($id: ID!) {{ {field}(input: {{id: $id}}) {{ userErrors {{ message }} }} }}"
        for node in state[name]["nodes"]:
            api.data("ADMIN", document, {"id": node["id"]})


def _settled(state: dict[str, Any]) -> bool:
    slots = [slot["state"] for schedule in state["schedules"]["nodes"] for slot in schedule["slots"]["nodes"]]
    checked = [rule["checkedAt"] for rule in state["alertRules"]["nodes"]]
    return bool(slots) and not {"QUEUED", "RUNNING"} & set(slots) and all(checked)


def generate(api: Api, kinds: Sequence[str], period: dict[str, str]) -> None:
    """Has the worker make the reports of all subjects of those kinds."""
    for kind in kinds:
        run = api.data("ADMIN", GENERATE, {"input": {"kind": kind, "period": period}})["reportsGenerate"]["run"]["id"]
        api.settle("ADMIN", run)


def reports(api: Api) -> list[str]:
    """The ids of all reports."""
    document = (
        "query($after: String) { reports(filter: {latestOnly: false}, first: 500, after: $after)"
        " { nodes { id } pageInfo { hasNextPage endCursor } } }"
    )
    ids: list[str] = []
    after = None
    while True:
        page = api.data("ADMIN", document, {"after": after})["reports"]
        ids += [node["id"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return ids
        after = page["pageInfo"]["endCursor"]


def values(api: Api, month: str) -> dict[str, Any]:
    """What the variables of operations stand for: subjects on the line from the principal's school to the trainee."""
    line = dict(_own_subjects(api))
    found = api.data("ADMIN", LINE, {"trainee": line["trainee"], "trainer": line["trainer"], "school": line["school"]})
    week = date.fromisoformat(f"{month}-12").strftime("%G-W%V")
    schools = [node["id"] for node in found["schools"]["nodes"] if node["id"] != line["school"]]
    subjects = line | {
        "classGroup": found["trainee"]["classGroups"]["nodes"][0]["id"],
        "course": found["trainer"]["courses"]["nodes"][0]["id"],
    }
    return subjects | {
        **{f"{name}Report": _report_of(api, subject) for name, subject in subjects.items()},
        "otherSchool": schools[0],
        "otherSchoolReport": _report_of(api, schools[0]),
        "otherTrainee": found["trainees"]["nodes"][0]["id"],
        "schoolSource": found["school"]["sourceId"],
        "traineeSource": found["trainee"]["sourceId"],
        "term": found["school"]["terms"][0]["id"],
        "month": month,
        "week": week,
        "from": f"{month}-03",
        "to": f"{month}-19",
        "schedule": found["schedules"]["nodes"][0]["id"],
        "rule": found["alertRules"]["nodes"][0]["id"],
        "slot": found["schedules"]["nodes"][0]["slots"]["nodes"][0]["id"],
        "run": found["schedules"]["nodes"][0]["slots"]["nodes"][0]["run"]["id"],
        "adminUser": api.data("ADMIN", VIEWER)["viewer"]["id"],
        "principalUser": api.data("PRINCIPAL", VIEWER)["viewer"]["id"],
        "unknownTrainee": "VHJhaW5lZTo5OTk5OTk",
        "unknownReport": "U2Nob29sUmVwb3J0Ojk5OTk5OQ",
        "nonsense": "nonsense",
    }


LINE: Final = """
query Line($trainee: ID!, $trainer: ID!, $school: ID!) {
  trainee(id: $trainee) { sourceId classGroups { nodes { id } } }
  trainer(id: $trainer) { courses { nodes { id } } }
  school(id: $school) { sourceId terms { id } }
  schools { nodes { id } }
  trainees(first: 1) { nodes { id } }
  schedules { nodes { id slots { nodes { id run { id } } } } }
  alertRules { nodes { id } }
}
"""


def _own_subjects(api: Api) -> Iterator[tuple[str, str]]:
    """The subject that each role below ADMIN is tied to."""
    wanted = {
        "PRINCIPAL": "School",
        "DEPARTMENT_HEAD": "Department",
        "PROGRAMME_COORDINATOR": "Programme",
        "TRAINER": "Trainer",
        "TRAINEE": "Trainee",
    }
    for role, kind in wanted.items():
        subjects = api.data(role, VIEWER)["viewer"]["subjects"]
        yield kind.lower(), next(subject["id"] for subject in subjects if subject["__typename"] == kind)


def _report_of(api: Api, subject: str) -> str:
    """The oldest report of a subject: that of the month."""
    document = "query($s: [ID!]) { reports(filter: {subjects: $s}, last: 1) { nodes { id } } }"
    identity: str = api.data("ADMIN", document, {"s": [subject]})["reports"]["nodes"][0]["id"]
    return identity
