"""Makes one file in a process of its own: `python -m benchmarks.making WHAT ROWS FILE`.

Prints, as JSON, the seconds and the seconds of processor it took, and the most memory the process ever held, in bytes.
A small file is made first, since the processes that render are kept warm.
"""

import json
import resource
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final

from benchmarks.sample_reports import COLUMNS, Rows, cover, report
from exporters import Cell, all_formats

WARM_UP: Final = 3


def main() -> int:
    """Makes the file. 3: a library that the peer needs is not on this machine."""
    what, rows, path = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    make = MAKERS[what]
    try:
        make(WARM_UP, path)
    except (ImportError, OSError) as error:
        print(error, file=sys.stderr)
        return 3
    cpu, begun = process_time(), perf_counter()
    make(rows, path)
    told = {
        "seconds": perf_counter() - begun,
        "cpu": process_time() - cpu,
        "peak": _peak(),
    }
    print(json.dumps(told))
    return 0


def _peak() -> int:
    """The most memory of this program; that of getrusage is also its parent's, from before it was this program."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def _ours(name: str, **options: Any) -> Callable[[int, Path], None]:
    def make(rows: int, path: Path) -> None:
        with path.open("wb") as file:
            all_formats()[name].write(cover(**options), [report(rows)], file)

    return make


def _many(reports: int, path: Path) -> None:
    with path.open("wb") as file:
        made = (report(30, number=number) for number in range(reports))
        all_formats()["PDF"].write(cover(reports), made, file)


def _said(value: Cell) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4%}" if value <= 1 else f"{value:.6f}"
    return f"{value:%b %d, %Y, %I:%M %p}" if isinstance(value, datetime) else str(value)


def _weasyprint(rows: int, path: Path) -> None:
    from html import escape

    from weasyprint import HTML  # type: ignore[import-untyped]

    heads = "".join(f"<th>{column.label}</th>" for column in COLUMNS)
    lines = ("".join(f"<td>{escape(_said(value))}</td>" for value in row) for row in Rows(rows))
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    style = (
        "@page { size: A4; margin: 18mm; @bottom-right { content: 'page ' counter(page) ' of ' counter(pages) } }"
        " body { font: 8.5pt sans-serif } table { border-collapse: collapse; width: 100% }"
        " td, th { text-align: left; padding: 1mm 1.4mm; border-bottom: 0.35pt solid #d5dbe1 }"
        " tr { break-inside: avoid }"
    )
    page = f"<style>{style}</style><h1>Welding</h1><table><thead><tr>{heads}</tr></thead>{body}</table>"
    HTML(string=page).write_pdf(path)


def _xlsxwriter(rows: int, path: Path) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(path, {"constant_memory": True, "remove_timezone": True})
    sheet = book.add_worksheet("Trainees")
    shapes = [book.add_format({"num_format": shape}) for shape in _SHAPES]
    sheet.write_row(0, 0, [column.label for column in COLUMNS], book.add_format({"bold": True}))
    sheet.freeze_panes(1, 0)
    for number, (name, expected, rate, late, day, seen) in enumerate(Rows(rows), 1):
        sheet.write_string(number, 0, name, shapes[0])
        sheet.write_number(number, 1, expected, shapes[1])
        sheet.write_number(number, 2, rate, shapes[2])
        if late is not None:
            sheet.write_number(number, 3, late, shapes[3])
        sheet.write_datetime(number, 4, day, shapes[4])
        sheet.write_datetime(number, 5, seen, shapes[5])
    book.close()


_SHAPES: Final = ("General", "#,##0", "0.00%", "#,##0.00", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss")
MAKERS: Final[Mapping[str, Callable[[int, Path], None]]] = {
    "pdf": _ours("PDF"),
    "pdf-of-many": _many,
    "xlsx": _ours("XLSX"),
    "csv": _ours("CSV", table="trainees"),
    "weasyprint": _weasyprint,
    "xlsxwriter": _xlsxwriter,
}

if __name__ == "__main__":
    sys.exit(main())
