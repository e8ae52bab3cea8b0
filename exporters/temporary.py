"""Temporary files for what is not yet part of a file."""

import weakref
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, cast


def scratch(owner: object, out: BinaryIO) -> BinaryIO:
    """A nameless temporary file that goes with its owner, or with the process, whatever happens. It lies beside `out`,
    where there is room for files, if that is one."""
    name = getattr(out, "name", None)
    file = TemporaryFile(dir=Path(name).parent if isinstance(name, str) and Path(name).is_file() else None)  # noqa: SIM115
    weakref.finalize(owner, file.close)
    return cast("BinaryIO", file)
