"""The generated Python: compiled by every Python it is for."""

import glob
import os
import subprocess
import sys
import unittest

from tests import support
from tests.support import TESTS


def scripts():
    """Every golden Python file."""
    return [path for path in sorted(glob.glob(
        os.path.join(TESTS, "golden", "*", "*")))
        if path.endswith((".wsgi", ".py", ".fcgi"))]


COMPILE = """
import sys
for path in sys.argv[1:]:
    compile(open(path, 'rb').read(), path, 'exec')
    print(path)
"""


class Compiled(unittest.TestCase):

    def check(self, interpreter, leave_out=()):
        wanted = [path for path in scripts()
                  if path.split(os.sep)[-2] not in leave_out]
        out = subprocess.run([interpreter, "-c", COMPILE, *wanted],
                             check=True, stdout=subprocess.PIPE).stdout
        self.assertEqual(len(out.splitlines()), len(wanted))

    def test_by_this_python(self):
        self.assertGreater(len(scripts()), 20)
        self.check(sys.executable)

    def test_by_python_2(self):
        python2 = support.python2()
        if not python2:
            self.skipTest(support.NO_PYTHON2)
        self.check(python2, leave_out=(    # asyncio came later
            "asgi", "http-asgi", "http-uvicorn-asgi", "http-uvicorn-wsgi"))

    def test_by_every_python_that_is_here(self):
        for python in glob.glob(os.path.expanduser(
                "~/.pyenv/versions/3.*/bin/python")):
            self.check(python)


if __name__ == "__main__":
    unittest.main()
