"""Turn the signals that end this process into an exception."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Union

if TYPE_CHECKING:
    from types import FrameType

# What signal.getsignal returns: a function, SIG_DFL or SIG_IGN, or None.
Handlers = Dict[int, Union[Callable[..., Any], int, None]]


class Stopped(SystemExit):
    """A signal asked this process to end; ``code`` is the usual one."""


def stop_on_signals() -> Handlers:
    """Make the signals that end a process raise Stopped.

    Return the handlers that were set before; none outside the main thread.
    """
    import signal
    import threading

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped(128 + number)

    if threading.current_thread() is not threading.main_thread():
        return {}
    handlers: Handlers = {number: signal.getsignal(number) for number in
                          (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    for number, handler in handlers.items():
        # Keep what somebody chose, such as nohup.
        if handler == signal.SIG_DFL:
            signal.signal(number, stop)
    return handlers


@contextmanager
def ignored_signals(handlers: Handlers) -> Iterator[None]:
    """Ignore the signals of ``handlers`` in a block, then restore these."""
    import signal

    for number in handlers:
        signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextmanager
def deferred_signals() -> Iterator[None]:
    """Let the signals that end a process wait until the block is left.

    Nothing is deferred outside the main thread, where no handler runs.
    """
    import signal
    import threading

    def defer(number: int, frame: FrameType | None) -> None:
        received.append(number)

    received: List[int] = []
    handlers: Handlers = {}
    try:
        if threading.current_thread() is threading.main_thread():
            for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                handler = signal.getsignal(ending)
                # Ignored ones stay so; None is a handler not of Python.
                if handler not in (signal.SIG_IGN, None):
                    handlers[ending] = handler
                    signal.signal(ending, defer)
        yield
    finally:
        for deferred, handler in handlers.items():
            signal.signal(deferred, handler)
    for number in received:
        signal.raise_signal(number)
