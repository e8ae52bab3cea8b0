"""From arguments to an exit code: 0, 1 (it failed) or 2 (wrong use)."""

import os
import sys
from collections.abc import Sequence
from typing import Final

import typer

from graphql_api.cli.core import interruption

FAILED: Final = 1
WRONG_USE: Final = 2


def answer(arguments: Sequence[str]) -> int:
    """Runs one command; whatever goes wrong becomes a sentence on stderr."""
    from graphql_api.cli.commands import rollcall

    try:
        code = typer.main.get_command(rollcall).main(list(arguments), prog_name="rollcall", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        return _wrong_use(error)
    except (interruption.Interrupted, typer.Abort):
        sys.stderr.write("Interrupted.\n")
        return FAILED
    except BrokenPipeError:
        # Whoever read our output has had enough; Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        return _failed(error)
    return code if isinstance(code, int) else 0


def _wrong_use(error: typer.TyperException) -> int:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "rollcall"
    text = error.format_message().rstrip(".")
    sys.stderr.write(f"{text}\n" if "\n" in text else f"{text}. See `{command} --help`.\n")
    return WRONG_USE


def _failed(error: Exception) -> int:
    from graphql_api.cli.core.failing import sentence_of

    sentence = sentence_of(error)
    if sentence is None:
        import structlog

        from graphql_api.http.logging import configure_logging

        if not structlog.is_configured():  # its own way would print local variables, and with them secrets
            configure_logging("info")
        structlog.get_logger("rollcall.cli").error("command_failed", exc_info=error)
        sentence = f"Something unexpected went wrong: {type(error).__name__}. The lines above say where."
    sys.stderr.write(sentence + "\n")
    return FAILED
