"""How one attempt at a delivery ended."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Outcome:
    """`error` None: it was taken. `status` is the answer's code, where there was an answer.

    `permanent`: trying again cannot help. `after`: the least time to wait, as the receiver asked. `silent`: there was
    no answer in good time, so that whatever else waits for this receiver had better wait too.

    `too_large`: how many bytes a mail has that was refused for having so many; 0: that is not why.
    """

    status: int | None = None
    error: str | None = None
    permanent: bool = False
    after: timedelta = timedelta()
    silent: bool = False
    too_large: int = 0
