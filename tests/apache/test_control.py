"""What is told of an Apache that runs."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from modwsgideploy.apache.control import Service, survives_reload
from modwsgideploy.apache.platforms import PLATFORMS

# A process that has a file in its memory, as Apache has its modules.
HOLD = """
import mmap
import sys

with open(sys.argv[1], "rb") as stream:
    data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
print("ready", flush=True)
sys.stdin.read()
"""


@unittest.skipUnless(sys.platform == "linux", "no /proc")
class Reload(unittest.TestCase):

    def survives(self, name, data):
        """Of a server that has the module ``name``, which holds ``data``."""
        with tempfile.TemporaryDirectory() as top:
            module = Path(top, name)
            module.write_bytes(b"\x7fELF" + bytes(5000) + data)
            with subprocess.Popen(
                    [sys.executable, "-c", HOLD, module],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
                self.assertEqual(process.stdout.readline(), b"ready\n")
                pid_file = Path(top, "pid")
                pid_file.write_text(f"{process.pid}\n")
                return survives_reload(Service(
                    None, None, PLATFORMS["debian"], str(pid_file), ""))

    def test_mod_python_for_python_2_does_not_survive_one(self):
        name = b"\0Py_InitModule4_64\0"
        self.assertFalse(self.survives("mod_python.so", name))
        self.assertTrue(self.survives("mod_python.so", b"\0PyModule_Create2"))
        self.assertTrue(self.survives("mod_wsgi.so", name))

    def test_one_that_does_not_run(self):
        self.assertTrue(survives_reload(Service(
            None, None, PLATFORMS["debian"], "/nowhere/pid", "")))


if __name__ == "__main__":
    unittest.main()
