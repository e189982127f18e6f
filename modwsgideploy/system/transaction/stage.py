"""Have a stage, a directory that is also the lock between runs."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager, suppress
from typing import Callable, Iterator

from modwsgideploy.errors import DeployError
from modwsgideploy.system.transaction.journal import undo
from modwsgideploy.system.transaction.paths import owner_of

LOCK_SECONDS = 30
_RETRY_MILLISECONDS = 5

# Whether the command ends within so many milliseconds.
IsGone = Callable[[int], bool]


@contextmanager
def locked_stage(stage: str, mode: int, is_gone: IsGone) -> Iterator[None]:
    """Have the directory ``stage`` empty and locked; remove it afterwards.

    What a killed run has left in it is undone first.

    Raises DeployError if another run holds it for too long, or if the command
    of this run is gone.
    """
    descriptor = _lock(stage, mode, is_gone)
    try:
        if os.listdir(descriptor):
            undo(stage)
            _clear(stage)
        try:
            yield
        finally:
            # Only the holder of its lock moves a stage: if it is still there
            # by this name, it is ours.
            if _is_same(stage, descriptor):
                undo(stage)
                with suppress(OSError):  # then the next run does it
                    _clear(stage)
                    os.rmdir(stage)
    finally:
        os.close(descriptor)


def _lock(stage: str, mode: int, is_gone: IsGone) -> int:
    """Create the directory ``stage`` if need be; return it open, locked."""
    end, wait = time.monotonic() + LOCK_SECONDS, 0
    while time.monotonic() < end:
        if is_gone(wait):
            raise DeployError(f"{stage}: the command ended")
        with suppress(FileExistsError):
            os.mkdir(stage, mode)
        try:
            descriptor = os.open(
                stage, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except FileNotFoundError:  # the other run has just finished
            continue
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_same(stage, descriptor):
                _check_owner(stage, descriptor)
                return descriptor
        os.close(descriptor)
        wait = _RETRY_MILLISECONDS
    raise DeployError(
        f"{os.path.dirname(stage)}: another run has been writing here for"
        f" {LOCK_SECONDS} seconds; nothing was changed; wait for it or end it")


def _check_owner(stage: str, descriptor: int) -> None:
    """Raise DeployError if another user has made ``stage``.

    Its journal would say which files to replace.
    """
    if os.fstat(descriptor).st_uid != os.geteuid():
        owner = owner_of(stage)
        os.close(descriptor)
        raise DeployError(
            f"{stage}: another user{owner} has made it, maybe in a run that"
            " did not finish; nothing was changed; have that user run again,"
            " or look into it and remove it")


def _is_same(path: str, descriptor: int) -> bool:
    """Whether ``path`` names the open directory ``descriptor``."""
    try:
        return os.path.samestat(os.lstat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _clear(stage: str) -> None:
    """Remove everything in ``stage``; follow no links."""
    for _, directories, files, descriptor in os.fwalk(stage, topdown=False):
        for name in files + directories:  # these may be links, too
            try:
                os.unlink(name, dir_fd=descriptor)
            except IsADirectoryError:
                os.rmdir(name, dir_fd=descriptor)
