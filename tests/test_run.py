"""tests/run.py: what fails once is run again, and counted once."""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from tests.support import TESTS

CI = Path(TESTS).parent / ".ci" / "run"
PASSES = "self.assertTrue(True)"
FAILS = "self.fail('it is\\nso')"
ONCE = "path = __file__ + '.was'; self.assertTrue(os.path.exists(path) or" \
       " open(path, 'x').close())"
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

    def test_many_are_not_run_again(self):
        status, output, counted = self.run_all(
            **dict.fromkeys("abcdef", ONCE), z=PASSES)
        self.assertEqual((status, counted),
                         (1, "8 passed, 6 failed, 0 skipped"))
        self.assertNotIn("THE SECOND RUN", output)
        self.assertNotIn("unsteady", output)


if __name__ == "__main__":
    unittest.main()
