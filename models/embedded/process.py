"""Servers as processes: found again by their pid file, ended with patience."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil

PAUSE = 0.02


def recorded_process(pid_file: Path, directory: Path) -> psutil.Process | None:
    """The living server whose pid file this is, or None.

    A pid is not proof: after a crash or a restart of the machine it may be another program's. A server's working
    directory is its own, so that tells.
    """
    try:
        process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
        if process.status() == psutil.STATUS_ZOMBIE or Path(process.cwd()) != directory.resolve():
            return None
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return None
    except psutil.AccessDenied:
        return None  # another user's, so not ours
    return process


def end_process(process: psutil.Process, *signals: signal.Signals, patience: float) -> None:
    """Sends each signal in turn, until the process is gone; `patience` seconds after each, then kills it."""
    for number in (*signals, signal.SIGKILL):
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            return
        if wait_until(lambda: is_gone(process), patience):
            return


def is_gone(process: psutil.Process) -> bool:
    """Whether the process has ended, reaped by its parent or not."""
    try:
        return not process.is_running() or bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Waits for the condition to hold, and says whether it came to hold in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE)
    return True
