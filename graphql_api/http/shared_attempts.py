"""Failed sign-ins of a whole installation: counted in Redis, and in this process alone while Redis is away."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Final
from uuid import uuid4

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from graphql_api.http.attempts import AttemptLimiter

log = structlog.get_logger("rollcall.sign_in")

TIMEOUT_SECONDS: Final = 1
PREFIX: Final = "rollcall:attempts:"
# Under each key the latest attempts by their time, as many as are allowed and no more; a key goes when the window has
# passed. All keys allow the attempt, or none counts it. By the clock of Redis, which is the same for every process.
TAKE: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local window = tonumber(ARGV[1])
local wait = 0
for i, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now - window))
  if redis.call('ZCARD', key) >= tonumber(ARGV[i + 2]) then
    wait = math.max(wait, redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2] + window - now)
  end
end
if wait > 0 then return wait end
for _, key in ipairs(KEYS) do
  redis.call('ZADD', key, string.format('%.0f', now), ARGV[2])
  redis.call('PEXPIRE', key, math.ceil(window / 1000))
end
return 0
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many attempts of the one who is named, in the window."""

    name: str
    most: int


class SharedAttempts:
    """Attempts of one sort: `allow` takes one under every limit, `forgive` gives it back after a success.

    Taking first and giving back later means that many attempts at once cannot slip through together.
    """

    def __init__(self, redis: Redis | None, seconds: int, limits: Sequence[Limit]) -> None:
        self.redis = redis
        self.seconds = seconds
        self.limits = tuple(limits)
        self.alone = tuple(AttemptLimiter(limit.most, seconds) for limit in limits)

    async def allow(self, *whose: str) -> "Attempt | int":
        """The attempt, which is counted; or the seconds to wait for the next one. `whose`: a name for each limit."""
        attempt = Attempt(self, whose, uuid4().hex)
        if self.redis is not None:
            try:
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    microseconds = await self._take(self.redis, attempt)
                return ceil(microseconds / 1_000_000) or attempt
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("attempts are counted by this process alone", error=repr(error))
        for limiter, name in zip(self.alone, whose, strict=True):
            wait = limiter.allow(name)
            if wait is not None:
                return wait
        return replace(attempt, shared=False)

    async def _take(self, redis: Redis, attempt: "Attempt") -> int:
        keys, most = attempt.keys(), [str(limit.most) for limit in self.limits]
        answer: Any = redis.eval(TAKE, len(keys), *keys, str(self.seconds * 1_000_000), attempt.id, *most)
        return int(await answer)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that was allowed."""

    attempts: SharedAttempts
    whose: tuple[str, ...]
    id: str
    shared: bool = True

    def keys(self) -> list[str]:
        """Where Redis keeps it; the names themselves are nobody's to read there, and may be long."""
        pairs = zip(self.attempts.limits, self.whose, strict=True)
        return [f"{PREFIX}{limit.name}:{hashlib.sha256(name.encode()).hexdigest()}" for limit, name in pairs]

    async def forgive(self) -> None:
        """Takes the attempt back, wherever it was counted."""
        redis = self.attempts.redis
        if not self.shared or redis is None:
            for limiter, name in zip(self.attempts.alone, self.whose, strict=True):
                limiter.forgive(name)
            return
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS), redis.pipeline() as pipeline:
                for key in self.keys():
                    pipeline.zrem(key, self.id)
                await pipeline.execute()
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("an attempt was not taken back", error=repr(error))
