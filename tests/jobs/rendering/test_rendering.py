"""Rendering: in another process, which may be slow, hang or die without harm to ours."""

import asyncio
import hashlib
import os
import signal
from collections.abc import AsyncIterator, Sequence
from io import BytesIO
from pathlib import Path

import psutil
import pytest

from exporters import Style, open_writer
from exporters.format import LONGEST_SENTENCE
from jobs.queue.failures import Failure, NoSpaceFailure, PermanentFailure, TemporaryFailure
from jobs.rendering.child import MOST_MEMORY
from jobs.rendering.disk_space import NO_SPACE
from jobs.rendering.parent import NICENESS, Rendered, Renderer
from tests.support.documents import cover, document, table
from tests.support.polling import until
from tests.support.sample_formats import session_niceness

SAMPLES = "tests.support.sample_formats:open_writer"


@pytest.fixture
async def renderer() -> AsyncIterator[Renderer]:
    opened = Renderer(open_writer=SAMPLES, children=1)
    yield opened
    await opened.close()


def rendered_as(content: bytes) -> Rendered:
    return Rendered(len(content), hashlib.sha256(content).hexdigest())


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def render(renderer: Renderer, name: str, path: Path, *portions: Sequence[object]) -> Rendered:
    """A whole file; `portions` of one empty report unless given."""
    async with renderer.open(name, "a cover", path) as rendering:
        for portion in portions or ([""],):
            await rendering.add(portion)
        return await rendering.close()


async def begun(document: Path) -> int:
    """Waits until the format BUSY is at work on it, and returns the pid of its process."""
    note = Path(f"{document}.begun")

    def written() -> str:
        return note.read_text() if note.exists() else ""

    async def said() -> bool:
        return written() != ""

    await until(said)
    return int(written())


async def test_it_writes_the_file_piece_by_piece_and_says_its_size_and_checksum(
    renderer: Renderer, tmp_path: Path
) -> None:
    rendered = await render(renderer, "PLAIN", tmp_path / "file", ["one ", "two "], [], ["three"])
    assert (tmp_path / "file").read_bytes() == b"one two three."
    assert rendered == rendered_as(b"one two three.")
    assert names_in(tmp_path) == ["file"]


@pytest.mark.parametrize("count", [1, 3])
async def test_the_real_formats_are_the_default(tmp_path: Path, count: int) -> None:
    whole = cover(count=count, matching=count)
    documents = [document(table(("Ana", "Bo")), name=f"Welding {number}") for number in range(count)]
    here = BytesIO()
    writer = open_writer("CSV", whole, here)
    for one in documents:
        writer.add(one)
    writer.close()
    renderer = Renderer()
    try:
        async with renderer.open("CSV", whole, tmp_path / "file") as rendering:
            for one in documents:
                await rendering.add([one])
            rendered = await rendering.close()
    finally:
        await renderer.close()
    assert (tmp_path / "file").read_bytes() == here.getvalue()
    assert rendered == rendered_as(here.getvalue())


async def test_the_event_loop_goes_on_and_the_child_is_used_again(renderer: Renderer, tmp_path: Path) -> None:
    pids = []
    for name in ("one", "two"):
        rendering = asyncio.create_task(render(renderer, "BUSY", tmp_path / "file", [str(tmp_path / name)]))
        pids.append(await begun(tmp_path / name))  # we could not see this if our loop stood still
        (tmp_path / name).touch()
        assert (await rendering).byte_size == 5
    assert pids[0] == pids[1]


async def test_a_child_is_as_we_are_unless_it_is_to_give_way_and_is_bounded(renderer: Renderer, tmp_path: Path) -> None:
    said = []
    for gives_way in (False, True, False):
        async with renderer.open("NICE", "a cover", tmp_path / "file", gives_way=gives_way) as rendering:
            await rendering.add([""])
            await rendering.close()
        said.append((tmp_path / "file").read_text())
    ours, nice = os.nice(0), min(19, os.nice(0) + NICENESS)
    with_us = f"{ours} {session_niceness(ours)} with {os.getsid(0)} {MOST_MEMORY}."
    assert (said[0], said[2]) == (with_us, with_us)
    niceness, of_session, _, session, memory = said[1].split()
    assert (niceness, of_session, memory) == (str(nice), str(NICENESS), f"{MOST_MEMORY}.")
    assert int(session) in {child.pid for child in renderer._all}


