"""Commands that write while they are killed, or others write, or no space is.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from unittest import mock

from modwsgideploy.system import transaction
from modwsgideploy.system.transaction import STAGE, write
from tests.support import TOP, unmeasured
from tests.support.transactions import (
    NEW,
    OLD,
    TransactionTest,
    holding,
    tree,
)

WORKER = """
import sys
sys.path.insert(0, sys.argv[1])
from modwsgideploy.system.transaction import File, plan, write
text = sys.argv[3]
changes = plan([File('file%d' % number, text * 100000 * number)
                for number in range(1, 6)], sys.argv[2])
print('ready', flush=True)
sys.stdin.readline()
write(changes)
"""


class CommandTest(TransactionTest):
    """Real commands that write a bigger set."""

    def big(self, text):
        return {f"file{number}": text * 100000 * number
                for number in range(1, 6)}

    def start(self, text, directory=None):
        """A command that has planned, and awaits a line to write."""
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", WORKER, TOP,
             directory or self.directory, text],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, start_new_session=True)
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.stdout.close)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        return process

    def go(self, process):
        process.stdin.write(b"\n")
        process.stdin.flush()


class KillTest(CommandTest):
    """Commands ended at swept times while they write."""

    def sweep(self, end, check_at_once=False):
        """``end(process)`` 60 commands, some before and some after they
        have written."""
        durations = []
        for text in "01234":
            process = self.start(text)
            began = time.monotonic()
            self.go(process)
            process.stdout.read()
            durations.append(time.monotonic() - began)
            process.wait()
        longest = 1.3 * sorted(durations)[2]
        written, rounds = 0, 60
        waits = [longest * number / rounds for number in range(rounds)]
        # More, should the machine have become slower meanwhile.
        waits += [longest * 2 ** number for number in range(1, 8)]
        for number, wait in enumerate(waits):
            if number >= rounds and written:
                break
            if number % 4:
                before = self.big("0")
                self.deploy(before)
            else:
                before = None
                self.fresh(None)
            process = self.start("x")
            self.go(process)
            time.sleep(wait)
            end(process)
            if not check_at_once:
                process.stdout.read()  # until its child has ended, too
            process.wait()
            is_new = os.path.isdir(self.directory) and (
                tree(self.directory) == self.big("x"))
            written += is_new
            self.assert_holds(self.big("x") if is_new else before)
        self.assertTrue(0 < written < rounds, written)

    def test_kill_of_the_command_leaves_the_old_set_or_the_new_one(self):
        self.sweep(lambda process: process.kill())

    def test_kill_of_the_process_group_leaves_the_old_set_or_the_new(self):
        self.sweep(lambda process: os.killpg(process.pid, signal.SIGKILL))

    def test_after_ctrl_c_one_set_is_there_when_the_command_has_ended(self):
        self.sweep(lambda process: os.killpg(process.pid, signal.SIGINT),
                   check_at_once=True)

    def test_a_waiting_command_that_is_ended_writes_nothing_later(self):
        self.fresh(self.big("0"))
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGKILL:
            with holding(self.path(STAGE)):
                process = self.start("x")
                self.go(process)
                time.sleep(0.05)
                os.killpg(process.pid, number)
                process.stdout.read()
                self.assertNotEqual(process.wait(), 0)
            os.rmdir(self.path(STAGE))
            self.assert_holds(self.big("0"))


class TwoRunsTest(CommandTest):
    def test_of_different_sets_one_wins_and_the_other_is_told(self):
        for number in range(10):
            before = self.big("0") if number % 2 else None
            self.fresh(before)
            processes = [self.start(text) for text in "xyz"]
            for process in processes:
                self.go(process)
            statuses = [process.wait() for process in processes]
            self.assertEqual(sorted(statuses), [0, 1, 1])
            self.assert_holds(self.big("xyz"[statuses.index(0)]))

    def test_of_the_same_set_all_succeed(self):
        for number in range(6):
            self.fresh(self.big("0") if number % 2 else None)
            processes = [self.start("x") for _ in range(3)]
            for process in processes:
                self.go(process)
            self.assertEqual([process.wait() for process in processes],
                             [0, 0, 0])
            self.assert_holds(self.big("x"))

    def test_in_directories_of_the_same_missing_parent_all_succeed(self):
        for _ in range(6):
            self.fresh(None)
            directories = [self.path(name) for name in "abc"]
            processes = [self.start("x", directory)
                         for directory in directories]
            for process in processes:
                self.go(process)
            self.assertEqual([process.wait() for process in processes],
                             [0, 0, 0])
            for directory in directories:
                self.assertEqual(tree(directory), self.big("x"))
            self.assertEqual(os.listdir(self.top), ["apache"])
            self.assertEqual(sorted(os.listdir(self.directory)),
                             ["a", "b", "c"])

    def test_the_second_waits_for_the_first(self):
        self.fresh(OLD)
        changes = self.plan(NEW)
        with holding(self.path(STAGE)) as release:
            timer = threading.Timer(0.1, release)
            timer.start()
            began = time.monotonic()
            write(changes)
            self.assertGreater(time.monotonic() - began, 0.09)
            timer.join()
        self.assert_holds(NEW)

    def test_but_not_for_ever(self):
        self.fresh(OLD)
        changes = self.plan(NEW)
        with holding(self.path(STAGE)), mock.patch.object(
                transaction.stage, "LOCK_SECONDS", 0.05):
            message, = self.problems(write, changes)
        self.assertIn(f"{self.directory}: another run has been", message)
        os.rmdir(self.path(STAGE))
        self.assert_holds(OLD)


class FullDiskTest(unittest.TestCase):
    def test_leaves_the_old_set_or_the_new_one_and_says_what_is_missing(self):
        code = ("import sys; sys.path.insert(0, sys.argv[1]);"
                "from tests.support.full_disk import fill_disks;"
                "fill_disks(sys.argv[2])")
        with tempfile.TemporaryDirectory() as disk:
            output = subprocess.run(
                [*self.mounting(disk), sys.executable, "-c", code, TOP, disk],
                env=unmeasured(), text=True, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT)
        self.assertEqual(output.returncode, 0, output.stdout)

    def mounting(self, disk):
        """The command prefix with which a tmpfs can be mounted."""
        for prefix in (["unshare", "-m"], ["unshare", "-Urm"]):
            with contextlib.suppress(OSError):
                if not subprocess.run(
                        [*prefix, "mount", "-t", "tmpfs", "tmpfs", disk],
                        stderr=subprocess.DEVNULL).returncode:
                    return prefix
        if os.environ.get("CI"):
            self.fail("no tmpfs can be mounted: run as root, or allow"
                      " unprivileged user namespaces")
        self.skipTest("no tmpfs can be mounted")


if __name__ == "__main__":
    unittest.main()
