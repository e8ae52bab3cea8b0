"""One log for everything: structured lines to stderr, for people on a terminal and as JSON elsewhere."""

import logging
import sys
from typing import TextIO

import orjson
import structlog
from structlog.types import Processor

# Said in our own words, or said too often.
QUIETER = {
    "uvicorn": "WARNING",
    "uvicorn.error": "WARNING",
    "arq": "WARNING",
    "alembic": "WARNING",
    "asyncio": "WARNING",
    # they name the addresses of webhooks, which may carry a token, and the headers of every call
    "httpx": "WARNING",
    "httpcore": "WARNING",
}


def configure_logging(level: str, stream: TextIO | None = None) -> None:
    """Sends structlog and the standard library's loggers to the stream (stderr); `level` as in ROLLCALL_LOG."""
    out = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # Plain tracebacks: the colourful ones print local variables, and with them secrets.
    rendering: list[Processor] = (
        [structlog.dev.ConsoleRenderer(colors=True, exception_formatter=structlog.dev.plain_traceback)]
        if out.isatty()
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_json)]
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name, least in QUIETER.items():
        logging.getLogger(name).setLevel(max(logging.getLevelName(least), root.level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _json(value: object, **_options: object) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