async def test_a_child_knows_no_secret_of_ours(
    renderer: Renderer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = ["ROLLCALL_SECRET", "ROLLCALL_S3_SECRET", "DATABASE_URL", "REDIS_URL", "AWS_SECRET_ACCESS_KEY"]
    for name in (*secrets, "ANYTHING_ELSE"):
        monkeypatch.setenv(name, "told")
    await render(renderer, "TELL", tmp_path / "file", [" ".join((*secrets, "ANYTHING_ELSE"))])
    assert (tmp_path / "file").read_text() == "-,-,-,-,-,told."


@pytest.mark.parametrize(
    ("document", "kind", "sentence"),
    [
        ("never", PermanentFailure, "é" * (LONGEST_SENTENCE - 33) + " … (shortened, 50,000 characters)"),
        ("not now", TemporaryFailure, "The RAMBLE file could not be made."),
    ],
)
async def test_a_reason_is_no_longer_than_a_row_can_bear(
    renderer: Renderer, tmp_path: Path, document: str, kind: type[Failure], sentence: str
) -> None:
    with pytest.raises(kind) as failed:
        await render(renderer, "RAMBLE", tmp_path / "file", [document])
    assert failed.value.sentence == sentence
    assert await render(renderer, "PLAIN", tmp_path / "next", ["hello"]) == rendered_as(b"hello.")


async def test_a_step_that_takes_too_long_is_given_up_and_the_child_is_killed(tmp_path: Path) -> None:
    renderer = Renderer(open_writer=SAMPLES, children=1, seconds=0.5)
    with pytest.raises(
        PermanentFailure, match=r"The HANG file was given up because it took longer than 0\.5 seconds\."
    ):
        await render(renderer, "HANG", tmp_path / "file")
    assert renderer._all == set()


async def test_a_step_that_works_too_long_is_given_up_however_deep_it_is_in_it(tmp_path: Path) -> None:
    renderer = Renderer(open_writer=SAMPLES, children=1, work_seconds=2)
    with pytest.raises(PermanentFailure) as failed:
        await render(renderer, "GRIND", tmp_path / "file")
    assert failed.value.sentence == "The GRIND file was given up because it took too much work."
    assert renderer._all == set()
    # each step has its own time, and a child may make many files
    for number in range(2):
        assert await render(renderer, "WORK", tmp_path / f"{number}", ["0.8"], ["0.8"]) == rendered_as(b"..")
    await renderer.close()


async def test_a_page_template_that_never_comes_back_ends_with_its_process(tmp_path: Path) -> None:
    renderer = Renderer(children=1, work_seconds=5)
    template = "<html><head><style>@page { size: a4 }</style></head><body>{{ 9 ** (9 ** 9) }}</body></html>"
    with pytest.raises(PermanentFailure, match="The PDF file was given up because it took too much work"):
        async with renderer.open("PDF", cover(style=Style(template=template)), tmp_path / "file") as rendering:
            await rendering.add([document()])
    assert renderer._all == set()


FAILURES: dict[str, tuple[type[Failure], str]] = {
    "DIE": (TemporaryFailure, "The DIE file could not be made: its process died."),
    "KILLED": (
        TemporaryFailure,
        "The KILLED file could not be made: its process was killed, as a machine without memory does.",
    ),
    "GREEDY": (TemporaryFailure, "The GREEDY file could not be made: it takes more memory than a file may."),
    "FULL_IN_DISGUISE": (NoSpaceFailure, NO_SPACE),
    "STUMBLE": (TemporaryFailure, "The STUMBLE file could not be made."),
    "FULL": (NoSpaceFailure, NO_SPACE),
    "FULL_AT_THE_END": (NoSpaceFailure, NO_SPACE),
    "REFUSE": (PermanentFailure, "Nobody can write it."),
    "REFUSE_COVER": (PermanentFailure, "Nobody can write a cover."),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_one_that_fails_says_why_and_the_next_file_is_made(renderer: Renderer, tmp_path: Path, name: str) -> None:
    kind, sentence = FAILURES[name]
    with pytest.raises(kind) as failed:
        await render(renderer, name, tmp_path / "file", ["it"])
    assert (type(failed.value), failed.value.sentence) == (kind, sentence)
    assert await render(renderer, "PLAIN", tmp_path / "next", ["hello"]) == rendered_as(b"hello.")
    assert names_in(tmp_path) == ["file", "next"]  # what is left of a draft is the store's to remove


async def test_a_cancelled_one_ends_its_process_and_spoils_no_other_answer(renderer: Renderer, tmp_path: Path) -> None:
    rendering = asyncio.create_task(render(renderer, "BUSY", tmp_path / "file", [str(tmp_path / "one")]))
    pid = await begun(tmp_path / "one")
    rendering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rendering
    assert not psutil.pid_exists(pid)
    assert await render(renderer, "PLAIN", tmp_path / "file", ["hello"]) == rendered_as(b"hello.")


async def test_a_file_that_is_left_before_its_end_ends_its_process(renderer: Renderer, tmp_path: Path) -> None:
    async def stumble() -> None:
        async with renderer.open("PLAIN", "", tmp_path / "file") as rendering:
            await rendering.add(["half a file"])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stumble()
    assert renderer._all == set()
    assert await render(renderer, "PLAIN", tmp_path / "file", ["hello"]) == rendered_as(b"hello.")


async def test_what_a_library_puts_aside_lies_beside_the_file_and_goes_with_its_process(
    renderer: Renderer, tmp_path: Path
) -> None:
    rendering = asyncio.create_task(render(renderer, "ASIDE", tmp_path / "file", [str(tmp_path / "one")]))
    pid = await begun(tmp_path / "one")
    (aside,) = (tmp_path / "file.parts").iterdir()
    assert aside.is_file()
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(TemporaryFailure, match="its process was killed"):
        await rendering
    assert not (tmp_path / "file.parts").exists()


async def test_a_child_whose_parent_is_gone_leaves_nothing(renderer: Renderer, tmp_path: Path) -> None:
    rendering = asyncio.create_task(render(renderer, "ASIDE", tmp_path / "file", [str(tmp_path / "one")]))
    pid = await begun(tmp_path / "one")
    (process,) = renderer._all
    assert process.stdin is not None
    process.stdin.close()  # as the system does it for a process that was killed
    with pytest.raises(TemporaryFailure, match="its process died"):
        await rendering
    assert not psutil.pid_exists(pid)
    assert names_in(tmp_path) == ["one.begun"]
