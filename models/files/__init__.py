"""The file store: exported files, kept under keys of our own making. A file is there whole or not at all.

`store` is the interface, `local` a folder of this machine, `s3` storage that speaks Amazon's S3; `file_store` opens the
one that the settings name. With both, `drafts` are on a disk of this machine: a file is written there first, under a
name of its own, and published when it is whole.
"""

from models.files.local import LocalFileStore
from models.files.store import CHUNK, FileStore, StoreError, new_key
from models.settings import Settings

__all__ = ["CHUNK", "FileStore", "LocalFileStore", "StoreError", "file_store", "new_key"]


def file_store(settings: Settings) -> FileStore:
    """Where this installation keeps its files. Reaches for nothing yet."""
    if settings.files is None:
        return LocalFileStore(settings.data / "files")
    from models.files.s3 import S3FileStore

    return S3FileStore(settings.files, settings.data / "drafts")
