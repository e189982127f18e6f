"""Call a function for many numbers in several processes."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Callable, Iterable, Iterator, TypeVar

from modwsgideploy.errors import Failed
from modwsgideploy.system.child import Parent, forked, reports

Result = TypeVar("Result")


def parallel_map(function: Callable[[int], Result], numbers: Iterable[int],
                 jobs: int = 1) -> Iterator[tuple[int, Result]]:
    """Yield (number, ``function(number)``) for each number, as they are done.

    ``jobs`` children work on every ``jobs``-th of ``numbers`` each.  The
    results must be of types that marshal knows.  The children end when the
    generator does.

    Raises Failed if one of them was killed, and what ``function`` raises.
    """
    numbers = list(numbers)
    jobs = min(jobs, len(numbers))
    if jobs < 2:
        for number in numbers:
            yield number, function(number)
        return
    left = len(numbers)
    with ExitStack() as stack:
        children = [stack.enter_context(
            forked(_worker(function, numbers[job::jobs]), "for a job"))
            for job in range(jobs)]
        for number, result in reports(children):
            left -= 1
            yield number, result
    if left:
        raise Failed(f"a process that works was killed; {left} sites were not"
                     " looked at; run it again, or with --jobs=1")


def _worker(function: Callable[[int], Result],
            numbers: Iterable[int]) -> Callable[[Parent], None]:
    """Return what a child does: report (number, result) for each number."""
    def work(parent: Parent) -> None:
        for number in numbers:
            parent.report((number, function(number)))

    return work
