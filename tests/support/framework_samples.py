"""Samples of the frameworks that no Paste ini loads, and those on Python 2.7.

The virtualenvs for Python 2.7 are made from a copy of it below the samples'
directory: the Python of a version manager often lives in a home directory
that Apache's user cannot enter.
"""

import shutil
import subprocess
import unittest
from pathlib import Path
from typing import NamedTuple

from tests import support
from tests.support import kept, samples

# The last that runs on Python 2.7 by itself.
VIRTUALENV = "virtualenv==16.7.12"
DJANGO = "Django==5.2.19; python_version>='3.10'"
OLD_DJANGO = "Django<5; python_version<'3.10'"


def django():
    """A project of django-admin, its admin site's static files collected."""
    unit = kept.make_once(_make_django)
    return samples.Sample("django", unit / "project", unit / "virtualenv",
                          None, "mysite")


def trac():
    """A Trac environment with an SQLite database."""
    unit = kept.make_once(_make_trac)
    return samples.Sample("trac", unit / "tracker", unit / "virtualenv", None,
                          "tracker")


class Python2(NamedTuple):
    """Virtualenvs of Python 2.7 with CherryPy 2.3 and Pylons, and projects."""

    unit: Path

    @property
    def baseline(self):
        """A virtualenv without any packages."""
        return self.unit / "baseline"

    def sources(self, name):
        """Our own project or package ``name``."""
        return self.unit / "python2" / name

    def sample(self, name, config="prod.cfg"):
        """One of our projects, as a Sample."""
        return samples.Sample(name, self.sources(name),
                              self.unit / "virtualenv", config, name)

    def pylons(self):
        """A project of paster's template, with one more controller."""
        return self.sample("PylonsApp", "production.ini")


def python2():
    """The Python2; skips the test where the machine has no Python 2.7."""
    if not support.python2():
        raise unittest.SkipTest(support.NO_PYTHON2)
    return Python2(kept.make_once(_make_python2, "python2"))


def mod_wsgi_4():
    """The virtualenv of `python2`, its mod_wsgi 4.9.4 built for it."""
    found = python2()
    if not (shutil.which("apxs") or shutil.which("apxs2")):
        raise unittest.SkipTest("no apxs: install apache2-dev or httpd-devel")
    return found.unit / "virtualenv"


def make_virtualenv2(directory):
    """Make an empty virtualenv of Python 2.7; the directory of its programs.

    It shares the copied Python of `python2`.
    """
    unit = python2().unit
    copied = unit / "python" / "bin" / "python2.7"
    _virtualenv2(copied if copied.exists() else support.python2(), unit,
                 directory)
    return directory / "bin"


# How they are made

def _make_django(unit):
    virtualenv, project = unit / "virtualenv", unit / "project"
    kept.make_virtualenv(virtualenv, DJANGO, OLD_DJANGO)
    project.mkdir()
    admin = virtualenv / "bin" / "django-admin"
    kept.run(admin, "startproject", "mysite", project)
    settings = project / "mysite" / "settings.py"
    settings.write_text(
        settings.read_text().replace("DEBUG = True", "DEBUG = False")
        .replace("ALLOWED_HOSTS = []", "ALLOWED_HOSTS = ['*']")
        .replace("django-insecure-", "")
        + f"\nSTATIC_ROOT = {str(project / 'collected')!r}\n")
    kept.run(virtualenv / "bin" / "python", "manage.py", "collectstatic",
             "--no-input", cwd=project)


def _make_trac(unit):
    virtualenv = unit / "virtualenv"
    kept.make_virtualenv(virtualenv, "Trac==1.6", "setuptools",
                         "legacy-cgi; python_version>='3.13'")
    kept.run(virtualenv / "bin" / "trac-admin", unit / "tracker",
             "initenv", "Sample", "sqlite:db/trac.db")


def _make_python2(unit):
    python = _copy_python2(unit / "python")
    kept.run(kept.make_once(kept.make_pip) / "bin" / "python", "-m",
             "pip", "install", "-q", "--no-deps", "--target",
             unit / "tool", VIRTUALENV)
    for name in ("baseline", "virtualenv"):
        _virtualenv2(python, unit, unit / name)
    binaries, sources = unit / "virtualenv" / "bin", unit / "python2"
    pip = (binaries / "python", "-m", "pip", "install", "-q")
    kept.run(*pip, "-r", sources / "requirements.txt")
    if shutil.which("apxs") or shutil.which("apxs2"):
        kept.run(*pip, "mod_wsgi==4.9.4")
    kept.run(binaries / "python", "setup.py", "egg_info",
             cwd=sources / "wiki")
    kept.run(binaries / "paster", "create", "-t", "pylons",
             "--no-interactive", "PylonsApp", "template_engine=mako",
             "sqlalchemy=False", cwd=sources)
    project = sources / "PylonsApp"
    kept.run(binaries / "python", "setup.py", "develop", cwd=project)
    kept.run(binaries / "paster", "make-config", "PylonsApp",
             "production.ini", cwd=project)
    shutil.copy(sources / "hello.py", project / "pylonsapp" / "controllers")


def _virtualenv2(python, unit, directory):
    """Make ``directory`` a virtualenv, by the tool that is in ``unit``."""
    kept.run(python, unit / "tool" / "virtualenv.py", "--no-download",
             directory)


def _copy_python2(directory):
    """A copy of the machine's Python 2.7 in ``directory``; its executable.

    A distribution's own is used as it is.
    """
    python = support.python2()
    prefix = subprocess.run(
        [python, "-c", "import sys; print(sys.prefix)"], check=True, text=True,
        stdout=subprocess.PIPE).stdout.strip()
    if prefix in ("/usr", "/usr/local"):
        return python
    shutil.copytree(prefix, directory, symlinks=True,
                    ignore=shutil.ignore_patterns("test", "tests"))
    return directory / "bin" / "python2.7"


def web():
    """A virtualenv with granian, and most of the frameworks for it."""
    return kept.make_once(_make_web) / "virtualenv"


def _make_web(unit):
    kept.make_virtualenv(
        unit / "virtualenv", "Flask", DJANGO, OLD_DJANGO, "fastapi",
        "granian", "a2wsgi", "Quart==0.22.0; python_version>='3.10'",
        "Quart<0.20; python_version<'3.10'", "Hypercorn==0.18.0",
        "channels==4.3.2; python_version>='3.10'",
        "channels<4.3; python_version<'3.10'")
