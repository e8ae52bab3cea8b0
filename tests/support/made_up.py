"""A made-up college, read back from its files."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from resolvers.demo.files import COLUMNS

SCALE = 0.05
MARCH = date(2026, 3, 18)
AUGUST = date(2026, 8, 10)


Row = dict[str, str]


@dataclass(frozen=True)
class Bundle:
    """A bundle read back with the csv module."""

    folder: Path
    today: date
    rows: dict[str, list[Row]]

    def __getitem__(self, name: str) -> list[Row]:
        return self.rows[name]

    def by_id(self, name: str) -> dict[str, Row]:
        return {row["id"]: row for row in self.rows[name]}

    def marks_of(self) -> dict[str, list[Row]]:
        marks: dict[str, list[Row]] = defaultdict(list)
        for mark in self.rows["attendance"]:
            marks[mark["session_id"]].append(mark)
        return marks


def read(folder: Path, today: date) -> Bundle:
    rows = {}
    for name in COLUMNS:
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            rows[name] = list(csv.DictReader(stream, strict=True))
    return Bundle(folder, today, rows)
