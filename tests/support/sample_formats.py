"""Formats that behave and misbehave, for the renderer to load in its child process. Their reports are plain texts."""

import os
import resource
import signal
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

import exporters
from exporters import Cover, Document, UnrenderableError, Writer
from jobs.rendering.child import MOST_MEMORY


class Plain:
    """Writes each report as it is."""

    def __init__(self, _cover: str, out: BinaryIO) -> None:
        self.out = out

    def add(self, document: str) -> None:
        print("this must not be taken for the answer")  # noqa: T201
        self.out.write(document.encode())

    def close(self) -> None:
        self.out.write(b".")


class Busy(Plain):
    """Is at work on a report, which is a path, until a file lies there; says its process beside it."""

    def add(self, document: str) -> None:
        Path(f"{document}.begun").write_text(str(os.getpid()))
        while not Path(document).exists():
            pass
        self.out.write(b"told")


class Hang(Plain):
    def add(self, document: str) -> None:
        self.out.write(b"half a file")
        time.sleep(3600)


class Die(Plain):
    def add(self, document: str) -> None:
        self.out.write(b"half a file")
        os._exit(9)


class Killed(Plain):
    """Ends as a process does that the system takes the memory of."""

    def add(self, document: str) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class Greedy(Plain):
    def add(self, document: str) -> None:
        bytearray(MOST_MEMORY)


class Grind(Plain):
    """Works without end, where no signal is heard."""

    def add(self, document: str) -> None:
        sum(range(10**15))


class Work(Plain):
    """Works for so many seconds of the processor."""

    def add(self, document: str) -> None:
        until = time.process_time() + float(document)
        while time.process_time() < until:
            pass
        self.out.write(b".")

    def close(self) -> None:
        pass


class Stumble(Plain):
    def add(self, document: str) -> None:
        raise ValueError("what a document")


class Refuse(Plain):
    def add(self, document: str) -> None:
        raise UnrenderableError(f"Nobody can write {document}.")


class RefuseCover(Plain):
    def __init__(self, cover: str, out: BinaryIO) -> None:
        raise UnrenderableError(f"Nobody can write {cover}.")


class Full(Plain):
    """Writes more than a file may have, behind a library that does not say why it failed."""

    def add(self, document: str) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, resource.RLIM_INFINITY))
        try:
            self.out.write(b"x" * (1 << 17))
            self.out.flush()
        except OSError as error:
            raise ValueError("the library is at a loss") from error


class FullInDisguise(Full):
    """Takes a full disk for a fault of what it was asked for."""

    def add(self, document: str) -> None:
        try:
            super().add(document)
        except ValueError as error:
            raise UnrenderableError("it cannot be written") from error


class FullAtTheEnd(Plain):
    """What it has written still is on its way to the disk when it is done."""

    def add(self, document: str) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        self.out.write(b"xxx")


class Aside(Plain):
    """Puts a report aside in a temporary file, and waits as Busy does."""

    def add(self, document: str) -> None:
        with tempfile.NamedTemporaryFile() as aside:
            aside.write(document.encode())
            aside.flush()
            self.out.write(aside.name.encode())
            Busy.add(self, document)  # type: ignore[arg-type]


class Tell(Plain):
    """Tells the settings it is asked for."""

    def add(self, document: str) -> None:
        self.out.write(",".join(os.environ.get(name, "-") for name in document.split()).encode())


class Ramble(Plain):
    """Goes on and on about why it cannot."""

    def add(self, document: str) -> None:
        raise {"never": UnrenderableError, "not now": ValueError}[document]("é" * 50_000 + "\0")


def session_niceness(otherwise: int) -> int:
    """How nice our session is to others; `otherwise` where the system does not know, or nobody began a session."""
    group = Path("/proc/self/autogroup")
    said = group.read_text().split() if group.exists() else []
    return int(said[-1]) if said else otherwise


class Nice(Plain):
    """Says how nice its process and its session are to others, and what memory it may take at most."""

    def add(self, document: str) -> None:
        memory = resource.getrlimit(resource.RLIMIT_AS)[0]
        self.out.write(f"{os.nice(0)} {session_niceness(os.nice(0))} with {os.getsid(0)} {memory}".encode())


FORMATS = {
    "PLAIN": Plain,
    "BUSY": Busy,
    "HANG": Hang,
    "DIE": Die,
    "KILLED": Killed,
    "GREEDY": Greedy,
    "GRIND": Grind,
    "WORK": Work,
    "FULL_IN_DISGUISE": FullInDisguise,
    "STUMBLE": Stumble,
    "REFUSE": Refuse,
    "REFUSE_COVER": RefuseCover,
    "FULL": Full,
    "FULL_AT_THE_END": FullAtTheEnd,
    "ASIDE": Aside,
    "NICE": Nice,
    "RAMBLE": Ramble,
    "TELL": Tell,
}


def open_writer(name: str, cover: str, out: BinaryIO) -> Plain:
    """As exporters.open_writer."""
    return FORMATS[name](cover, out)


class Gated:
    """The real format; at the second report it says its process, and waits until the gate is open."""

    def __init__(self, writer: Writer, gate: Path) -> None:
        self._writer, self._gate, self._added = writer, gate, 0

    def add(self, document: Document) -> None:
        self._writer.add(document)
        self._added += 1
        if self._added == 2:
            Path(f"{self._gate}.begun").write_text(str(os.getpid()))
            while not self._gate.exists():
                time.sleep(0.01)

    def close(self) -> None:
        self._writer.close()


def open_gated(name: str, cover: Cover, out: BinaryIO) -> Gated:
    """As exporters.open_writer; TEST_GATE is the path of the gate, which is open where a file lies."""
    return Gated(exporters.open_writer(name, cover, out), Path(os.environ["TEST_GATE"]))


def open_cramped(name: str, cover: Cover, out: BinaryIO) -> Writer:
    """As exporters.open_writer, in a process whose files may have 1,000 bytes."""
    writer = exporters.open_writer(name, cover, out)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, resource.RLIM_INFINITY))
    return writer


class Picky:
    """The real format, but the report of TEST_PICKY: of that it writes a part, then does as TEST_PICKED says."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def add(self, document: Document) -> None:
        self._writer.add(document)
        if document.subject_name in os.environ["TEST_PICKY"].split(","):
            match os.environ["TEST_PICKED"]:
                case "die":
                    os._exit(9)
                case "grind":
                    sum(range(10**15))
                case "refuse":
                    raise UnrenderableError(f"Nobody can write {document.subject_name}.")
                case _:
                    raise ValueError("what a document")

    def close(self) -> None:
        self._writer.close()


def open_picky(name: str, cover: Cover, out: BinaryIO) -> Picky:
    """As exporters.open_writer."""
    return Picky(exporters.open_writer(name, cover, out))
