"""CSV: by the csv module of Python, from the .zip of tables or from a folder within one."""

from datetime import date
from typing import Any, Final

from exporters import Column, Kind
from tests.exporters.reports.reading import Grid, Told
from tests.support.csv_files import read_tables

Lines = list[dict[str, str]]
Tables = dict[str, Lines]

_BELONGING: Final = ("kind", "subjectId", "subject", "school", "period", "periodFrom", "periodTo", "revision")
_OF_THE_FILE: Final = ("about", "reports", "figures", "policy", "notes", "columns")


def read(content: bytes) -> list[Told]:
    """The reports of a .zip of tables."""
    tables = read_tables(content)
    heads = {
        file: [line["column"] for line in tables["columns"] if line["file"] == f"{file}.csv"]
        for file in tables
        if file not in _OF_THE_FILE
    }
    return [_told(_of(line, tables), heads) for line in tables["reports"]]


def _of(report: dict[str, str], tables: Tables) -> Tables:
    """The lines of that report; the notes on the file as a whole belong to every one."""
    own = {
        file: [line for line in lines if all(line[key] == report[key] for key in _BELONGING)]
        for file, lines in tables.items()
        if file not in ("about", "columns")
    }
    return {**own, "notes": [line for line in tables["notes"] if line["kind"] == ""] + own["notes"]}


def _told(tables: Tables, heads: dict[str, list[str]]) -> Told:
    (report,) = tables["reports"]
    figures = {line["label"]: line["value"] for line in tables["figures"]}
    # the list of reports has them once more
    assert {line["key"]: line["value"] for line in tables["figures"]}.items() <= report.items()
    return Told(
        kind=report["kind"],
        subject_id=report["subjectId"],
        figures=figures,
        tables={file.split("-")[0]: _grid(heads[file], tables[file]) for file in heads if tables[file]},
        policy=[(line["rule"], line["value"]) for line in tables["policy"]],
        notes=" ".join(line["note"] for line in tables["notes"]),
    )


def _grid(heads: list[str], lines: Lines) -> Grid:
    own = heads[len(_BELONGING) :]
    return Grid(own, [[line[head] for head in own] for line in lines])


def heading(column: Column) -> str:
    return column.key


def agrees(told: str, value: Any, kind: Kind) -> bool:
    """Numbers to the last digit, days in ISO 8601, text as it is; nothing for what is not known."""
    if value is None:
        return told == ""
    if kind.numeric:
        return float(told) == value and (isinstance(value, float) or told.isdigit())
    return told == (value.isoformat() if isinstance(value, date) else value)
