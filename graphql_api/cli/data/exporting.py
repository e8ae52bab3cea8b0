"""`rollcall export REPORT_ID… --format F -o FILE`."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import typer

from exporters import FileType, Format, Layout, UnrenderableError, open_writer
from exporters.reports.words import notice_of
from graphql_api.cli.core.arguments import format_of, paper_of, report_number, separator_of
from graphql_api.cli.core.composition import run
from graphql_api.cli.core.console import say, steps
from graphql_api.cli.core.failing import CommandFailed
from graphql_api.core.context import utc_now
from jobs.exports.options import ExportOptions
from jobs.exports.plan import PORTION, FileRequest, plan_of, read_portion
from jobs.queue.failures import Failure
from jobs.work.task import WorkContext
from resolvers.access.viewers import SYSTEM
from resolvers.core.problems import Refusal
from resolvers.exports.selection import select_reports

STANDARD_OUTPUT = Path("-")
_TYPED = {
    "paper": "--paper",
    "locale": "--locale",
    "byteOrderMark": "--bom",
    "separator": "--separator",
    "table": "--table",
}


def run_export(
    report_ids: Sequence[str],
    format_name: str,
    output: Path,
    *,
    separate: bool,
    locale: str | None,
    paper: str | None,
    table: str | None,
    bom: bool,
    separator: str,
) -> None:
    """Writes the file; it is there whole, or not at all."""
    numbers, format_ = [report_number(one) for one in report_ids], format_of(format_name)
    chosen = ExportOptions(
        layout=Layout.SEPARATE if separate else Layout.TOGETHER,
        paper=paper_of(paper) if paper else None,
        locale=locale,
        byte_order_mark=bom,
        separator=separator_of(separator),
        table=table,
    )
    try:
        chosen.checked(format_)
    except Refusal as refusal:
        raise typer.BadParameter(refusal.message, param_hint=_TYPED[refusal.field[-1]]) from None
    try:
        run(lambda work: _export(work, report_ids, numbers, format_, output, chosen))
    except Failure as failure:
        raise CommandFailed(failure.sentence) from None
    except UnrenderableError as error:
        raise CommandFailed(error.sentence) from None


async def _export(
    work: WorkContext,
    report_ids: Sequence[str],
    numbers: Sequence[int],
    format_: Format,
    output: Path,
    chosen: ExportOptions,
) -> None:
    async with work.database.read() as session:
        try:
            selected = await select_reports(session, SYSTEM, numbers)
        except Refusal as refusal:
            raise CommandFailed(f"There is no report {report_ids[int(refusal.field[-1])]}.") from None
        asked = FileRequest(selected.report_ids, format_.name, chosen, selected.matching)
        plan = await plan_of(session, SYSTEM, asked, utc_now())
    if notice := notice_of(selected.matching):
        say(notice)
    if remark := misnamed(output, plan.file_type):
        say(remark)
    done, total = 0, len(plan.heads)
    with _target(output) as file, steps() as progress:
        writer = open_writer(format_.name, plan.cover, file)
        for portion in plan.portions():
            async with work.database.read() as session:
                read = await read_portion(session, SYSTEM, plan, portion)
            for document in read.documents:
                writer.add(document)
            done += len(portion)
            if total > PORTION:
                progress.show("Writing", "", done, total)
        writer.close()


def misnamed(output: Path, file_type: FileType) -> str | None:
    """A remark where the name of the file says something else than what will be in it, such as tables.csv of a .zip."""
    if output.suffix and output.suffix.lower() != file_type.suffix:
        return f"What is written is a {file_type.suffix} file, though it is called {output.name}."
    return None


@contextmanager
def _target(output: Path) -> Iterator[BinaryIO]:
    if output == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    elif output.exists() and not output.is_file() and not output.is_dir():
        with output.open("wb") as file:  # a device or a pipe must not be replaced by a file
            yield file
    else:
        with _draft(output.resolve()) as file:
            yield file


@contextmanager
def _draft(path: Path) -> Iterator[BinaryIO]:
    if path.is_dir():
        raise CommandFailed(f"{path} is a folder; give the name of a file.")
    if not path.parent.is_dir():
        raise CommandFailed(f"There is no folder {path.parent} to write to.")
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with draft.open("xb") as file:
            yield file
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
