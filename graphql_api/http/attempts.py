"""Holds back guessing: at most so many failed attempts per key in a sliding window, in this process."""

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from math import ceil
from time import monotonic


class AttemptLimiter:
    """Counts attempts per key; `allow` takes one, `forgive` gives it back after a success.

    Taking first and giving back later means that many attempts at once cannot slip through together.
    """

    def __init__(
        self, limit: int, seconds: float, *, keys: int = 10_000, clock: Callable[[], float] = monotonic
    ) -> None:
        self.limit = limit
        self.seconds = seconds
        self.keys = keys
        self.clock = clock
        self._attempts: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def allow(self, key: Hashable) -> int | None:
        """None, and the attempt is counted; or the seconds to wait until the next one is allowed."""
        now = self.clock()
        attempts = self._attempts.setdefault(key, deque())
        self._attempts.move_to_end(key)
        while attempts and attempts[0] <= now - self.seconds:
            attempts.popleft()
        if len(attempts) >= self.limit:
            return max(1, ceil(attempts[0] + self.seconds - now))
        attempts.append(now)
        if len(self._attempts) > self.keys:
            self._attempts.popitem(last=False)
        return None

    def forgive(self, key: Hashable) -> None:
        """Takes the latest attempt of the key back."""
        attempts = self._attempts.get(key)
        if attempts:
            attempts.pop()
