"""Fork child processes that report to this one through a pipe.

A child is a copy of this process, so it has everything that was read before;
only what it reports is sent, as values of the types that marshal knows.
"""

from __future__ import annotations

import marshal
import os
import select
import signal
from contextlib import contextmanager, suppress
from typing import Any, Callable, Iterable, Iterator, NoReturn

from modwsgideploy.errors import DeployError, Failed
from modwsgideploy.system.files import write_all

# The signals with which commands are ended, except SIGKILL.
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

# What a message of a child says: a value it reports, or how it ended.
_VALUE, _DONE, _REFUSED, _FAILED, _BUG = range(5)


class _ParentGone(BaseException):
    """The parent does not listen any more."""


class Parent:
    """The process that forked this one, as the child sees it."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._poll = select.poll()
        self._poll.register(pipe, 0)   # no event, except that nobody reads

    def report(self, value: Any) -> None:
        """Send ``value``; the child ends here if the parent is gone."""
        self._send((_VALUE, value))

    def is_gone(self, milliseconds: int = 0) -> bool:
        """Whether it ends, or stops listening, within that time."""
        return bool(self._poll.poll(milliseconds))

    def _send(self, message: tuple[int, Any]) -> None:
        data = marshal.dumps(message)
        try:
            write_all(self._pipe, len(data).to_bytes(4, "big") + data)
        except BrokenPipeError:
            raise _ParentGone from None


class Child:
    """A forked process, as its parent sees it.

    ``is_done`` is true once it has reported everything; it stays false if
    the child was killed.
    """

    is_done = False

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe

    def fileno(self) -> int:
        """Return the descriptor on which `select` waits for messages."""
        return self._pipe

    def receive(self) -> tuple[int, Any] | None:
        """Return the next message, None when the child has ended."""
        size = int.from_bytes(_read_exactly(self._pipe, 4), "big")
        data = _read_exactly(self._pipe, size)
        message: tuple[int, Any] | None = marshal.loads(data) if data else None
        return message


@contextmanager
def forked(function: Callable[[Parent], object], purpose: str,
           detached: bool = False) -> Iterator[Child]:
    """Call ``function(parent)`` in a child; yield the Child.

    When the block is left, the child has ended: it gets SIGTERM, so that
    what it has started ends as well.  A ``detached`` one is out of reach of
    the signals that end this process, and is waited for; it should ask
    ``parent.is_gone()`` before it begins what takes long.

    Raises DeployError, which names the ``purpose``, if no process can be
    started.
    """
    reading, writing = os.pipe()
    # A Ctrl-C in the child must not run the rest of the command there.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        try:
            number = os.fork() or _run_child(
                function, reading, writing, detached, mask)
        except OSError as error:
            os.close(reading)
            raise DeployError(
                f"cannot start the process {purpose} ({error.strerror}); end"
                " others, or raise their limit, and run again") from None
        finally:
            os.close(writing)
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            yield Child(reading)
        finally:
            os.close(reading)   # after Ctrl-C this says "do not begin"
            with suppress(ProcessLookupError, ChildProcessError):
                if not detached:
                    os.kill(number, signal.SIGTERM)
                os.waitpid(number, 0)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def reports(children: Iterable[Child]) -> Iterator[Any]:
    """Yield each value that ``children`` report, until all have ended.

    Raises the DeployError that ended one of them; RuntimeError, with the
    child's traceback, for any other exception.
    """
    running = list(children)
    while running:
        for child in select.select(running, (), ())[0]:
            message = child.receive()
            if message is None:
                running.remove(child)
            elif message[0] == _VALUE:
                yield message[1]
            else:
                _raise_for(*message)
                child.is_done = True


def _read_exactly(descriptor: int, size: int) -> bytes:
    """Read ``size`` bytes; return none of them if there are fewer."""
    data = b""
    while len(data) < size:
        part = os.read(descriptor, size - len(data))
        if not part:
            return b""
        data += part
    return data


def _run_child(function: Callable[[Parent], object], reading: int,
               writing: int, detached: bool, mask: Iterable[int]) -> NoReturn:
    """Call ``function``, report how it ended, and exit."""
    try:
        try:
            os.close(reading)
            if detached:
                os.setsid()
            for number in _ENDING:
                signal.signal(number,
                              signal.SIG_IGN if detached else _exit)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            parent = Parent(writing)
            parent._send(_outcome(function, parent))
        finally:
            # Its exception would get past the other finally, and this process
            # would go on as a second parent.
            signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    finally:    # nothing of the parent's is run: no handlers, no buffers
        os._exit(0)


def _exit(number: int, frame: object) -> NoReturn:
    """End the child as an exception does, so that it cleans up."""
    raise SystemExit(128 + number)


def _outcome(function: Callable[[Parent], object],
             parent: Parent) -> tuple[int, Any]:
    """Call ``function``; return the message that says how it ended."""
    try:
        function(parent)
    except DeployError as error:
        kind = _FAILED if isinstance(error, Failed) else _REFUSED
        return kind, error.messages
    except (_ParentGone, SystemExit):
        raise
    except BaseException:
        import traceback

        return _BUG, traceback.format_exc()
    return _DONE, None


def _raise_for(kind: int, content: Any) -> None:
    """Raise what ended a child, if anything did."""
    if kind == _REFUSED:
        raise DeployError(*content)
    if kind == _FAILED:
        raise Failed(*content)
    if kind == _BUG:
        raise RuntimeError("in a child process:\n" + content)
