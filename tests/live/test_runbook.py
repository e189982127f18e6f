"""Runbooks that are typed as they are printed, on real projects."""

import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from tests.support import framework_samples, samples

COMMAND = Path(sys.executable).parent / "modwsgideploy"


class Typed(unittest.TestCase):

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = Path(top.name).resolve()

    def deploy(self, sample, *arguments):
        """The commands of each step, as root would type them."""
        project = sample.copy(self.top / "shop").directory
        # What somebody deployed of the sample itself is not copied.
        shutil.rmtree(project / "apache", ignore_errors=True)
        for database in project.rglob("*.db"):
            database.unlink()
        subprocess.run(
            [COMMAND, "deploy", project, "-q", "-f", "--name=shop",
             f"--deployment={self.top}/srv",
             f"--virtualenv={sample.virtualenv}", *arguments],
            check=True, stderr=subprocess.DEVNULL)
        text = (project / "apache" / "README.txt").read_text()
        steps = re.split(r"\n\d+\. (.*)\n-+\n", text)
        # Here everybody is the application's user.
        return {title: [re.sub(r"sudo (?:-u \S+ )?", "", line) for line in
                        re.findall("^  (.*)$", body, re.MULTILINE)
                        if not re.search("/etc/apache2|sudoedit|bin/pip ",
                                         line)]
                for title, body in zip(steps[1::2], steps[2::2])}

    def type(self, commands):
        for command in commands:
            done = subprocess.run(["sh", "-c", command], text=True,
                                  capture_output=True)
            self.assertEqual(done.returncode, 0, done)

    def check(self, commands, database):
        """Install and update the project, each command twice."""
        self.type(commands["The project"])
        for _ in range(2):
            self.type(commands["The project"])
            self.type(commands["The database"])
        made = self.top / "srv" / "shop" / database
        self.assertGreater(made.stat().st_size, 0)
        gone = self.top / "shop" / "gone.py"
        gone.write_text("")
        for there in True, False:
            self.type(commands["Update"])
            self.assertEqual((self.top / "srv/shop/gone.py").exists(), there)
            gone.unlink(missing_ok=True)

    def test_turbogears_2(self):
        self.check(self.deploy(samples.turbogears2(),
                               "--config=production.ini"), "production.db")

    def test_django(self):
        self.check(self.deploy(framework_samples.django()), "db.sqlite3")


if __name__ == "__main__":
    unittest.main()
