"""The hook that `make hooks` sets up looks at what is staged, and at nothing else."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GOOD = '"""A module."""\n\nA = 1\n'
BADLY_FORMATTED = '"""A module."""\n\nA   =   1\n'
UNUSED_IMPORT = '"""A module."""\n\nimport os\n'

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository of its own with the project's hooks and ruff, and nothing committed."""
    shutil.copytree(ROOT / ".ci" / "hooks", tmp_path / ".ci" / "hooks")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "ruff").symlink_to(Path(sys.executable).parent / "ruff")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "config", "user.name", "A")
    git(tmp_path, "config", "user.email", "a@example.org")
    git(tmp_path, "config", "core.hooksPath", ".ci/hooks")  # as `make hooks` does
    git(tmp_path, "add", "pyproject.toml")
    return tmp_path


def git(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)


def commits(folder: Path) -> int:
    return len(git(folder, "log", "--oneline").stdout.splitlines())


def test_make_hooks_names_that_folder() -> None:
    run = subprocess.run(
        ["make", "--no-print-directory", "-n", "hooks"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout == "git config core.hooksPath .ci/hooks\n"


@pytest.mark.parametrize("text", [BADLY_FORMATTED, UNUSED_IMPORT], ids=["format", "lint"])
def test_what_ruff_minds_is_not_committed(clone: Path, text: str) -> None:
    (clone / "a b.py").write_text(text)
    git(clone, "add", "a b.py")
    assert git(clone, "commit", "-m", "A module").returncode == 1
    assert commits(clone) == 0


def test_what_is_staged_counts_and_not_what_lies_there(clone: Path) -> None:
    (clone / "a b.py").write_text(GOOD)
    git(clone, "add", "a b.py")
    (clone / "a b.py").write_text(BADLY_FORMATTED)
    (clone / "new.py").write_text(UNUSED_IMPORT)
    assert git(clone, "commit", "-m", "A module").returncode == 0
    assert commits(clone) == 1


def test_without_python_there_is_nothing_to_check(clone: Path) -> None:
    assert git(clone, "commit", "-m", "The project").returncode == 0
    assert commits(clone) == 1


def test_without_ruff_it_says_what_to_do(clone: Path) -> None:
    (clone / ".venv" / "bin" / "ruff").unlink()
    refused = git(clone, "commit", "-m", "The project")
    assert (refused.returncode, commits(clone)) == (1, 0)
    assert refused.stderr == "No ruff here: run make setup first (git commit --no-verify goes without).\n"
