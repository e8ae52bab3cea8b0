"""`python -m tests.recorded prepare | record | compare`; see the package."""

import argparse
import sys
import time
from pathlib import Path

from tests.recorded.product import stop_on_signals


def main() -> int:
    """Does what was asked for; 1 where two recordings differ."""
    asked = _parser().parse_args()
    stop_on_signals()
    began = time.monotonic()
    if asked.what == "compare":
        from tests.recorded.comparing import compare

        return compare(asked.before.resolve(), asked.after.resolve(), most=asked.most)
    if asked.what == "prepare":
        from tests.recorded.preparing import prepare

        made = len(prepare(asked.tree.resolve(), asked.module, asked.directory.resolve()).reports)
        _say(f"{made} reports, in {time.monotonic() - began:.0f} s.")
        return 0
    from tests.recorded.recording import record

    counts = record(asked.tree.resolve(), asked.module, asked.data.resolve(), asked.directory.resolve(), _say)
    _say(f"{', '.join(f'{count} {what}' for what, count in counts.items())}, in {time.monotonic() - began:.0f} s.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.recorded", description="Proves that nothing has changed.")
    commands = parser.add_subparsers(dest="what", required=True)
    preparation = commands.add_parser("prepare", help="makes the data that recordings start from")
    recording = commands.add_parser("record", help="records what a checkout answers")
    for command in (preparation, recording):
        command.add_argument("directory", type=Path, help="what to make; must not exist")
        command.add_argument("--tree", type=Path, default=Path.cwd(), help="the checkout whose code runs")
        command.add_argument("--module", default="graphql_api.cli", help="the module that is the command rollcall")
    recording.add_argument("--data", type=Path, required=True, help="what `prepare` made")
    comparison = commands.add_parser("compare", help="says what differs between two recordings; exit 1 if anything")
    comparison.add_argument("before", type=Path)
    comparison.add_argument("after", type=Path)
    comparison.add_argument("--most", type=int, default=40, help="differences to show")
    return parser


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
