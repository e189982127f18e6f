"""Turn the signals that end this process into an exception."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, Union

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
