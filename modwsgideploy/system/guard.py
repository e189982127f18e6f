"""Undo what a process has begun even if it is killed by SIGKILL."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager, suppress
from typing import Callable, Iterator

from modwsgideploy.errors import DeployError


@contextmanager
def guarded(undo: Callable[[], object]) -> Iterator[None]:
    """Have another process call ``undo`` if this one dies within the block.

    However else the block ends, ``undo`` is not called.  Raises DeployError
    if no process can be started.
    """
    reading, writing = os.pipe()
    try:
        child = os.fork()
    except OSError as error:
        os.close(reading)
        os.close(writing)
        raise DeployError(
            f"cannot start the process that watches over the switch"
            f" ({error.strerror}); end others, or raise their limit, and run"
            " again") from None
    if not child:
        _watch(reading, writing, undo)
    os.close(reading)
    try:
        yield
    finally:
        with suppress(BrokenPipeError):
            os.write(writing, b".")
        os.close(writing)
        os.waitpid(child, 0)


def _watch(reading: int, writing: int, undo: Callable[[], object]) -> None:
    """Wait for a word of the parent, or its end; never return."""
    try:
        os.close(writing)
        os.setsid()    # out of reach of Ctrl-C
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if not os.read(reading, 1):
            undo()
    finally:           # nothing of the parent's is run
        os._exit(0)
