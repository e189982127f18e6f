"""tests/run.py: what fails once is run again, and counted once."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from modwsgideploy.apache.processes import is_zombie
from tests.run import LONGEST
from tests.support import TESTS

CI = Path(TESTS).parent / ".ci" / "run"
PASSES = "self.assertTrue(True)"
FAILS = "self.fail('it is\\nso')"
ONCE = "path = __file__ + '.was'; self.assertTrue(os.path.exists(path) or" \
       " open(path, 'x').close())"
# What has a session of its own, as an Apache has, and what waits for it.
DAEMON = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    " daemon = subprocess.Popen(['sleep', '60'], start_new_session=True);"
    " open('pids', 'w').write(f'{daemon.pid} {os.getpid()}\\n');"
    " daemon.wait()")
MODULE = """\
import os
import unittest
class Case(unittest.TestCase):
    def test_it(self):
        {}
    def test_other(self):
        pass
"""


class Run(unittest.TestCase):

    def run_all(self, **tests):
        """Run modules with a test of that body; (status, output, count)."""
        with tempfile.TemporaryDirectory() as top:
            (Path(top) / "tests").mkdir()
            for name, body in tests.items():
                (Path(top) / "tests" / f"test_{name}.py").write_text(
                    MODULE.format(body))
            done = subprocess.run(
                [sys.executable, os.path.join(TESTS, "run.py")], cwd=top,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                env={name: value for name, value in os.environ.items()
                     if name != "COVERAGE_FILE"})
            self.assertEqual(done.stderr, "")
            return done.returncode, done.stdout, self.counted(top, done)

    def counted(self, top, done):
        """The last line of .ci/run."""
        if not CI.exists():
            self.skipTest("not in what is distributed")
        program = re.search(r"<<'END'\n(.*?)^END$", CI.read_text(),
                            re.DOTALL | re.MULTILINE)[1]
        (Path(top) / "log").write_text(done.stdout)
        return subprocess.run(
            [sys.executable, "-c", program, f"{top}/log",
             "1" if done.returncode else "0"],
            stdout=subprocess.PIPE, text=True, check=True).stdout.strip()

    def test_what_passes_alone_has_passed(self):
        status, output, counted = self.run_all(a=PASSES, b=ONCE, c=PASSES)
        self.assertEqual((status, counted),
                         (0, "6 passed, 0 failed, 0 skipped"))
        self.assertIn("\nunsteady: tests/test_b.py (failed once, passed"
                      " alone)\n", output)
        self.assertRegex(output, r"tests/test_b\.py \(\d+ s\): FAILED\n")
        self.assertIn("\n| FAIL: ", output)
        self.assertRegex(output, r"tests/test_b\.py .*: THE SECOND RUN")

    def test_what_fails_twice_has_failed(self):
        status, output, counted = self.run_all(a=PASSES, b=FAILS, c=ONCE)
        self.assertEqual((status, counted),
                         (1, "5 passed, 1 failed, 0 skipped"))
        self.assertIn("\n| FAIL: ", output)
        self.assertIn("\nFAIL: ", output)
        self.assertEqual(re.findall("^unsteady: (.*?) ", output,
                                    re.MULTILINE), ["tests/test_c.py"])

    def test_a_module_that_cannot_be_imported(self):
        status, _, counted = self.run_all(a=PASSES, b=")")
        self.assertEqual((status, counted),
                         (1, "2 passed, 1 failed, 0 skipped"))

    def test_the_slowest_are_named(self):
        _, output, _ = self.run_all(**dict.fromkeys("abcdefghijkl", PASSES))
        slowest = re.search(r"\nSlowest:\n((?: +\d+ s  tests/test_\w\.py\n)+)",
                            output)[1].splitlines()
        self.assertEqual(len(slowest), 10)
        self.assertEqual(slowest, sorted(
            slowest, key=lambda line: -int(line.split()[0])))

    def test_those_that_are_to_be_first_are_there(self):
        found = {re.sub(r"^.*/tests/|test_|\.py$", "", str(path))
                 for path in Path(TESTS).rglob("test_*.py")}
        self.assertEqual({*LONGEST} - found, set())

    def test_an_interrupt_ends_all_at_once(self):
        with tempfile.TemporaryDirectory() as top:
            (Path(top) / "tests").mkdir()
            (Path(top) / "tests" / "test_a.py").write_text(
                MODULE.format(f"import subprocess; {DAEMON}"))
            process = subprocess.Popen(
                [sys.executable, os.path.join(TESTS, "run.py")], cwd=top,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            self.addCleanup(process.kill)
            pids = Path(top) / "pids"
            end = time.monotonic() + 60
            while not (pids.exists() and pids.read_text().endswith("\n")):
                self.assertLess(time.monotonic(), end)
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.communicate(timeout=30)[0], "")
            self.assertEqual(process.returncode, 130)
            for pid in map(int, pids.read_text().split()):
                self.assertTrue(is_zombie(pid)
                                or not Path(f"/proc/{pid}").exists())

    def test_many_are_not_run_again(self):
        status, output, counted = self.run_all(
            **dict.fromkeys("abcdef", ONCE), z=PASSES)
        self.assertEqual((status, counted),
                         (1, "8 passed, 6 failed, 0 skipped"))
        self.assertNotIn("THE SECOND RUN", output)
        self.assertNotIn("unsteady", output)


if __name__ == "__main__":
    unittest.main()
