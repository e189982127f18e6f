"""systemd's own opinion of the units of application servers."""

import glob
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from tests.support import TESTS

# Of 10; systemd calls less than 2.5 "OK".
MOST_EXPOSED = 2.5


class Units(unittest.TestCase):

    def setUp(self):
        if not shutil.which("systemd-analyze"):
            if os.environ.get("CI"):
                self.fail("no systemd-analyze: install systemd")
            self.skipTest("no systemd-analyze on this machine")
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = top.name

    def units(self):
        """The units of each golden deployment, of this machine."""
        for case in sorted(glob.glob(f"{TESTS}/golden/http*")):
            directory = os.path.join(self.top, os.path.basename(case))
            os.mkdir(directory)
            for path in glob.glob(f"{case}/*.service") + glob.glob(
                    f"{case}/*.socket"):
                with open(path, encoding="utf-8") as stream:
                    text = stream.read()
                text = re.sub(r"(?m)^ExecStart=.*", "ExecStart=/bin/sh", text)
                with open(os.path.join(directory, os.path.basename(path)),
                          "w", encoding="utf-8") as stream:
                    stream.write(text)
            yield directory

    def analyze(self, *words):
        done = subprocess.run(
            ["systemd-analyze", *words], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
        return done.stdout

    def test_they_are_valid(self):
        for directory in self.units():
            self.assertEqual("", self.analyze(
                "verify", *glob.glob(f"{directory}/*.*")), directory)

    def test_they_are_closed_off(self):
        version = int(re.search(r"systemd (\d+)",
                                self.analyze("--version"))[1])
        if version < 250:
            self.skipTest("this systemd-analyze rates no files")
        for directory in self.units():
            service, = glob.glob(f"{directory}/*.service")
            told = self.analyze("security", "--offline=true", "--no-pager",
                                service)
            exposed = float(re.search(r"exposure level for \S+: ([\d.]+)",
                                      told)[1])
            self.assertLess(exposed, MOST_EXPOSED, directory)


if __name__ == "__main__":
    unittest.main()
