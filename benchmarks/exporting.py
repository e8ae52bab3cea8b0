"""Making files beside the libraries and commands that do the least for it, and what they cost the API meanwhile."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.comparing import Comparison, Contender, Limits, Measure, Sample
from benchmarks.crowding import crowded
from benchmarks.peers.same_rows import copied, copied_by_the_server, filled
from benchmarks.stage import ROOT, Stage

PDF_PAGE_SECONDS: Final = 0.3
PDF_LONG_SECONDS: Final = 20.0
MEGABYTES: Final = 200
NOT_HERE: Final = 3


def comparisons(stage: Stage) -> Sequence[Comparison]:
    """Files of each format, from one page to a million rows; the last shows the API beside four of them."""
    return (_page(), _pdf(3_000), _long_pdf(), _many_reports(), _xlsx(), _csv(stage), crowded(stage))


def _page() -> Comparison:
    ours = Contender("PDF", "a page with key figures, a chart and tables, by a child that is warm.", _made("pdf", 8))
    peer = Contender("WeasyPrint", "a heading and the same rows of the table alone.", _made("weasyprint", 8))
    limits = Limits(seconds=PDF_PAGE_SECONDS, megabytes=MEGABYTES)
    return Comparison("PDF of one page", "files", (ours, peer), limits=limits)


def _pdf(rows: int) -> Comparison:
    ours = Contender("PDF", "the report with its figures, chart and a table of these rows.", _made("pdf", rows))
    peer = Contender("WeasyPrint", "the same table alone, heads repeated, rows uncut.", _made("weasyprint", rows))
    title = f"PDF of {rows:,} rows"
    return Comparison(title, "files", (ours, peer), aims={peer.name: 1.0}, limits=Limits(megabytes=MEGABYTES))


def _long_pdf() -> Comparison:
    ours = Contender("PDF", "the report with a table of 10,000 rows.", _made("pdf", 10_000))
    limits = Limits(seconds=PDF_LONG_SECONDS, megabytes=MEGABYTES)
    return Comparison("PDF of 10,000 rows", "files", (ours,), limits=limits)


def _many_reports() -> Comparison:
    reports = 500
    what = "reports with a chart and 30 rows each, in one file with a table of contents."
    ours = Contender("PDF of many", what, partial(_make, "pdf-of-many", reports, reports))
    return Comparison(f"PDF of {reports} reports", "reports", (ours,), limits=Limits(megabytes=MEGABYTES))


def _xlsx() -> Comparison:
    rows = 100_000
    what = "the workbook with summary, chart, named tables and conditional colours."
    ours = Contender("XLSX", what, _made("xlsx", rows))
    peer = Contender("XlsxWriter", "the same rows as a bare sheet, constant_memory.", _made("xlsxwriter", rows))
    title = f"XLSX of {rows:,} rows"
    return Comparison(title, "files", (ours, peer), aims={peer.name: 1.5}, limits=Limits(megabytes=MEGABYTES))


def _csv(stage: Stage) -> Comparison:
    rows = 1_000_000
    database = filled(stage, rows)
    what = "one table, formulas disarmed, from rows that are worked out on the way."
    ours = Contender("CSV", what, _made("csv", rows))
    copies = (
        Contender("COPY", "COPY … TO STDOUT (FORMAT csv) of a table with the same rows and columns, into a file.",
                  partial(copied, stage, database)),
        Contender("COPY by the server", "COPY … TO a file by the server itself: no rows leave it. The bare limit.",
                  partial(copied_by_the_server, stage, database)),
    )  # fmt: skip
    title, aims = f"CSV of {rows:,} rows", {copy.name: 3.0 for copy in copies}
    return Comparison(title, "files", (ours, *copies), aims=aims, limits=Limits(megabytes=MEGABYTES))


def _made(what: str, rows: int) -> Measure:
    return partial(_make, what, rows, 1)


async def _make(what: str, rows: int, amount: int) -> Sample:
    with tempfile.TemporaryDirectory() as folder:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "benchmarks.making", what, str(rows), str(Path(folder) / "file"),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env={"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        said, why = await child.communicate()
    if child.returncode == NOT_HERE:
        raise RuntimeError(f"{what} cannot be run on this machine: {why.decode().strip()}")
    if child.returncode:
        raise RuntimeError(f"{what} failed: {why.decode()[-2000:]}")
    told = json.loads(said)
    return Sample(told["seconds"], told["cpu"], amount, peak=told["peak"])
