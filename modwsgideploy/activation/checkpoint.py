"""The checkpoint of a run, and the lock between runs."""

import json
import os
from contextlib import contextmanager
from time import monotonic, sleep

from modwsgideploy.activation.state import PathChange, PathState, read_files
from modwsgideploy.errors import DeployError
from modwsgideploy.system import transaction

CHECKPOINT = ".modwsgideploy-enabling"
LOCK_SECONDS = 10


@contextmanager
def locked(place):
    """Be the only one that changes ``place``.  Raises DeployError."""
    import fcntl

    descriptor = os.open(place.root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        end = monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if monotonic() > end:
                    raise DeployError(
                        f"{place.root}: another run switches sites on or off;"
                        " wait for it or end it") from None
                sleep(0.05)
        yield
    finally:
        os.close(descriptor)


def remember(place, steps, ran=False):
    """Write the checkpoint; ``ran`` says whether Apache did.

    Raises DeployError.
    """
    _write_checkpoint(place, json.dumps(
        {"format": 1, "ran": ran, "steps": list(_by_path(steps))}, indent=1))


def remembered(place):
    """The Steps (list) of a run that did not come to its end."""
    return _remembered(place)[0]


def _remembered(place):
    """The same, and whether Apache ran."""
    text = read_files(os.path.join(place.root, CHECKPOINT)).text
    if text is None:
        return [], False
    known = json.loads(text)
    return [PathChange(path, PathState(*old), PathState(*new))
            for path, old, new in known["steps"]], known["ran"]


def forget(place):
    """Remove the checkpoint.  Raises DeployError."""
    _write_checkpoint(place, None)


def _write_checkpoint(place, text):
    transaction.write(transaction.plan(
        [transaction.File(CHECKPOINT, text, 0o600)], place.root))


def _by_path(steps):
    """``steps``, those of a path once."""
    return {step.path: step for step in steps}.values()
