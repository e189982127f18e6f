"""End a private Apache in good order, also when this process is killed."""

from __future__ import annotations

import os
import signal
import subprocess
from time import monotonic, sleep

from modwsgideploy.apache.processes import group_lives
from modwsgideploy.templating.directory import TEMPLATES

# As long as mod_wsgi gives an application; Apache gives it 13.
_STOP_SECONDS = 5
# Where no /proc tells zombies from others, all count; hence an end.
_KILL_SECONDS = 0.5

Process = subprocess.Popen[bytes]


def start_watchdog(directory: str) -> Process:
    """Start what removes ``directory`` if this process is killed.

    It leads the process group that httpd joins.
    """
    return subprocess.Popen(
        ["/bin/sh", f"{TEMPLATES}/serve/watchdog.sh", directory], cwd="/",
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: os.setpgid(0, 0))  # noqa: PLW1509


def end_processes(httpd: Process | None, watchdog: Process | None) -> None:
    """End httpd, then what is left of the watchdog's process group."""
    if httpd:
        httpd.terminate()
        try:
            httpd.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pass
    if not watchdog:
        return
    end = monotonic() + _KILL_SECONDS
    try:
        while monotonic() < end:
            os.killpg(watchdog.pid, signal.SIGKILL)
            for child in filter(None, (httpd, watchdog)):
                child.poll()
            if not group_lives(watchdog.pid):
                break
            sleep(0.01)
    except ProcessLookupError:
        pass
    if watchdog.stdin:
        watchdog.stdin.close()
