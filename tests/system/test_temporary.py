"""Temporary directories and files, whatever moment a signal comes at."""

import contextlib
import os
import shutil
import signal
import sys
import tempfile
import unittest
import weakref

from modwsgideploy.system import signals, temporary
from modwsgideploy.system.signals import Stopped, deferred_signals
from modwsgideploy.system.temporary import (
    temporary_directory,
    temporary_file,
)

# More lines of these modules than one of the functions below runs.
MOST = 2000
MODULES = {module.__file__ for module in (
    contextlib, shutil, signals, temporary, tempfile, weakref)}


def directory():
    with temporary_directory("of-ours-") as path:
        with open(os.path.join(path, "file"), "w") as stream:
            stream.write("text")


def file():
    temporary_file().close()


class Signalled(unittest.TestCase):

    def test_at_each_line_that_is_run(self):
        for function in directory, file:
            with tempfile.TemporaryDirectory() as top:
                for line in range(MOST):
                    if not self.signalled_at(line, function, top):
                        break
                    self.assertEqual(os.listdir(top), [], line)
                self.assertTrue(20 < line < MOST, line)

    def signalled_at(self, line, function, top):
        """Return whether the child ran so many lines."""
        child = os.fork()
        if not child:
            status = 2
            try:
                status = run(line, function, top)
            finally:
                os._exit(status)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run(line, function, top):
    """Call ``function`` with a signal at that line of all that it runs.

    Return 0 if it has fewer.
    """
    left = [line]

    def trace(frame, event, argument):
        if frame.f_code.co_filename not in MODULES:
            return None
        if event == "line":
            left[0] -= 1
            if left[0] == -1:
                sys.settrace(None)
                os.kill(os.getpid(), signal.SIGTERM)
        return trace

    signal.signal(signal.SIGTERM, stop)
    tempfile.tempdir = None      # so that it is found out anew
    os.environ["TMPDIR"] = top
    sys.settrace(trace)
    try:
        function()
    except Stopped:
        pass
    sys.settrace(None)
    return left[0] < 0


def stop(number, frame):
    raise Stopped(128 + number)


class Deferred(unittest.TestCase):

    def test_it_comes_when_the_block_is_left(self):
        before = signal.signal(signal.SIGTERM, stop)
        self.addCleanup(signal.signal, signal.SIGTERM, before)
        reached = False
        with self.assertRaises(Stopped), deferred_signals():
            signal.raise_signal(signal.SIGTERM)
            reached = True
        self.assertTrue(reached)
        self.assertIs(signal.getsignal(signal.SIGTERM), stop)

    def test_what_is_ignored_stays_so(self):
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self.addCleanup(signal.signal, signal.SIGHUP, before)
        with deferred_signals():
            signal.raise_signal(signal.SIGHUP)
        self.assertIs(signal.getsignal(signal.SIGHUP), signal.SIG_IGN)


if __name__ == "__main__":
    unittest.main()
