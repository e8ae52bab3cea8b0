"""The four formats say the same, read back by other libraries than wrote them."""

import csv
import io
import json
import re
from datetime import date, datetime
from typing import Any

import pypdf
import pytest
from python_calamine import CalamineWorkbook

from exporters import Kind, formats
from tests.exporters.documents import COLUMNS, FIGURES, cover, document, table, written

NAMES = ("Anna Lindström", "José Ñíguez", "Bo Å")
REPORT = document(table(NAMES))


def csv_lines() -> list[dict[str, str]]:
    return list(csv.DictReader(io.TextIOWrapper(written("CSV", REPORT), encoding="utf-8", newline="")))


def test_the_folder_is_the_registry() -> None:
    assert {name: entry.file_type(cover()).suffix for name, entry in formats().items()} == {
        "CSV": ".csv",
        "JSON": ".json",
        "PDF": ".pdf",
        "XLSX": ".xlsx",
    }


def test_key_figures_agree_to_the_last_digit() -> None:
    expected = {figure.key: figure.value for figure in FIGURES}

    lines = {line["key"]: line for line in csv_lines() if line["part"] == "figure"}
    from_csv = {key: float(line["value"]) if line["value"] else None for key, line in lines.items()}
    sheet = CalamineWorkbook.from_filelike(written("XLSX", REPORT)).get_sheet_by_name("Summary").to_python()
    from_xlsx = {line[2]: None if line[1] == "" else line[1] for line in sheet if line[2] in expected}

    assert json.load(written("JSON", REPORT))["metrics"] == expected
    assert from_csv == expected
    assert from_xlsx == expected


def test_key_figures_are_on_paper_to_six_decimals() -> None:
    text = pypdf.PdfReader(written("PDF", REPORT)).pages[0].extract_text()

    assert all(part in text for part in ("81.71 %", "0.817096", "33.33 %", "0.333333", "14,023", "7.416667"))


def test_tables_agree_to_the_last_digit() -> None:
    rows = REPORT.tables[0].rows
    numeric = [(index, column.key) for index, column in enumerate(COLUMNS) if column.kind.numeric]
    expected = [[row[index] for index, _ in numeric] for row in rows]

    from_json = json.load(written("JSON", REPORT))["tables"]["trainees"]
    cells: dict[tuple[int, str], str] = {
        (int(line["row"]), line["key"]): line["value"] for line in csv_lines() if line["part"] == "table"
    }
    sheet = CalamineWorkbook.from_filelike(written("XLSX", REPORT)).get_sheet_by_name("Trainees").to_python()

    def number(text: str) -> float | None:
        return float(text) if text else None

    assert [[row[key] for _, key in numeric] for row in from_json] == expected
    assert [[number(cells[n, key]) for _, key in numeric] for n in range(1, len(rows) + 1)] == expected
    assert [[None if row[index] == "" else row[index] for index, _ in numeric] for row in sheet[1:]] == expected


def test_rates_of_a_table_are_on_paper_to_six_decimals() -> None:
    text = pypdf.PdfReader(written("PDF", REPORT)).pages[0].extract_text()

    assert re.findall(r"\d+\.\d{4} %", text) == ["0.0000 %", "1.0309 %", "2.0619 %"]


def test_days_and_instants() -> None:
    line = json.load(written("JSON", REPORT))["tables"]["trainees"][1]
    cells: dict[str, Any] = {
        line["key"]: line["value"] for line in csv_lines() if line["part"] == "table" and line["row"] == "2"
    }
    sheet = CalamineWorkbook.from_filelike(written("XLSX", REPORT)).get_sheet_by_name("Trainees").to_python()

    assert (line["heldOn"], line["seenAt"]) == ("2026-03-01", "2026-07-01T08:01:00+00:00")
    assert (cells["heldOn"], cells["seenAt"]) == ("2026-03-01", "2026-07-01T10:01:00+02:00")
    assert sheet[0][5] == "Seen at (Europe/Madrid)"
    assert sheet[2][4:] == [date(2026, 3, 1), datetime.fromisoformat("2026-07-01T10:01:00")]


def test_every_format_says_who_what_and_when() -> None:
    told = json.load(written("JSON", REPORT))
    particulars = {line["key"]: line["value"] for line in csv_lines() if line["part"] == "report"}
    metadata = pypdf.PdfReader(written("PDF", REPORT)).metadata

    assert told["subject"] == {"sourceId": "WE-1", "name": "Welding"}
    assert told["period"] == {"name": "2026-03", "from": "2026-03-01", "to": "2026-03-31"}
    assert told["policy"] == {"Weight of LATE": 1, "At risk below": 0.8, "EXCUSED counts": True}
    assert told["notes"] == ["E-mail addresses were left out."]
    assert (particulars["periodFrom"], particulars["generatedAt"]) == ("2026-03-01", "2026-04-01T09:30:00+02:00")
    assert metadata is not None
    assert (metadata.title, metadata.author) == ("Welding, March", "Maria Principal")


@pytest.mark.parametrize("name", ["CSV", "JSON", "PDF", "XLSX"])
def test_an_empty_report_is_a_file_too(name: str) -> None:
    assert len(written(name, document(table(()))).getvalue()) > 500
    assert len(written(name, document()).getvalue()) > 500


def test_kinds_are_covered_by_excel_formats() -> None:
    from exporters.xlsx import NUMBER_FORMATS

    assert set(NUMBER_FORMATS) == set(Kind)
