"""What the disk of this machine says, in the words of the file store."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from models.files.store import AWAY, NO_ROOM, StoreError

_FULL: Final = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def explained() -> Iterator[None]:
    """Turns an error of the system into a StoreError; FileNotFoundError passes, it is an answer."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreError(NO_ROOM if error.errno in _FULL else AWAY, error.strerror or repr(error)) from error
