"""The distributions: complete, and working where they are installed."""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

from tests.support import TOP


def run(*command, **kwargs):
    """The output of ``command``; an error with it where that failed."""
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8",
                          **kwargs)
    if done.returncode:
        raise AssertionError(done.stdout)
    return done.stdout


def templates():
    """What stands below modwsgideploy/templates, relative to the top."""
    return sorted(
        os.path.relpath(os.path.join(head, name), TOP)
        for head, _, names in os.walk(
            os.path.join(TOP, "modwsgideploy", "templates"))
        for name in names if not name.endswith(".pyc"))


class Distributions(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.top = tempfile.mkdtemp()
        source = os.path.join(cls.top, "source")
        shutil.copytree(TOP, source, ignore=shutil.ignore_patterns(
            ".git", ".venv", "*.egg-info", "_templates.py", "__pycache__",
            "build", "dist", "_build"))
        # The .egg-info of the fake projects is part of the tests.
        run(sys.executable, "setup.py", "-q", "sdist", "bdist_wheel",
            cwd=source)
        dist = os.path.join(source, "dist")
        cls.sdist, cls.wheel = (
            next(os.path.join(dist, name) for name in os.listdir(dist)
                 if name.endswith(suffix)) for suffix in (".gz", ".whl"))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.top)

    def test_the_wheel_carries_every_template_as_written_and_compiled(self):
        with zipfile.ZipFile(self.wheel) as wheel:
            names = wheel.namelist()
        for template in templates():
            self.assertIn(template, names)
        self.assertIn("modwsgideploy/_templates.py", names)
        self.assertEqual([name for name in names if "/molecule/" in name], [])
        self.assertIn("modwsgideploy/py.typed", names)
        self.assertFalse([name for name in names
                          if name.startswith("tests/")])

    def test_the_sdist_carries_every_template(self):
        with tarfile.open(self.sdist) as sdist:
            names = {name.split("/", 1)[-1] for name in sdist.getnames()}
        for template in templates():
            self.assertIn(template, names)

    def test_the_wheel_works_in_an_empty_virtualenv(self):
        python = os.path.join(self.top, "venv", "bin", "python")
        run(sys.executable, "-m", "venv", os.path.join(self.top, "venv"))
        run(python, "-m", "pip", "install", "-q", self.wheel)
        project = os.path.join(self.top, "project")
        shutil.copytree(os.path.join(TOP, "tests", "fake_projects", "paste"),
                        project)
        bin_directory = os.path.dirname(python)
        run(os.path.join(bin_directory, "modwsgideploy"), "deploy", project)
        self.assertEqual(
            sorted(os.listdir(os.path.join(project, "apache"))),
            [".modwsgideploy.base", "README.txt", "baseline.conf", "myapp",
             "myapp.wsgi", "site.ini", "test.wsgi"])
        told = run(os.path.join(bin_directory, "paster"), "help",
                   cwd=self.top)
        self.assertIn("Apache deployment:", told)
        # It comes with a setuptools that does not warn of paster's imports.
        self.assertNotIn("pkg_resources", told)
        # Compiled when it was built: Cheetah's compiler stays out.
        out = run(python, "-X", "importtime", "-m",
                  "modwsgideploy.cli.console", "deploy", project,
                  cwd=self.top)
        self.assertIn("modwsgideploy._templates", out)
        self.assertNotIn("Cheetah.Compiler", out)


if __name__ == "__main__":
    unittest.main()
