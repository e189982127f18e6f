"""Forked children: how they end."""

import subprocess
import sys
import unittest

from tests.support import TOP

# A signal that comes when a child is about to exit: the parent sends one to
# each child that it needs no more.
LATE_SIGNAL = """
import os, signal
from modwsgideploy.system.child import forked, reports

leave = os._exit

def late(status):
    os.kill(os.getpid(), signal.SIGTERM)
    leave(status)

os._exit = late
try:
    with forked(lambda parent: parent.report(1), "of a test") as child:
        print(*reports([child]), flush=True)
finally:
    print("went on", flush=True)
"""


class Ends(unittest.TestCase):

    def test_a_child_never_goes_on_as_its_parent(self):
        done = subprocess.run(
            [sys.executable, "-c", LATE_SIGNAL], cwd=TOP,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
            timeout=60)
        self.assertEqual(done.stdout, "1\nwent on\n")
