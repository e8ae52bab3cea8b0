"""Opens what was handed in: a folder or a .zip, its files at the top level or in one folder within.

Nothing is ever unpacked to disk: a file of a .zip is read as a stream, by one of the names a bundle knows.
"""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Final

from resolvers.bundle.files import FILES
from resolvers.bundle.problems import BundleError, Problem

MOST_BYTES: Final = 8 * 2**30
# deflate can pack a thousandfold; real tables reach forty
SMALL_BYTES: Final = 64 * 2**20
MOST_PACKED: Final = 250
MOST_ENTRIES: Final = 10_000
_ENCRYPTED: Final = 0x1


class UnreadableError(Exception):
    """A file of the bundle broke off while it was read; the text says how."""


@dataclass(frozen=True, slots=True)
class BundleFile:
    """One file of the bundle; `open()` starts it from its first byte, as often as needed."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of a bundle by their names, and the .csv files beside them that are none of its."""

    files: dict[str, BundleFile]
    strangers: tuple[str, ...]


@contextmanager
def open_bundle(path: Path) -> Iterator[Bundle]:
    """Opens a folder or a .zip for reading. BundleError: it is neither, or holds no file of a bundle."""
    with ExitStack() as opened:
        try:
            if path.is_dir():
                bundle = _folder(path)
            elif not path.exists():
                raise _refused(path, "there is no such file or folder")
            elif not zipfile.is_zipfile(path):
                raise _refused(path, "is neither a folder nor a .zip file")
            else:
                bundle = _archive(path, opened.enter_context(zipfile.ZipFile(path)))
        except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise _refused(path, f"cannot be read: {_sentence(error)}") from error
        yield bundle


def read_chunk(stream: IO[bytes], size: int) -> bytes:
    """The next bytes. UnreadableError: the disk or the .zip is broken there."""
    try:
        return stream.read(size)
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise UnreadableError(f"cannot be read: {_sentence(error)}") from error


def open_stream(file: BundleFile) -> IO[bytes]:
    """The file from its first byte. UnreadableError: it cannot be opened."""
    try:
        return file.open()
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError) as error:
        raise UnreadableError(f"cannot be read: {_sentence(error)}") from error


def _folder(path: Path) -> Bundle:
    entries = [each for pattern in ("*", "*/*") for each in path.glob(pattern) if not each.is_dir() or _named_so(each)]
    _refuse_many(path, len(entries))
    candidates = [each for each in entries if _named_so(each)]
    found = {each.relative_to(path).as_posix(): each for each in candidates if not each.name.startswith(".")}
    chosen, strangers = _choose(path, sorted(found))
    files = {}
    for name, place in chosen.items():
        file = found[place]
        if not file.is_file():
            raise BundleError([Problem(name, 0, "", "is not a file")])
        files[name] = BundleFile(name, file.stat().st_size, partial(_open_file, file))
    _refuse_large(path, sum(file.size for file in files.values()))
    return Bundle(files, strangers)


def _named_so(path: Path) -> bool:
    return path.suffix == ".csv"


def _refuse_many(path: Path, entries: int) -> None:
    if entries > MOST_ENTRIES:
        raise _refused(path, f"holds {entries} files; a bundle has {len(FILES)} at most")


def _refuse_large(path: Path, size: int) -> None:
    if size > MOST_BYTES:
        raise _refused(path, f"holds more than {MOST_BYTES // 2**30} GB")


def _open_file(path: Path) -> IO[bytes]:
    return path.open("rb")


def _archive(path: Path, archive: zipfile.ZipFile) -> Bundle:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    _refuse_many(path, len(entries))
    found: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        path_within = PurePosixPath(entry.filename)
        if path_within.is_absolute() or ".." in path_within.parts or "\\" in entry.filename:
            raise _refused(path, f"holds a path that leads out of it: {entry.filename!r}")
        hidden = any(part.startswith((".", "__MACOSX")) for part in path_within.parts)
        if hidden or len(path_within.parts) > 2 or path_within.suffix != ".csv":
            continue
        if str(path_within) in found:
            raise _refused(path, f"holds {str(path_within)!r} twice")
        found[str(path_within)] = entry
    chosen, strangers = _choose(path, sorted(found))
    for name, place in chosen.items():
        _refuse_bomb(name, found[place])
    _refuse_large(path, sum(found[place].file_size for place in chosen.values()))
    return Bundle(
        {
            name: BundleFile(name, found[place].file_size, partial(archive.open, found[place]))
            for name, place in chosen.items()
        },
        strangers,
    )


def _refuse_bomb(name: str, entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise BundleError([Problem(name, 0, "", "is encrypted; a bundle is read without a password")])
    if entry.file_size > SMALL_BYTES and entry.file_size > MOST_PACKED * max(1, entry.compress_size):
        raise BundleError([Problem(name, 0, "", f"unpacks to more than {MOST_PACKED} times its size, unlike a table")])


def _choose(path: Path, places: Sequence[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Name → place of the bundle's files, and the names that are not a bundle's; the top level before a folder."""
    folders: dict[str, dict[str, str]] = {}
    for place in places:
        folder, _, name = place.rpartition("/")
        folders.setdefault(folder, {})[name] = place
    holding = [folder for folder, names in folders.items() if any(f"{file.name}.csv" in names for file in FILES)]
    if not holding:
        known = ", ".join(f"{file.name}.csv" for file in FILES)
        raise _refused(path, f"is not a source bundle: it holds none of {known}")
    if "" not in holding and len(holding) > 1:
        raise _refused(path, f"holds bundles in more than one folder: {', '.join(sorted(holding))}")
    names = folders["" if "" in holding else holding[0]]
    chosen = {f"{file.name}.csv": names.pop(f"{file.name}.csv") for file in FILES if f"{file.name}.csv" in names}
    return chosen, tuple(sorted(names))


def _refused(path: Path, why: str) -> BundleError:
    return BundleError([Problem(path.name or str(path), 0, "", why)])


def _sentence(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
