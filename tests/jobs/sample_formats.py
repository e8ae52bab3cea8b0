"""Formats that behave and misbehave, for the renderer to load in its child process."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class SampleFormat:
    make: Callable[[str, BinaryIO], None]

    def write(self, _cover: None, documents: list[str], out: BinaryIO) -> None:
        for document in documents:
            self.make(document, out)


def plain(document: str, out: BinaryIO) -> None:
    print("this must not be taken for the answer")  # noqa: T201
    out.write(document.encode())


def busy_until_told(document: str, out: BinaryIO) -> None:
    Path(f"{document}.begun").write_text(str(os.getpid()))
    while not Path(document).exists():
        pass
    out.write(b"told")


def hang(document: str, out: BinaryIO) -> None:
    out.write(b"half a file")
    time.sleep(3600)


def die(document: str, out: BinaryIO) -> None:
    os._exit(9)


def stumble(document: str, out: BinaryIO) -> None:
    raise ValueError("what a document")


def formats() -> Mapping[str, SampleFormat]:
    return {
        "PLAIN": SampleFormat(plain),
        "BUSY": SampleFormat(busy_until_told),
        "HANG": SampleFormat(hang),
        "DIE": SampleFormat(die),
        "STUMBLE": SampleFormat(stumble),
    }
