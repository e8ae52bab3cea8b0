"""Source bundles as plain rows of text, and as folders of CSV files."""

import csv
from pathlib import Path

Bundle = dict[str, list[dict[str, str]]]
"""File name without .csv → its rows: column → cell, as text. A column that is not in the rows is not in the file."""


def write_bundle(bundle: Bundle, folder: Path) -> None:
    """Write every file of the bundle into the folder, which is made if need be. A file without rows is not written."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in bundle.items():
        if rows:
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, fieldnames=list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)


def read_bundle(folder: Path) -> Bundle:
    """Read every CSV file of the folder."""
    bundle: Bundle = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            bundle[path.stem] = list(csv.DictReader(file))
    return bundle


def bundle_of(**files: str) -> Bundle:
    """A bundle written down as CSV text, one argument a file."""
    return {
        name: list(csv.DictReader(line.strip() for line in text.strip().splitlines())) for name, text in files.items()
    }
