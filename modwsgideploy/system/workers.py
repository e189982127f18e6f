"""Work on many numbers, in several processes: what is told of each out.

A child is a fork, so it has all that was looked up before, and only what it
finds is sent.
"""

import os
from contextlib import ExitStack, contextmanager

from modwsgideploy.errors import Failed


def spread(function, numbers, jobs=1):
    """Yield (number, ``function(number)``) for each of ``numbers``.

    ``jobs`` children call it, in the order of ``numbers`` each; what it
    returns is of plain values.  They end when the generator does.  Raises
    Failed when one of them was killed.
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
def _child(function, numbers):
    """A child that tells ``function(number)`` of each: where it is heard."""
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


def _be_child(function, numbers, writing):
    """Do the work, then end, without the rest of the command."""
    import signal
    import traceback

    from modwsgideploy.system.transaction import _tell

    def stop(number, frame):
        raise SystemExit(128 + number)

    status = 1
    try:
        # What the work has started ends as well.
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
