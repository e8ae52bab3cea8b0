"""The figures for people, as a table, and for machines, as JSON."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

import orjson
from rich.console import Console
from rich.table import Table

from benchmarks.comparing import Outcome
from benchmarks.machine import Machine

# wide enough for the table where nobody's terminal says how wide
CONSOLE: Final = Console(highlight=False, width=None if sys.stdout.isatty() else 120)


def say(sentence: str) -> None:
    """One sentence."""
    CONSOLE.print(sentence, markup=False)


def show(outcome: Outcome) -> None:
    """A table: a row for each contender, ours first, then what each of them does."""
    comparison, timed = outcome.comparison, any(s.latencies for own in outcome.samples.values() for s in own)
    table = Table(title=f"{comparison.title} (load {outcome.load:.1f})", title_justify="left", title_style="bold")
    table.add_column("")
    measured = ("p50 ms", "p99 ms", "CPU ms") if timed else ("best s", "median s", "CPU s")
    ratios = ("ours / it\nbest", "ours / it\nmedian", "ours / it\nCPU", "aim\n(median)")
    for heading in (*measured, f"{comparison.things}/s", *ratios):
        table.add_column(heading, justify="right", no_wrap=True)
    for contender in comparison.contenders:
        table.add_row(*_cells(outcome, contender.name, timed))
    CONSOLE.print(table)
    for contender in comparison.contenders:
        say(f"  {contender.name}: {contender.what}")
    for sentence in _limits(outcome):
        say(f"  {sentence}")
    for what, count in comparison.counts.items():
        say(f"  {what}: {count}")
    say("")


def _limits(outcome: Outcome) -> Iterator[str]:
    """What was measured beside what is allowed, and how much memory each took."""
    limits, ours = outcome.comparison.limits, outcome.comparison.ours.name
    if limits.seconds is not None:
        seconds = outcome.median(ours)
        yield f"{ours}: {seconds:.2f} s of at most {limits.seconds:g} s: {_met(seconds <= limits.seconds)}"
    for contender in outcome.comparison.contenders:
        peak = outcome.peak(contender.name) / 1e6
        if peak and contender.name == ours and limits.megabytes is not None:
            yield f"{ours}: {peak:.0f} MB of at most {limits.megabytes} MB: {_met(peak <= limits.megabytes)}"
        elif peak:
            yield f"{contender.name}: {peak:.0f} MB"


def _met(held: bool) -> str:
    return "met" if held else "missed"


def _cells(outcome: Outcome, name: str, timed: bool) -> list[str]:
    best, middle = outcome.best(name), outcome.median(name)
    if timed:
        measured = [each * 1000 for each in (*percentiles(outcome, name), outcome.cpu(name))]
    else:
        measured = [best.seconds, middle * best.amount, outcome.cpu(name) * best.amount]
    cells = [name, *(f"{value:,.2f}" for value in measured), f"{1 / middle:,.0f}"]
    if name == outcome.comparison.ours.name:
        return [*cells, *[""] * 4]
    aim = outcome.comparison.aims.get(name)
    said = "" if aim is None else f"≤ {aim:g} {'missed' if name in outcome.missed else 'met'}"
    ratios = (outcome.ratio_of_best(name), outcome.ratio(name), outcome.ratio_of_cpu(name))
    return [*cells, *("–" if ratio is None else f"{ratio:,.2f}" for ratio in ratios), said]


def percentiles(outcome: Outcome, name: str) -> tuple[float, float]:
    """The median and the 99th percentile of the seconds of single things, over all repetitions."""
    cuts = quantiles([each for sample in outcome.samples[name] for each in sample.latencies], n=100)
    return cuts[49], cuts[98]


def write_json(path: Path, outcomes: Sequence[Outcome], before: Machine, after: Machine, scale: float) -> None:
    """Every figure, with what it was measured on."""
    answer = {
        "scale": scale,
        "before": asdict(before),
        "after": asdict(after),
        "comparisons": [_comparison(outcome) for outcome in outcomes],
    }
    path.write_bytes(orjson.dumps(answer, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _comparison(outcome: Outcome) -> dict[str, Any]:
    comparison = outcome.comparison
    return {
        "title": comparison.title,
        "things": comparison.things,
        "load": outcome.load,
        "ours": comparison.ours.name,
        "counts": comparison.counts,
        "contenders": [
            {
                "name": contender.name,
                "what": contender.what,
                "amount": outcome.best(contender.name).amount,
                "seconds": [sample.seconds for sample in outcome.samples[contender.name]],
                "cpuSeconds": [sample.cpu for sample in outcome.samples[contender.name]],
                "perSecond": 1 / outcome.median(contender.name),
                **_latency(outcome, contender.name),
                **_ratios(outcome, contender.name),
            }
            for contender in comparison.contenders
        ],
    }


def _latency(outcome: Outcome, name: str) -> dict[str, float]:
    if not outcome.best(name).latencies:
        return {}
    middle, high = percentiles(outcome, name)
    return {"p50": middle, "p99": high}


def _ratios(outcome: Outcome, name: str) -> dict[str, Any]:
    if name == outcome.comparison.ours.name:
        return {}
    aim = outcome.comparison.aims.get(name)
    ratios = {
        "oursPerBest": outcome.ratio_of_best(name),
        "oursPerMedian": outcome.ratio(name),
        "oursPerCpu": outcome.ratio_of_cpu(name),
    }
    return ratios if aim is None else {**ratios, "aim": aim, "met": name not in outcome.missed}
