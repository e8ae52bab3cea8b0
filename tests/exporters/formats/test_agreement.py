"""The four formats say the same, read back by other libraries than wrote them."""

import json
import re
from datetime import date, datetime
from fractions import Fraction

import pypdf
import pytest
from python_calamine import CalamineWorkbook

from exporters import Cell, Kind, all_formats
from tests.support.csv_files import read_tables
from tests.support.documents import COLUMNS, FIGURES, cover, document, table, written
from tests.support.xlsx_files import stored

NAMES = ("Anna Lindström", "José Ñíguez", "Bo Å")
REPORT = document(table(NAMES))


def in_days(minutes: Cell) -> float | None:
    """What a workbook holds of a duration: the double next to its exact share of a day."""
    assert minutes is None or isinstance(minutes, float)
    return None if minutes is None else float(Fraction(minutes) / 1440)


def csv_tables() -> dict[str, list[dict[str, str]]]:
    return read_tables(written("CSV", REPORT).getvalue())


def test_the_folder_is_the_registry() -> None:
    assert {name: entry.file_type(cover()).suffix for name, entry in all_formats().items()} == {
        "CSV": ".zip",
        "JSON": ".json",
        "PDF": ".pdf",
        "XLSX": ".xlsx",
    }


def test_key_figures_agree_to_the_last_digit() -> None:
    expected = {figure.key: figure.value for figure in FIGURES}
    labels = {figure.label: figure.key for figure in FIGURES} | {"Minutes late (m:ss)": "averageMinutesLate"}

    from_csv = {line["key"]: float(line["value"]) if line["value"] else None for line in csv_tables()["figures"]}
    lines = (line for line in stored(written("XLSX", REPORT), "Summary") if line and line[0] in labels)
    from_xlsx = {labels[str(line[0])]: None if line[1] is None else float(line[1]) for line in lines}

    assert json.load(written("JSON", REPORT))["metrics"] == expected
    assert from_csv == expected
    assert from_xlsx == {**expected, "averageMinutesLate": in_days(expected["averageMinutesLate"])}


def test_key_figures_are_on_paper_to_six_decimals() -> None:
    text = pypdf.PdfReader(written("PDF", REPORT)).pages[0].extract_text()

    assert all(part in text for part in ("81.71%", "0.817096", "33.33%", "0.333333", "14,023", "7.416667"))


def test_tables_agree_to_the_last_digit() -> None:
    rows = REPORT.tables[0].rows
    numeric = [(index, column.key) for index, column in enumerate(COLUMNS) if column.kind.numeric]
    expected = [[row[index] for index, _ in numeric] for row in rows]

    from_json = json.load(written("JSON", REPORT))["trainees"]
    from_csv = csv_tables()["trainees"]
    from_xlsx = stored(written("XLSX", REPORT), "Trainees")[1:]

    def number(text: str | None) -> float | None:
        return float(text) if text else None

    assert [[row[key] for _, key in numeric] for row in from_json] == expected
    assert [[number(line[key]) for _, key in numeric] for line in from_csv] == expected
    assert [[number(row[index]) for index, _ in numeric] for row in from_xlsx] == [
        [*others, in_days(minutes)] for *others, minutes in expected
    ]


def test_rates_are_on_paper_to_two_decimals_of_a_per_cent() -> None:
    text = pypdf.PdfReader(written("PDF", REPORT)).pages[0].extract_text()

    said = re.findall(r"[\d.]+%", text)
    assert said == ["81.71%", "33.33%", "0.00%", "1.03%", "2.06%", "81.71%", "33.33%"]


def test_days_and_instants() -> None:
    line = json.load(written("JSON", REPORT))["trainees"][1]
    cells = csv_tables()["trainees"][1]
    sheet = CalamineWorkbook.from_filelike(written("XLSX", REPORT)).get_sheet_by_name("Trainees").to_python()

    assert (line["heldOn"], line["seenAt"]) == ("2026-03-01", "2026-07-01T08:01:00+00:00")
    assert (cells["heldOn"], cells["seenAt"]) == ("2026-03-01", "2026-07-01T10:01:00+02:00")
    assert sheet[0][5] == "Seen at (Europe/Madrid)"
    assert sheet[2][4:] == [date(2026, 3, 1), datetime.fromisoformat("2026-07-01T10:01:00")]


def test_every_format_says_who_what_and_when() -> None:
    told = json.load(written("JSON", REPORT))
    (listed,) = csv_tables()["reports"]
    metadata = pypdf.PdfReader(written("PDF", REPORT)).metadata

    assert (told["subject"]["sourceId"], told["subject"]["name"]) == ("WE-1", "Welding")
    assert told["period"] == {"name": "2026-03", "from": "2026-03-01", "to": "2026-03-31"}
    assert told["policy"] == {"lateWeight": "1", "atRiskBelow": "0.8", "excusedCounts": True}
    assert told["notes"] == ["E-mail addresses were left out."]
    assert (listed["periodFrom"], listed["generatedAt"]) == ("2026-03-01", "2026-04-01T09:30:00+02:00")
    assert metadata is not None
    assert (metadata.title, metadata.author) == ("Welding, March", "Maria Principal")


@pytest.mark.parametrize("name", ["CSV", "JSON", "PDF", "XLSX"])
def test_an_empty_report_is_a_file_too(name: str) -> None:
    assert len(written(name, document(table(()))).getvalue()) > 500
    assert len(written(name, document()).getvalue()) > 500


def test_kinds_are_covered_by_excel_formats() -> None:
    from exporters.formats.xlsx.formats import NUMBER_FORMATS

    assert set(NUMBER_FORMATS) == set(Kind)
