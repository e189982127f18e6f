"""Have Apache read its configuration."""

from time import monotonic, sleep

from modwsgideploy.apache import control

# Time for processes that Apache has told to end.
SETTLED_SECONDS = 1
# Time that it takes to start, when it does not say a word.
STARTED_SECONDS = 5


def have_read(service, verb="reload", timeout=30):
    """Have Apache read its configuration; "" or what went wrong.

    It has done so when this returns.
    """
    before = service.generation
    said = control.control(service, verb)
    if said:
        return said
    command = control.control_command_line(service, verb)
    end = monotonic() + timeout
    patience = SETTLED_SECONDS if verb == "reload" else STARTED_SECONDS
    gone = 0
    while monotonic() < end:
        if not service.pid:
            gone = gone or monotonic()
            if monotonic() - gone > patience:
                return f"Apache ended after `{command}`"
        elif service.generation != before:
            return ""
        sleep(0.01)
    return (f"Apache has not read its configuration {timeout} seconds after"
            f" `{command}`")


def have_again(service, timeout=30):
    """Have Apache read what was there before, and start it if it has ended.

    Returns "" or what went wrong.
    """
    if service.pid:
        return have_read(service, "reload", timeout)
    end = monotonic() + timeout
    while True:
        said = have_read(service, "start", timeout)
        if not said or monotonic() > end:
            return said
        # What is left of the one that ended may have its port still.
        sleep(0.2)
