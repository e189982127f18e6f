"""Have Apache read its configuration, and wait until it has."""

from __future__ import annotations

from time import monotonic, sleep

from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.apache import control
from modwsgideploy.apache.binaries import Httpd
from modwsgideploy.apache.control import Service
from modwsgideploy.errors import Failed

# Time for processes that Apache has told to end.
SETTLED_SECONDS = 1
# Time that it takes to start, when it does not say a word.
STARTED_SECONDS = 5


def find_running(httpd: Httpd, layout: ApacheLayout,
                 can_wait: bool = True) -> Service:
    """Find the Apache that is to read a change.

    Its configuration has to be one that it accepts.  ``can_wait`` is whether
    --no-reload leaves the change to Apache's next start.  Raises Failed where
    it does not run.
    """
    service = control.find_service(httpd, layout.config, layout.platform)
    if not service.pid:
        raise Failed(
            "Apache does not run, so nothing was changed; start it with `"
            + control.control_command_line(service, "start")
            + "`" + ", or leave it to Apache's next start with --no-reload"
            * can_wait)
    return service


def reload(service: Service, verb: str = "reload",
           timeout_seconds: float = 30) -> str:
    """Have Apache read its configuration; return "" or what went wrong.

    ``verb`` is "reload", "restart" or "start".  Where a reload would end
    Apache, it is a restart.
    """
    if verb == "reload" and not control.survives_reload(service):
        verb = "restart"
    before = service.generation
    failure = control.control(service, verb)
    if failure:
        return failure
    command = control.control_command_line(service, verb)
    end = monotonic() + timeout_seconds
    patience = SETTLED_SECONDS if verb == "reload" else STARTED_SECONDS
    gone_since = 0.0
    while monotonic() < end:
        if not service.pid:
            gone_since = gone_since or monotonic()
            if monotonic() - gone_since > patience:
                return f"Apache ended after `{command}`"
        elif service.generation != before:
            return ""
        sleep(0.01)
    return (f"Apache has not read its configuration {timeout_seconds} seconds"
            f" after `{command}`")


def reload_or_start(service: Service, timeout_seconds: float = 30) -> str:
    """Have Apache read what was there before, and start it if it has ended.

    Returns "" or what went wrong.
    """
    if service.pid:
        failure = reload(service, "reload", timeout_seconds)
        if not failure or service.pid:
            return failure
    end = monotonic() + timeout_seconds
    while True:
        failure = reload(service, "start", timeout_seconds)
        if not failure or monotonic() > end:
            return failure
        # What is left of the one that ended may have its port still.
        sleep(0.2)
