"""Run a command that gets a signal ahead of one of its calls.

``python -m tests.support.killing SIGNAL NUMBER ARGUMENT ...`` runs
``modwsgideploy ARGUMENT ...``, and sends it the signal, such as KILL, ahead of
the call of that number that touches a disk or starts a program.  Where the
environment variable KILLED_AHEAD_OF names a program, only its starts count.
"""

import mmap
import os
import signal
import subprocess
import sys

CALLS = """chmod chown fchmod fchown fsync link makedirs mkdir pwrite rename
    rmdir symlink unlink utime write""".split()


def main(name, number, arguments):
    """Run ``arguments``; get the signal ahead of the call ``number``."""
    command = os.getpid()
    count = mmap.mmap(-1, 8)     # shared with the children

    def ahead():
        done = int.from_bytes(count[:], "big") + 1
        count[:] = done.to_bytes(8, "big")
        if done == number:
            # A child that writes for the command has it, too.
            for process in dict.fromkeys([command, os.getpid()]):
                os.kill(process, signal.Signals[f"SIG{name}"])

    program = os.environ.get("KILLED_AHEAD_OF") or None
    for each in CALLS if not program else ():
        setattr(os, each, after(ahead, getattr(os, each)))
    subprocess.Popen.__init__ = after(
        ahead, subprocess.Popen.__init__,
        lambda _, command, *rest: program in (None, command[0]))
    os.open = after(ahead, os.open, lambda _, flags, *rest: (
        not program and flags & os.O_CREAT))

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
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
