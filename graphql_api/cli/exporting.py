"""`rollcall export REPORT_ID --format F -o FILE`."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from exporters import Document
from graphql_api.cli.arguments import format_of, report_number
from graphql_api.cli.composition import run
from graphql_api.cli.failing import CommandFailed
from jobs.export import cover_of, read_document
from jobs.work import WorkContext
from resolvers.viewers import SYSTEM

STANDARD_OUTPUT = Path("-")


def run_export(report_id: str, format_name: str, output: Path) -> None:
    """Writes the file; it is there whole, or not at all."""
    number, chosen = report_number(report_id), format_of(format_name)
    document = run(lambda work: _document(work, number))
    if document is None:
        raise CommandFailed(f"There is no report {report_id}.")
    with _target(output) as file:
        chosen.write(cover_of(document), [document], file)


async def _document(work: WorkContext, number: int) -> Document | None:
    async with work.database.read() as session:
        return await read_document(session, SYSTEM, number)


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
