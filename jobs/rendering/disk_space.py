"""A full disk, told from everything else that may go wrong with a file."""

import errno
from typing import Final

NO_SPACE: Final = "There is no space left to write the file."
# the disk is full, or what one owner or one file may take of it
_NUMBERS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def is_no_space(error: BaseException) -> bool:
    """Whether it is the cause of an error, or what was being dealt with when it came up."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in _NUMBERS:
            return True
        seen = seen.__cause__ or seen.__context__
    return False
