"""Write sets of files, each as a whole, in child processes."""

from __future__ import annotations

import gc
import os
from contextlib import ExitStack
from typing import Callable, Iterable, Optional, Sequence, Tuple, TypeVar

from modwsgideploy.errors import DeployError
from modwsgideploy.system.child import Parent, forked, reports
from modwsgideploy.system.identity import acting_as, owner_on_the_way
from modwsgideploy.system.transaction.changes import Change
from modwsgideploy.system.transaction.commit import write_set
from modwsgideploy.system.transaction.paths import is_settled, real_path

# How often a child is started again if it was killed.
ATTEMPTS = 2

Note = TypeVar("Note")
Prepare = Callable[[int], Tuple[Sequence[Change], Note]]
Report = Callable[[int, Optional[Note], Sequence[str]], object]


def write(changes: Sequence[Change]) -> None:
    """Make ``changes``, of one `plan`: all, or none if it raises.

    Raises DeployError: no space, no permission, a file that has changed since
    it was planned, another run that does not end.
    """
    if not changes:
        return
    directory = real_path(os.path.dirname(changes[0].path))
    if _is_nothing_to_do(changes, directory):
        return

    def work(parent: Parent) -> None:
        _write_as_owner(changes, directory, parent)

    for _ in range(ATTEMPTS):
        with forked(work, f"that writes {directory}", detached=True) as child:
            for _ in reports([child]):
                pass
        if child.is_done:
            return
    # killed, and once more while it put that right
    raise DeployError(
        f"{directory}: the process that writes it was killed; run again,"
        " which also puts right what it left")


def write_each(numbers: Iterable[int], prepare: Prepare[Note],
               report: Report[Note], jobs: int = 1,
               sync: bool = False) -> None:
    """Write the changes that ``prepare`` returns for each of ``numbers``.

    ``jobs`` children prepare and write them, each set as `write` does, and
    stop when this process is gone.  ``prepare(number)`` returns changes of
    one plan, and a note of types that marshal knows.  As each is done,
    ``report(number, note, messages)`` is called in this process, with None
    and the messages of the DeployError if it failed.  With ``sync`` each is
    on the disk by then.

    Raises DeployError if the children are killed again and again.
    """
    left = dict.fromkeys(numbers)
    attempts = ATTEMPTS
    gc.freeze()   # otherwise each child copies all memory to look through it
    try:
        while left and attempts:
            before = len(left)
            _write_round(left, prepare, report, jobs, sync)
            attempts = ATTEMPTS if len(left) < before else attempts - 1
    finally:
        gc.unfreeze()
    if left:
        raise DeployError(
            f"the process that writes was killed; {len(left)} sites were not"
            " looked at; run again, which also puts right what it left")


def _write_as_owner(changes: Sequence[Change], directory: str,
                    parent: Parent, sync: bool = True) -> None:
    """Write ``changes`` into ``directory`` (real).

    Root does so with the rights of the user who could lead it elsewhere.
    """
    planned = os.path.dirname(changes[0].path)
    with acting_as(owner_on_the_way(planned)):
        write_set(changes, directory, parent.is_gone, sync)


def _is_nothing_to_do(changes: Sequence[Change], directory: str) -> bool:
    """Whether all is as it shall be, and no killed run left anything."""
    return (all(change.action == "unchanged" for change in changes)
            and is_settled(directory))


def _write_round(left: dict[int, None], prepare: Prepare[Note],
                 report: Report[Note], jobs: int, sync: bool) -> None:
    """Let children work on the numbers ``left`` until they end.

    What they have done is taken out of it.
    """
    numbers = list(left)
    with ExitStack() as stack:
        children = [stack.enter_context(
            forked(_writer(numbers[job::jobs], prepare, sync),
                   "that writes", detached=True))
            for job in range(min(jobs, len(numbers)))]
        for number, note, messages in reports(children):
            del left[number]
            report(number, note, messages)


def _writer(numbers: Sequence[int], prepare: Prepare[Note],
            sync: bool) -> Callable[[Parent], None]:
    """Return what a child of `write_each` does for ``numbers``."""
    def work(parent: Parent) -> None:
        for number in numbers:
            if parent.is_gone():
                break
            note: Note | None = None
            messages: tuple[str, ...] = ()
            try:
                changes, note = prepare(number)
                if changes:
                    directory = real_path(os.path.dirname(changes[0].path))
                    if not _is_nothing_to_do(changes, directory):
                        _write_as_owner(changes, directory, parent, sync)
            except DeployError as error:
                messages = error.messages
            parent.report((number, note, messages))

    return work
