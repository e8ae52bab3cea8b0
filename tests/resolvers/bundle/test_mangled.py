"""However a valid bundle is mangled, it is taken whole or refused whole, and never anything but BundleError."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.database import Database
from resolvers.bundle import BundleError, Problem, import_bundle
from resolvers.metrics.sums import verify_sums
from tests.support.bundle_case import VALID, Case, write_files

NAMES = sorted(VALID)
SNIPPETS = (
    *(b"", b",", b'"', b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"\xef\xbb\xbf", b"\\.", b"\n\\.\n", b"\\N", b"NULL"),
    *(b"id", b"deleted", b"true", b"1", b"-1", b"0", b"1e400", b"NaN", b"infinity", b"9" * 400, b"now", b"'", b"%s"),
    *(b"2026-01-12T09:00:00Z", b"2026-13-45", b"0001-01-01", b"9999-12-31", b"HELD", b"CANCELLED", b"\xe2\x80\xae"),
    *(b"A", b"B", b"S1", b"X1", b"GA", b"CB", b"U1"),
)


@st.composite
def mangled(draw: st.DrawFn) -> dict[str, bytes]:
    files = {name: VALID[name].encode() for name in NAMES}
    for _ in range(draw(st.integers(1, 6))):
        name = draw(st.sampled_from(NAMES))
        data = files[name]
        match draw(st.sampled_from(("cell", "bytes", "line", "column", "swap", "drop", "twice"))):
            case "cell":
                lines = data.split(b"\n")
                place = draw(st.integers(0, len(lines) - 1))
                cells = lines[place].split(b",")
                cells[draw(st.integers(0, len(cells) - 1))] = draw(st.sampled_from(SNIPPETS))
                lines[place] = b",".join(cells)
                files[name] = b"\n".join(lines)
            case "bytes":
                start, length = draw(st.integers(0, len(data))), draw(st.integers(0, 3))
                files[name] = data[:start] + draw(st.sampled_from(SNIPPETS)) + data[start + length :]
            case "line":
                lines = data.split(b"\n")
                lines.insert(draw(st.integers(0, len(lines))), lines[draw(st.integers(0, len(lines) - 1))])
                files[name] = b"\n".join(lines)
            case "column":
                word = draw(st.sampled_from((b"", b"1", b"true", b"x")))
                head, *lines = data.split(b"\n")
                files[name] = b"\n".join([head + b",deleted", *(line + b"," + word for line in lines if line)])
            case "swap":
                other = draw(st.sampled_from(NAMES))
                files[name], files[other] = files.get(other, b""), data
            case "drop":
                files[name] = b"\n".join(data.split(b"\n")[: draw(st.integers(0, 3))])
            case _:
                files[name] = data + data
    return files


@pytest.fixture
async def case(database: Database, tmp_path: Path) -> Case:
    case = Case(database, tmp_path)
    await case.take(VALID)
    return case


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=mangled())
async def test_taken_or_refused(case: Case, files: dict[str, bytes]) -> None:
    before = await case.everything()
    with TemporaryDirectory() as made:
        path = write_files(Path(made) / "bundle", files)
        problems = await problems_of(case, path)
        if problems:
            assert all(problem.why and problem.file for problem in problems)
            assert await case.everything() == before
        else:
            async with case.database.write() as session:
                assert set((await import_bundle(session, path)).changed.values()) <= {0}
    async with case.database.write() as session:
        assert set((await verify_sums(session)).values()) == {0}


async def problems_of(case: Case, path: Path) -> tuple[Problem, ...]:
    """Why the bundle is refused; none: it is taken."""
    try:
        async with case.database.write() as session:
            await import_bundle(session, path)
    except BundleError as refusal:
        return refusal.problems
    return ()
