"""Wait until no other run holds the lock of a directory."""

from __future__ import annotations

import os
from collections.abc import Callable
from time import monotonic, sleep

from modwsgideploy.errors import DeployError


def lock(descriptor: int, seconds: float, busy: str) -> None:
    """Lock an open file or directory; closing ``descriptor`` unlocks it.

    Raises DeployError with the message ``busy`` if another run has it for
    longer than ``seconds``.
    """
    import fcntl

    _retry(lambda: fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB),
           seconds, busy)


def wait_for_lock(path: str, seconds: float, busy: str) -> None:
    """Wait until no other program has a POSIX lock on the file ``path``,
    which need not be there.  Raises DeployError as `lock` does."""
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return
    try:
        _retry(lambda: fcntl.lockf(
            descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB), seconds, busy)
    finally:
        os.close(descriptor)


def _retry(attempt: Callable[[], object], seconds: float, busy: str) -> None:
    end = monotonic() + seconds
    while True:
        try:
            attempt()
            return
        except (BlockingIOError, PermissionError):
            if monotonic() > end:
                raise DeployError(busy) from None
            sleep(0.05)
