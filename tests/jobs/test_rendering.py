"""Rendering: in another process, which may be slow, hang or die without harm to ours."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import psutil
import pytest

from exporters import Column, Document, Kind, Table, formats
from jobs.failures import PermanentFailure, TemporaryFailure
from jobs.rendering import Rendered, Renderer
from tests.exporters.documents import cover
from tests.jobs.polling import until

SAMPLES = "tests.jobs.sample_formats:formats"
HELLO = Rendered(5, hashlib.sha256(b"hello").hexdigest())


@pytest.fixture
async def renderer() -> AsyncIterator[Renderer]:
    opened = Renderer(formats=SAMPLES, children=1, seconds=20)
    yield opened
    await opened.close()


async def begun(document: Path) -> int:
    """Waits until the format BUSY is at work on it, and returns the pid of its process."""
    note = Path(f"{document}.begun")

    def written() -> str:
        return note.read_text() if note.exists() else ""

    async def said() -> bool:
        return written() != ""

    await until(said)
    return int(written())


async def test_it_writes_the_file_and_says_its_size_and_checksum(renderer: Renderer, tmp_path: Path) -> None:
    assert await renderer.render("PLAIN", None, "hello", tmp_path / "file") == HELLO
    assert (tmp_path / "file").read_bytes() == b"hello"


async def test_the_real_formats_are_the_default(tmp_path: Path) -> None:
    columns = (Column("name", "Trainee", Kind.TEXT),)
    document = Document(
        title="Welding", kind="COURSE", subject_name="Welding", subject_source_id="WE", period_name=None,
        period_from=date(2026, 3, 1), period_to=date(2026, 3, 31), generated_at=datetime(2026, 4, 1, tzinfo=UTC),
        time_zone="Europe/Madrid", generated_by=None, revision=1, policy=(), figures=(),
        tables=(Table("trainees", "Trainees", columns, (("Ana",), ("Bo",))),),
    )  # fmt: skip
    here = BytesIO()
    formats()["CSV"].write(cover(), [document], here)
    renderer = Renderer()
    try:
        rendered = await renderer.render("CSV", cover(), document, tmp_path / "file")
    finally:
        await renderer.close()
    assert (tmp_path / "file").read_bytes() == here.getvalue()
    assert rendered == Rendered(len(here.getvalue()), hashlib.sha256(here.getvalue()).hexdigest())


async def test_the_event_loop_goes_on_and_the_child_is_used_again(renderer: Renderer, tmp_path: Path) -> None:
    pids = []
    for name in ("one", "two"):
        rendering = asyncio.create_task(renderer.render("BUSY", None, str(tmp_path / name), tmp_path / "file"))
        pids.append(await begun(tmp_path / name))  # we could not see this if our loop stood still
        (tmp_path / name).touch()
        assert (await rendering).byte_size == 4
    assert pids[0] == pids[1]


async def test_one_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    renderer = Renderer(formats=SAMPLES, children=1, seconds=0.5)
    with pytest.raises(
        PermanentFailure, match=r"The HANG file was given up because it took longer than 0\.5 seconds\."
    ):
        await renderer.render("HANG", None, "", tmp_path / "file")
    await renderer.close()


async def test_one_that_dies_or_raises_is_a_temporary_failure_and_the_next_file_is_made(
    renderer: Renderer, tmp_path: Path
) -> None:
    with pytest.raises(TemporaryFailure, match=r"The DIE file could not be made: its process died\."):
        await renderer.render("DIE", None, "", tmp_path / "file")
    with pytest.raises(TemporaryFailure, match=r"The STUMBLE file could not be made\."):
        await renderer.render("STUMBLE", None, "", tmp_path / "file")
    assert await renderer.render("PLAIN", None, "hello", tmp_path / "file") == HELLO


async def test_a_cancelled_one_ends_its_process_and_spoils_no_other_answer(renderer: Renderer, tmp_path: Path) -> None:
    rendering = asyncio.create_task(renderer.render("BUSY", None, str(tmp_path / "one"), tmp_path / "file"))
    pid = await begun(tmp_path / "one")
    rendering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rendering
    assert not psutil.pid_exists(pid)
    assert await renderer.render("PLAIN", None, "hello", tmp_path / "file") == HELLO
