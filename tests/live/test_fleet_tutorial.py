"""The tutorial of docs/fleet.rst, command by command, on three hosts."""

import re
import subprocess
import tempfile
import textwrap
import unittest
from pathlib import Path

from tests.support import TOP, host_case, hosts
from tests.support.apache_case import BIN
from tests.support.fleet_case import APPLICATION

# What the hosts, and this machine, have already.
LEFT_OUT = ("sudo apt-get", "pip install")
NAME = "www.example.com"


def tutorial():
    """The manifest, and the blocks of commands."""
    text = Path(TOP, "docs/fleet.rst").read_text()
    text = text.partition("\nFrom one host to three\n")[2].partition(
        "\nWhat is in the directory\n")[0]
    manifest = re.search(r"code-block:: ini\n\n((?: .*\n|\n)+)", text)[1]
    blocks = [re.findall(r"^    \$ (.*)$", block, re.M)
              for block in re.findall(r"(?:^    \$ .*\n)+", text, re.M)]
    return textwrap.dedent(manifest), [
        [line for line in block if not line.startswith(LEFT_OUT)]
        for block in blocks]


class Tutorial(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        hosts.require()

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = Path(top.name).resolve()
        (self.top / "shop").mkdir()
        self.code("1")

    def code(self, version):
        (self.top / "shop/wsgi.py").write_text(APPLICATION.format(
            version=version, more="", broken="pass"))

    def follow(self, commands, fleet):
        """Type ``commands`` in the manifest's directory."""
        done = subprocess.CompletedProcess((), 0, "")
        with fleet.network():
            done = subprocess.run(
                ["sh", "-ec", "\n".join(["set -x", *commands])],
                cwd=self.top, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                check=False, timeout=900, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def reach(self, fleet):
        """Have ssh reach the hosts by their names."""
        found = host_case.environment(fleet)
        self.environment = {**found, "PATH": f"{BIN}:{found['PATH']}"}

    def served(self, fleet):
        return [host.get("/", NAME).body for host in fleet]

    def test_it(self):
        manifest, blocks = tutorial()
        _, first, later = blocks
        (self.top / "sites.ini").write_text(manifest)
        with hosts.made(3) as fleet:
            self.reach(fleet)
            out = self.follow(first, fleet)
            # With --check, and without.
            self.assertEqual(out.count("PLAY RECAP"), 2)
            self.assertEqual(self.served(fleet), ["1", "1", "1"])
            self.code("2")
            out = self.follow(["cd fleet", *later[:2]], fleet)
            self.assertIn("1 site in order", out)
            self.assertEqual(self.served(fleet), ["2", "2", "2"])
            self.follow(["cd fleet", *later[2:]], fleet)
            self.assertEqual(self.served(fleet), ["1", "1", "1"])


if __name__ == "__main__":
    unittest.main()
