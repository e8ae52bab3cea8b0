"""`python -m tests.faults [--jobs 60 --kills 5 …]`: exit 1 when the ledger does not hold."""

import sys

from graphql_api.http.logging import configure_logging
from tests.faults.happening import happen
from tests.faults.ledger import Line
from tests.faults.plan import plan_of

MARKS = {True: "ok", False: "NO", None: ""}


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _show(line: Line) -> None:
    sys.stdout.write(f"{line.text:<62}{line.value!s:>10}  {MARKS[line.holds]}\n")


def main() -> int:
    """Runs the plan that was asked for and prints the ledger."""
    plan = plan_of(sys.argv[1:])
    configure_logging("error")
    lines = happen(plan, _say)
    for line in lines:
        _show(line)
    return int(any(line.holds is False for line in lines))


if __name__ == "__main__":
    sys.exit(main())
