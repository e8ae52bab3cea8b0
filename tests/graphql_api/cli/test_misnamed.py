"""A file that is called something else than it is."""

from pathlib import Path

import pytest

from exporters.format import ZIP, FileType
from graphql_api.cli.data.exporting import STANDARD_OUTPUT, misnamed

PDF = FileType(".pdf", "application/pdf")


@pytest.mark.parametrize(
    ("output", "file_type", "remark"),
    [
        (Path("a/report.pdf"), PDF, None),
        (Path("a/REPORT.PDF"), PDF, None),
        (Path("report"), PDF, None),
        (STANDARD_OUTPUT, ZIP, None),
        (Path("tables.csv"), ZIP, "What is written is a .zip file, though it is called tables.csv."),
    ],
)
def test_it_is_remarked(output: Path, file_type: FileType, remark: str | None) -> None:
    assert misnamed(output, file_type) == remark
