"""Run a command that is killed with -9 ahead of one of its calls.

``python -m tests.support.killing NUMBER ARGUMENT ...`` runs ``modwsgideploy
ARGUMENT ...``, and kills it, with the child that writes for it, ahead of the
call of that number that touches a disk or starts a program.
"""

import mmap
import os
import signal
import subprocess
import sys

CALLS = """chmod chown fchmod fchown fsync link makedirs mkdir pwrite rename
    rmdir symlink unlink utime write""".split()


def main(number, arguments):
    """Run ``arguments``; be killed ahead of the call ``number``."""
    command = os.getpid()
    count = mmap.mmap(-1, 8)     # shared with the children

    def ahead():
        done = int.from_bytes(count[:], "big") + 1
        count[:] = done.to_bytes(8, "big")
        if done == number:
            if os.getpid() != command:
                os.kill(command, signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)

    for name in CALLS:
        setattr(os, name, after(ahead, getattr(os, name)))
    subprocess.Popen.__init__ = after(ahead, subprocess.Popen.__init__)
    os.open = after(ahead, os.open, lambda _, flags, *rest: flags & os.O_CREAT)

    from modwsgideploy.cli.console import main as run

    sys.argv[1:] = arguments
    sys.exit(run())


def after(ahead, function, counts=lambda *args: True):
    """``function``, with ``ahead()`` called first where a call counts."""
    def call(*args, **kwargs):
        if counts(*args):
            ahead()
        return function(*args, **kwargs)

    return call


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
