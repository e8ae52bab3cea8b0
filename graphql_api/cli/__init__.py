"""The command line: `rollcall COMMAND`, the console script of the project.

`commands` declares what can be typed and hands over to one module per command, in `data`, `upkeep` or `running`; those
may import what they like, so that `rollcall --help` stays quick. `core.composition` puts the product together
(settings, servers, schema, services) and is the only place that does. `entry` turns what happens into an exit code: 0,
1 (it failed, with one sentence on stderr) or 2 (wrong use). `core.interruption` makes one thing of Ctrl-C, SIGTERM and
a closed terminal. Results go to stdout, progress and logs to stderr.
"""

import gc
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Runs the command of the process's arguments, and exits."""
    gc.disable()  # nothing that is loaded is let go again: to look for it costs a seventh of the start (see `run_on`)
    from graphql_api.cli.core import interruption

    interruption.listen()  # before anything slow is loaded
    from graphql_api.cli.entry import answer

    sys.exit(answer(sys.argv[1:]))
