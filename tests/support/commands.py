"""A project of one's own, and the command lines run in it."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from tests.support import TESTS

BIN = os.path.dirname(sys.executable)
FILES = [".modwsgideploy.base", "README.txt", "baseline.conf", "myapp",
         "myapp.wsgi", "site.ini", "test.wsgi"]


class CommandTest(unittest.TestCase):
    """A project of its own for each test, in a temporary directory."""

    project = "paste"

    def setUp(self):
        top = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, top)
        self.directory = os.path.join(top, "myapp")
        shutil.copytree(os.path.join(TESTS, "fake_projects", self.project),
                        self.directory)

    def run_command(self, *arguments, answers="", status=0, **kwargs):
        """Run a command of this virtualenv; stdout and stderr as str."""
        command, *arguments = arguments
        done = subprocess.run(
            [os.path.join(BIN, command), *arguments], input=answers,
            cwd=kwargs.pop("cwd", self.directory), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding="utf-8", timeout=60, **kwargs)
        self.assertEqual(done.returncode, status,
                         done.stdout + done.stderr)
        return done.stdout, done.stderr

    def deploy(self, *arguments, **kwargs):
        return self.run_command("modwsgideploy", "deploy", *arguments,
                                **kwargs)

    def written(self):
        """The names in the output directory."""
        try:
            return sorted(os.listdir(os.path.join(self.directory, "apache")))
        except FileNotFoundError:
            return []

    def text(self, name):
        with open(os.path.join(self.directory, "apache", name),
                  encoding="utf-8") as stream:
            return stream.read()
