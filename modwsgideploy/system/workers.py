"""Call a function for many numbers in several processes.

A child is a fork, so it has everything that was read before, and only its
results are sent.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from typing import Callable, Iterable, Iterator, NoReturn, Sequence, TypeVar

from modwsgideploy.errors import Failed

Result = TypeVar("Result")


def parallel_map(function: Callable[[int], Result], numbers: Iterable[int],
                 jobs: int = 1) -> Iterator[tuple[int, Result]]:
    """Yield (number, ``function(number)``) for each number, as they are done.

    ``jobs`` children work on every ``jobs``-th of ``numbers`` each.  The
    results must be of types that marshal knows.  The children end when the
    generator does.

    Raises Failed if one of them was killed.
    """
    import select

    from modwsgideploy.system.transaction import _hear

    numbers = list(numbers)
    jobs = min(jobs, len(numbers))
    if jobs < 2:
        for number in numbers:
            yield number, function(number)
        return
    left = len(numbers)
    with ExitStack() as stack:
        pipes = [stack.enter_context(_child(function, numbers[job::jobs]))
                 for job in range(jobs)]
        while pipes:
            for reading in select.select(pipes, (), ())[0]:
                heard = _hear(reading)
                if heard is None:
                    pipes.remove(reading)
                else:
                    left -= 1
                    yield heard
    if left:
        raise Failed(f"a process that works was killed; {left} sites were not"
                     " looked at; run it again, or with --jobs=1")


@contextmanager
def _child(function: Callable[[int], Result],
           numbers: Sequence[int]) -> Iterator[int]:
    """Run a child that reports (number, result) of each; yield its pipe."""
    import signal

    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _be_child(function, numbers, writing)
    os.close(writing)
    try:
        yield reading
    finally:
        os.close(reading)
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)


def _be_child(function: Callable[[int], Result], numbers: Sequence[int],
              writing: int) -> NoReturn:
    """Do the work, then exit without the rest of the command."""
    import signal
    import traceback

    from modwsgideploy.system.transaction import _tell

    def stop(number: int, frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    status = 1
    try:
        # So that processes started by the work are ended, too.
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        for number in numbers:
            _tell(writing, (number, function(number)))
        status = 0
    except (SystemExit, BrokenPipeError):
        pass
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)
