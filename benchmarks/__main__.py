"""`python -m benchmarks [NAME …] [--scale 10] [--repetitions 5] [--json FILE]`."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from benchmarks import alerting, exporting, generating, importing, querying, scheduling
from benchmarks.comparing import Comparison, Outcome, compare
from benchmarks.machine import Machine, machine
from benchmarks.showing import say, show, write_json
from benchmarks.stage import Stage, StageTakenError, opened_stage
from graphql_api.http.logging import configure_logging

BENCHMARKS: Final[dict[str, Callable[[Stage], Sequence[Comparison]]]] = {
    "import": importing.comparisons,
    "generate": generating.comparisons,
    "query": querying.comparisons,
    "exports": exporting.comparisons,
    "alerts": alerting.comparisons,
    "schedules": scheduling.comparisons,
}


def main() -> int:
    """Runs the chosen benchmarks. A missed aim is shown, and no failure: benchmarks are not tests."""
    asked = _arguments()
    configure_logging("warning")
    outcomes: list[Outcome] = []
    before = machine()
    try:
        with opened_stage(asked.scale) as stage:
            for name in asked.names or BENCHMARKS:
                for comparison in BENCHMARKS[name](stage):
                    say(f"{name}: {comparison.title} …")
                    outcome = asyncio.run(compare(comparison, asked.repetitions))
                    outcomes.append(outcome)
                    show(outcome)
    except StageTakenError as error:
        say(str(error))
        return 1
    _tell(before, machine(), asked.scale)
    if asked.json:
        write_json(asked.json, outcomes, before, machine(), asked.scale)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What Rollcall costs beside its peers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--scale", type=float, default=10.0, help="size of the demo college; 10: 10,000 trainees")
    parser.add_argument("--repetitions", type=int, default=5, help="how often each side runs, in turn")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every figure to this file")
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in BENCHMARKS]:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    if not 0.05 <= asked.scale <= 100:
        parser.error("--scale must be from 0.05 to 100")
    if asked.repetitions < 1:
        parser.error("--repetitions must be 1 or more")
    return asked


def _tell(before: Machine, after: Machine, scale: float) -> None:
    say(
        f"Scale {scale:g}; {after.cores} cores, Python {after.python}; load average {before.load:.1f} before and"
        f" {after.load:.1f} after (more than the benchmark's own 1 to 2 means that others were at work)."
    )


if __name__ == "__main__":
    sys.exit(main())
