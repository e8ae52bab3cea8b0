"""How long statements take: each is measured where somebody counts, and a slow one is a line in the log."""

from collections.abc import Callable
from time import perf_counter
from typing import Any, Final

import structlog
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine

LONGEST: Final = 2_000

log = structlog.get_logger("rollcall.slow")


def observe_statements(
    engine: AsyncEngine,
    slow_seconds: float,
    took: Callable[[float], None] | None = None,
    *,
    clock: Callable[[], float] = perf_counter,
) -> None:
    """Watches the statements of the engine from here on; `took` is given the seconds of each.

    The line has the text of the statement, in which names stand for values: values are secrets, addresses and people.
    """

    def begins(_connection: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
        context.rollcall_begun = clock()

    def ended(_connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool) -> None:
        over(statement, context)

    def failed(failure: ExceptionContext) -> None:  # the slowest of all: the database ended it
        if failure.statement is not None:
            over(failure.statement, failure.execution_context)

    def over(statement: str, context: Any) -> None:
        begun = getattr(context, "rollcall_begun", None)
        if begun is None:
            return
        seconds = clock() - begun
        if took is not None:
            took(seconds)
        if seconds >= slow_seconds:
            log.warning("slow statement", ms=round(seconds * 1000, 1), statement=" ".join(statement.split())[:LONGEST])

    event.listen(engine.sync_engine, "before_cursor_execute", begins)
    event.listen(engine.sync_engine, "after_cursor_execute", ended)
    event.listen(engine.sync_engine, "handle_error", failed)
