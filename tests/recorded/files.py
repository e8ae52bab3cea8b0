"""Files of reports: asked for over the API, made by the worker, fetched by their links, kept byte by byte."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from tests.recorded.api import Api
from tests.recorded.keeping import Keeper, answered
from tests.recorded.product import URL

FORMATS: Final = ("PDF", "XLSX", "CSV", "JSON")
KINDS: Final = ("school", "department", "programme", "classGroup", "course", "trainer", "trainee")
LOCALES: Final = ("ar", "de", "fr-FR", "hi", "en-US")
REQUEST: Final = """
mutation File($input: ExportRequestInput!) {
  exportRequest(input: $input) { export { id } notice userErrors { field message code } }
}
"""
EXPORT: Final = """
query Export($id: ID!) {
  export(id: $id) {
    id state format reportCount done matching limit notice fileName mediaType byteSize sha256 error
    requestedAt finishedAt expiresAt downloadUrl
    options { layout paper locale byteOrderMark table }
    report { id }
  }
}
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A file to ask for: as whom, and the input of exportRequest."""

    name: str
    role: str
    input: dict[str, Any]


def ask_for_files(api: Api, keeper: Keeper, values: Mapping[str, Any]) -> None:
    """Asks for every file and keeps it, or why there is none; one after the other, so that ids are the same."""
    for number, case in enumerate(cases(values)):
        answer = answered(api.post(case.role, REQUEST, {"input": case.input}))
        keeper.keep("operations", f"file-{case.name}.{case.role}", answer)
        export = (answer["body"].get("data") or {}).get("exportRequest", {}).get("export")
        if export is not None:
            api.settle(case.role, export["id"])
            _fetch(api, keeper, case, export["id"], parts=number % 20 == 0)


def _fetch(api: Api, keeper: Keeper, case: Case, identity: str, *, parts: bool) -> None:
    made = answered(api.post(case.role, EXPORT, {"id": identity}))
    keeper.keep("exports", f"{case.name}.{case.role}", made)
    export = made["body"]["data"]["export"]
    if export["downloadUrl"] is None:
        return
    address = str(export["downloadUrl"]).removeprefix(URL)
    file = api.client.get(address)
    answer = {"status": file.status_code, "headers": dict(sorted(file.headers.items()))}
    keeper.keep("exports", f"{case.name}.{case.role}.download", answer)
    suffix = str(export["fileName"]).rpartition(".")[2]
    keeper.keep_bytes("files", f"{case.name}.{case.role}.{suffix}", file.content)
    if parts:
        for what, headers in {"part": {"Range": "bytes=0-7"}, "beyond": {"Range": "bytes=99999999-"}}.items():
            part = api.client.get(address, headers=headers)
            shown = {"status": part.status_code, "range": part.headers.get("content-range", "").split("/")[0]}
            keeper.keep("exports", f"{case.name}.{case.role}.{what}", shown)
        keeper.keep("exports", f"{case.name}.{case.role}.head", {"status": api.client.head(address).status_code})


def cases(values: Mapping[str, Any]) -> Iterator[Case]:
    """Every file: single ones of all kinds, many together and separate, other languages and options, other readers."""
    for format_, kind in product(FORMATS, KINDS):
        yield Case(f"{kind}-{format_}", "ADMIN", {"format": format_, "report": values[f"{kind}Report"]})
    for format_, layout in product(FORMATS, ("TOGETHER", "SEPARATE")):
        many = [values[f"{kind}Report"] for kind in ("school", "classGroup", "trainee", "trainer")]
        yield Case(
            f"many-{format_}-{layout}", "ADMIN", {"format": format_, "reports": many, "options": {"layout": layout}}
        )
    for format_, locale in product(FORMATS[:3], LOCALES):
        report = values["classGroupReport" if format_ == "PDF" else "traineeReport"]
        options = {"locale": locale}
        yield Case(f"{locale}-{format_}", "PRINCIPAL", {"format": format_, "report": report, "options": options})
    for format_ in FORMATS:
        chosen = {"kinds": ["PROGRAMME"], "latestOnly": True}
        order = {"field": "ATTENDANCE_RATE", "descending": False}
        yield Case(f"filtered-{format_}", "PRINCIPAL", {"format": format_, "filter": chosen, "orderBy": order})
    yield from _options(values)
    readers = {
        "PRINCIPAL": "school",
        "DEPARTMENT_HEAD": "department",
        "PROGRAMME_COORDINATOR": "programme",
        "TRAINER": "trainer",
        "TRAINEE": "trainee",
        "SERVICE": "school",
    }
    for (role, kind), format_ in product(readers.items(), FORMATS):
        yield Case(f"own-{kind}-{format_}", role, {"format": format_, "report": values[f"{kind}Report"]})
    for role in ("TRAINER", "TRAINEE"):
        yield Case("not-mine", role, {"format": "PDF", "report": values["otherSchoolReport"]})
    yield Case("all-trainees", "ADMIN", {"format": "JSON", "filter": {"kinds": ["TRAINEE"]}})
    yield Case("all-trainees", "DEPARTMENT_HEAD", {"format": "CSV", "filter": {"kinds": ["TRAINEE"]}})


def _options(values: Mapping[str, Any]) -> Iterator[Case]:
    report = values["courseReport"]
    for name, format_, options in (
        ("letter", "PDF", {"paper": "LETTER"}),
        ("letter", "XLSX", {"paper": "LETTER"}),
        ("reports-table", "CSV", {"table": "reports"}),
        ("trend-table", "CSV", {"table": "trend"}),
        ("missing-table", "CSV", {"table": "shoes"}),
        ("byte-order-mark", "CSV", {"byteOrderMark": True}),
        ("byte-order-mark-table", "CSV", {"byteOrderMark": True, "table": "breakdown"}),
    ):
        yield Case(f"{name}-{format_}", "ADMIN", {"format": format_, "report": report, "options": options})
