"""Wait until no other run holds the lock of a directory."""

from __future__ import annotations

from time import monotonic, sleep

from modwsgideploy.errors import DeployError


def lock(descriptor: int, seconds: float, busy: str) -> None:
    """Lock an open file or directory; closing ``descriptor`` unlocks it.

    Raises DeployError with the message ``busy`` if another run has it for
    longer than ``seconds``.
    """
    import fcntl

    end = monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if monotonic() > end:
                raise DeployError(busy) from None
            sleep(0.05)
