"""What a format is: a file type, and a writer that takes one report after the other."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol

from exporters.cover import Cover
from exporters.document import Document
from exporters.text import clean, shorten

LONGEST_SENTENCE: Final = 500


class UnrenderableError(Exception):
    """The file cannot be made as it was asked for, however often it is tried; `sentence` tells the asker why.

    It may quote what was asked for, so it is held to what a row, a message and a page can bear.
    """

    def __init__(self, sentence: str) -> None:
        self.sentence = shorten(clean(sentence), LONGEST_SENTENCE)
        super().__init__(self.sentence)


@dataclass(frozen=True, slots=True)
class FileType:
    """The ending of a file's name, with its dot, and its media type."""

    suffix: str
    media_type: str


ZIP = FileType(".zip", "application/zip")


class Writer(Protocol):
    """Writes one file. Memory does not grow with the reports added, as far as the format allows it."""

    def add(self, document: Document) -> None:
        """The next report, in the order of the file."""
        ...

    def close(self) -> None:
        """Writes what comes last; the stream stays open. Without it the file is not whole."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file. `file_type` tells what the file of a cover will be, `open` begins to write it into a binary
    stream. Both raise UnrenderableError for what nobody can write.

    `takes_record`: its documents must carry their `record`. `heeds`: the choices it pays attention to besides the
    layout, of paper, locale, byteOrderMark, separator and table.
    """

    name: str
    description: str
    file_type: Callable[[Cover], FileType]
    open: Callable[[Cover, BinaryIO], Writer]
    takes_record: bool = False
    heeds: frozenset[str] = frozenset()

    def write(self, cover: Cover, documents: Iterable[Document], out: BinaryIO) -> None:
        """The whole file at once."""
        writer = self.open(cover, out)
        for document in documents:
            writer.add(document)
        writer.close()
