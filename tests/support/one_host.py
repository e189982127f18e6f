"""A test host that outlives the command that makes it, for molecule.

    python -m tests.support.one_host start DIRECTORY
    python -m tests.support.one_host end DIRECTORY

``DIRECTORY/ssh`` is an ssh that reaches it as ``host1``.  It ends when the
directory goes, too, and at the latest after a quarter of an hour.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.support import hosts

LIMIT_SECONDS = 900
SSH = """\
#!/bin/sh
exec nsenter --target {pid} --net ssh -F {config} "$@"
"""


def main(action, directory):
    """Do what the command line says."""
    {"start": start, "keep": keep, "end": end}[action](Path(directory))


def start(directory):
    """Have a process of its own keep a host; wait until it is there."""
    with open(directory / "host.log", "wb") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.support.one_host", "keep",
             directory], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True)
    (directory / "pid").write_text(str(keeper.pid))
    while not (directory / "ssh").exists():
        if keeper.poll() is not None:
            sys.exit((directory / "host.log").read_text())
        time.sleep(0.05)


def keep(directory):
    """Be that process."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    limit = time.monotonic() + LIMIT_SECONDS
    with hosts.made(1) as fleet:
        staged = directory / "ssh.new"
        staged.write_text(SSH.format(pid=fleet.pid, config=fleet.config))
        staged.chmod(0o755)
        staged.rename(directory / "ssh")
        while directory.exists() and time.monotonic() < limit:
            time.sleep(0.2)


def end(directory):
    """End it; wait until it is gone."""
    pid = int((directory / "pid").read_text())
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.05)
    (directory / "ssh").unlink()


if __name__ == "__main__":
    main(*sys.argv[1:])
