"""Signals that end this process, made into an exception."""


class Stopped(SystemExit):
    """A signal asks this process to end; its code is the usual one."""


def stop_on_signals():
    """Make the signals that end a process raise Stopped.

    Returns the handlers that were there; none outside the main thread.
    """
    import signal
    import threading

    def stop(number, frame):
        raise Stopped(128 + number)

    if threading.current_thread() is not threading.main_thread():
        return {}
    handlers = {number: signal.getsignal(number) for number in
                (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    for number, handler in handlers.items():
        # What somebody chose, such as nohup, stays.
        if handler == signal.SIG_DFL:
            signal.signal(number, stop)
    return handlers


class undisturbed:
    """While it lasts no signal interrupts; then ``handlers`` are back."""

    def __init__(self, handlers):
        self.handlers = handlers

    def __enter__(self):
        import signal

        for number in self.handlers:
            signal.signal(number, signal.SIG_IGN)

    def __exit__(self, *error):
        import signal

        for number, handler in self.handlers.items():
            signal.signal(number, handler)
