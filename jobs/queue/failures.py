"""How a job ends other than well. The sentence is for the person who asked for the work."""

from datetime import timedelta


class Failure(Exception):  # noqa: N818  a failure is data with a sentence, not an error of ours
    """Why the work could not be done; `sentence` ends up in the row that people look at."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class PermanentFailure(Failure):
    """Trying again cannot help: the job fails at once."""


class TemporaryFailure(Failure):
    """Trying again may help: the job is tried again as its task says; its last try ends it with this sentence.

    `after` is the least time to wait before the next try, as somebody else asked for (Retry-After), a day at most.
    """

    def __init__(self, sentence: str, *, after: timedelta = timedelta()) -> None:
        super().__init__(sentence)
        self.after = after


class NoSpaceFailure(TemporaryFailure):
    """There is no space left for a file: whatever else is written now fails as well."""


class NotForUs(Exception):  # noqa: N818
    """Another version of Rollcall asked for it, with arguments the task does not have here: left to its workers."""


class LeaseLost(Exception):  # noqa: N818
    """Another worker has the job, or it was cancelled: whoever sees this writes nothing and stops."""
