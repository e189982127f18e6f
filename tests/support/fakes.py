"""Projects to find, in an environment that holds nothing else.

The trees in fake_projects/ were made by the real tools and trimmed; one file
of fake_projects/installed/ holds a whole project and site-packages.
"""

import os
import shutil
import sys
import tempfile
import unittest
from unittest import mock

from modwsgideploy.errors import DeployError
from tests.support import TESTS

FAKES = os.path.join(TESTS, "fake_projects")


class Case(unittest.TestCase):
    """A temporary directory, and no environment but those a test makes."""

    maxDiff = None
    alone = True  # without the distributions of the running interpreter

    def setUp(self):
        self.tmp = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.tmp)
        environ = {key: value for key, value in os.environ.items()
                   if key != "VIRTUAL_ENV"}
        path = [entry for entry in sys.path
                if not (self.alone and entry.endswith("-packages"))]
        for patch in (mock.patch.dict(os.environ, environ, clear=True),
                      mock.patch.object(sys, "prefix", sys.base_prefix),
                      mock.patch.object(sys, "path", path)):
            patch.start()
            self.addCleanup(patch.stop)

    def write(self, path, text=""):
        """A file below the temporary directory; returns its path."""
        path = os.path.join(self.tmp, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def virtualenv(self, name="venv"):
        self.write(f"{name}/bin/python")
        self.write(f"{name}/lib/python3.11/site-packages/README.txt")
        return os.path.join(self.tmp, name)

    def site(self, name="venv"):
        return os.path.join(self.virtualenv(name), "lib", "python3.11",
                            "site-packages")

    def copy(self, name):
        """A checked-in project, where a test may change it."""
        return shutil.copytree(os.path.join(FAKES, name),
                               os.path.join(self.tmp, name))

    def unpack(self, shape, project="project", virtualenv="venv"):
        """A project and what its installation left in a virtualenv."""
        project = os.path.join(self.tmp, project)
        os.makedirs(project, exist_ok=True)
        site = self.site(virtualenv)
        with open(os.path.join(FAKES, "installed", shape + ".txt")) as file:
            text = file.read().replace("@PROJECT@", project)
        for part in ("\n" + text).split("\n=== ")[1:]:
            name, _, content = part.partition("\n")
            self.write(os.path.join(site, name), content)
        return project, os.path.join(self.tmp, virtualenv)

    def egg_info(self, path, name, **files):
        self.write(f"{path}/PKG-INFO",
                   f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        for file, text in files.items():
            self.write(f"{path}/{file}.txt", text)
        return os.path.join(self.tmp, path)

    def error(self, function, *args, **kwargs):
        """The text of the DeployError that a call raises."""
        with self.assertRaises(DeployError) as caught:
            function(*args, **kwargs)
        return str(caught.exception)
