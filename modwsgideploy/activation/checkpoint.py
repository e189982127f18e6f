"""Keep on disk what a run is about to change, and let one run at a time."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Iterable, Iterator, NamedTuple

from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.state import (
    PathChange,
    PathState,
    one_of_each_path,
    read_state,
)
from modwsgideploy.errors import DeployError
from modwsgideploy.system import transaction

CHECKPOINT = ".modwsgideploy-enabling"
LOCK_SECONDS = 10


class Checkpoint(NamedTuple):
    """What a run was about to change; no changes where none was killed."""

    changes: tuple[PathChange, ...] = ()
    apache_ran: bool = False


@contextmanager
def locked(layout: ApacheLayout) -> Iterator[None]:
    """Be the only run that changes ``layout``.  Raises DeployError."""
    import fcntl

    descriptor = os.open(layout.root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        end = monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if monotonic() > end:
                    raise DeployError(
                        f"{layout.root}: another run switches sites on or"
                        " off; wait for it or end it") from None
                sleep(0.05)
        yield
    finally:
        os.close(descriptor)


def write_checkpoint(layout: ApacheLayout, changes: Iterable[PathChange],
                     apache_ran: bool = False) -> None:
    """Write what is about to change.  Raises DeployError."""
    _write(layout, json.dumps({
        "format": 1, "ran": apache_ran, "steps": one_of_each_path(changes)},
        indent=1))


def read_checkpoint(layout: ApacheLayout) -> Checkpoint:
    """Read what a run that did not come to its end was about to change."""
    text = read_state(os.path.join(layout.root, CHECKPOINT)).text
    if text is None:
        return Checkpoint()
    fields = json.loads(text)
    return Checkpoint(tuple(
        PathChange(path, PathState(*old), PathState(*new))
        for path, old, new in fields["steps"]), fields["ran"])


def remove_checkpoint(layout: ApacheLayout) -> None:
    """Say that the run has come to its end.  Raises DeployError."""
    _write(layout, None)


def _write(layout: ApacheLayout, text: str | None) -> None:
    transaction.write(transaction.plan(
        [transaction.File(CHECKPOINT, text, 0o600)], layout.root))
