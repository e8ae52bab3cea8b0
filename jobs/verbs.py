"""The registry of verbs: what kinds of job there are, found by walking this folder."""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Concatenate, Final

from sqlalchemy.ext.asyncio import AsyncSession

if TYPE_CHECKING:
    from jobs.work.work import Work


DELAYS: Final = (5.0, 20.0, 80.0, 320.0)
"""Seconds before the second, third … try of a job whose verb does not say otherwise."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One kind of job. `run(work, **arguments)` does it and must be safe to run twice.

    `failed(work, session, reason, **arguments)` runs in the transaction in which the job ends FAILED, so that the row
    people look at (a run, an export) ends with the same reason. `seconds` is how long one attempt may take.

    `delays` are the seconds to wait before each further try, less up to a quarter so that jobs that failed together
    are spread out: a job is tried `len(delays) + 1` times, `()` is once. A worker that dies in the middle has not
    used up a try, but a job under which ten have died fails. `at_most` is how many slots of one worker may do this at
    the same time, so that it cannot keep others waiting; None: all of them.

    In a rolling deploy, a job of a kind, or with an argument, that a worker does not know waits for one that does. So
    give an argument that is added later a default: the jobs of before do not have it.
    """

    kind: str
    run: "Callable[Concatenate[Work, ...], Awaitable[None]]"
    failed: "Callable[Concatenate[Work, AsyncSession, str, ...], Awaitable[None]] | None" = None
    seconds: float = 3600.0
    delays: tuple[float, ...] = DELAYS
    at_most: int | None = None

    @property
    def tries(self) -> int:
        """How often a job is tried before it fails."""
        return len(self.delays) + 1


def by_kind(*verbs: Verb) -> Mapping[str, Verb]:
    """The verbs by their kind. ValueError: two of the same kind."""
    registry = {verb.kind: verb for verb in verbs}
    if len(registry) != len(verbs):
        raise ValueError("two verbs are of the same kind")
    return MappingProxyType(registry)


@cache
def verbs() -> Mapping[str, Verb]:
    """Every verb of this folder by its kind: each module that defines `VERB`."""
    folder = importlib.import_module("jobs")
    names = [found.name for found in pkgutil.walk_packages(folder.__path__, "jobs.")]
    modules = [importlib.import_module(name) for name in names]
    return by_kind(*(module.VERB for module in modules if hasattr(module, "VERB")))
