"""Running a comparison: every contender in turn, over and over, so that noise hits all of them alike."""

import gc
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement: the seconds, also of processor, so many things took; where timed one by one, those too.

    `peak` is the most memory the process held, in bytes; 0: not measured.
    """

    seconds: float
    cpu: float
    amount: int
    latencies: tuple[float, ...] = ()
    peak: int = 0

    @property
    def each(self) -> float:
        """Seconds per thing."""
        return self.seconds / self.amount


Measure = Callable[[], Awaitable[Sample]]


@dataclass(frozen=True, slots=True)
class Contender:
    """One side: a name, one sentence on exactly what is timed, and a function that prepares, then times itself."""

    name: str
    what: str
    measure: Measure


@dataclass(frozen=True, slots=True)
class Limits:
    """What ours may cost whatever a peer does: seconds for one thing (the median), and megabytes of memory."""

    seconds: float | None = None
    megabytes: int | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rollcall's side first. `aims` gives, by a peer's name, how many times its cost ours may be at most.

    `limits` are what ours may cost at most. `counts` are numbers that no clock is needed for; `close` ends what the
    contenders had running.
    """

    title: str
    things: str
    contenders: tuple[Contender, ...]
    aims: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    limits: Limits = Limits()
    close: Callable[[], Awaitable[None]] | None = None

    @property
    def ours(self) -> Contender:
        """What the others are compared with."""
        return self.contenders[0]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The samples of every contender of a comparison, by name, and the load while they were taken."""

    comparison: Comparison
    samples: dict[str, list[Sample]]
    load: float

    def best(self, name: str) -> Sample:
        """The quickest."""
        return min(self.samples[name], key=lambda sample: sample.each)

    def median(self, name: str) -> float:
        """Seconds per thing, the middle of the repetitions."""
        return median(sample.each for sample in self.samples[name])

    def ratio_of_best(self, peer: str) -> float:
        """How many times the peer's cost ours is, best against best."""
        return self.best(self.comparison.ours.name).each / self.best(peer).each

    def ratio(self, peer: str) -> float:
        """The same of the medians."""
        return self.median(self.comparison.ours.name) / self.median(peer)

    def cpu(self, name: str) -> float:
        """Processor seconds per thing, the middle of the repetitions."""
        return median(sample.cpu / sample.amount for sample in self.samples[name])

    def ratio_of_cpu(self, peer: str) -> float | None:
        """How many times the peer's processor time ours takes; None where that is too little to tell."""
        theirs = self.cpu(peer)
        return self.cpu(self.comparison.ours.name) / theirs if theirs else None

    def peak(self, name: str) -> int:
        """The most memory in bytes, of all repetitions."""
        return max(sample.peak for sample in self.samples[name])

    @property
    def missed(self) -> list[str]:
        """The peers beside which ours costs more than the aim, by the medians."""
        return [peer for peer, aim in self.comparison.aims.items() if self.ratio(peer) > aim]


async def compare(comparison: Comparison, repetitions: int) -> Outcome:
    """Runs every contender that often, each round in the other direction."""
    samples: dict[str, list[Sample]] = {contender.name: [] for contender in comparison.contenders}
    loads = [os.getloadavg()[0]]
    try:
        for number in range(repetitions):
            for contender in _in_turn(comparison.contenders, number):
                gc.collect()
                samples[contender.name].append(await contender.measure())
                loads.append(os.getloadavg()[0])
    finally:
        if comparison.close:
            await comparison.close()
    return Outcome(comparison, samples, median(loads))


def _in_turn(contenders: Sequence[Contender], number: int) -> Sequence[Contender]:
    return contenders if number % 2 == 0 else contenders[::-1]
