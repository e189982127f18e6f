"""docs/updating.rst: each command of it, in order, as it is written."""

import os
import re
import shutil
import subprocess
import unittest

from tests.support import TOP
from tests.support.apache_case import BIN
from tests.support.release_case import ReleaseCase

# Those that change Apache's configuration or ask for it.
OF_APACHE = r"modwsgideploy (update|rollback|releases)\b"


def commands():
    """The commands of the page."""
    with open(os.path.join(TOP, "docs", "updating.rst"),
              encoding="utf-8") as stream:
        return re.findall(r"(?m)^    \$ (.*)$", stream.read())


class HowTo(ReleaseCase):

    def test_each_command(self):
        home = self.top / "home"
        source = home / "src" / "shop"
        source.mkdir(parents=True)
        repository = self.top / "repository"
        self.fill(source, "2")
        for name in "requirements.txt", "constraints.txt":
            (home / name).write_text("# nothing\n")
        shutil.copytree(source, repository)
        self.git(repository, "init", "--quiet")
        self.git(repository, "add", ".")
        self.git(repository, "commit", "--quiet", "-m", "first")
        self.git(repository, "tag", "v1.2")
        self.own(home)
        self.own(repository)
        said = {}
        for command in commands():
            said[command] = self.type(command, home, repository)
            self.served()
        told = "\n".join(said.values())
        self.assertIn("would be served from a new release", told)
        migrated = next(text for line, text in said.items()
                        if "--before" in line)
        self.assertIn("is served from release", migrated)
        self.assertTrue((self.shop / "shared" / "updated").exists())
        self.assertEqual(
            os.readlink(self.shop / "current/code/uploads"),
            str(self.shop / "shared" / "uploads"))

    def fill(self, directory, version):
        self.code(directory, version)
        (directory / "migrate.py").write_text("print('migrated')\n")
        (directory / "uploads").mkdir()
        (directory / "uploads" / "README").write_text("For visitors' files.")

    def git(self, directory, *words):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b",
                        "-C", directory, *words], check=True)

    def type(self, command, home, repository):
        """Run ``command`` as a person would, in this Apache's place."""
        command = command.replace("sudo $(command -v modwsgideploy)",
                                  "modwsgideploy")
        for old, new in (("/srv/shop", self.shop),
                         ("~/src/shop", home / "src" / "shop"),
                         ("https://git.example.com/shop.git",
                          f"file://{repository}")):
            command = command.replace(old, str(new))
        command = re.sub(OF_APACHE,
                         rf"\g<0> --server-config {self.config}", command)
        done = subprocess.run(
            ["/bin/sh", "-c", command], cwd=home, input="y\n", text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300,
            env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"},
            check=False)
        self.assertEqual(done.returncode, 0,
                         command + "\n" + done.stdout + done.stderr)
        return done.stdout


if __name__ == "__main__":
    unittest.main()
