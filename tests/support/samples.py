"""The real projects that live tests deploy, made once by their own tools.

Each function below returns a `Sample`: a project, the virtualenv which it is
installed in, and its ini.  They are kept between test runs, below the
directory that the environment variable MODWSGIDEPLOY_TEST_CACHE names, by
default /var/tmp/modwsgideploy-tests-UID, which Apache's user can enter even
when the tests run from a checkout in root's home.  What is kept is shared:
tests read it and change their own `Sample.copy`.
"""

import contextlib
import re
import shutil
import sqlite3
import unittest
from pathlib import Path
from typing import NamedTuple

from tests.support import kept

# The projects of SOURCES that share a virtualenv.
SHARED = ("pyramid_app", "hatch_app", "plain_app", "factory_app", "bare_app",
          "index_app", "legacy_app")

class Sample(NamedTuple):
    """A project that can be deployed.

    ``directory`` is the project's, ``config`` the name of an ini in it;
    ``package`` is the import package of its application.
    """

    name: str
    directory: Path
    virtualenv: Path
    config: str
    package: str

    @property
    def python(self):
        """The virtualenv's interpreter."""
        return self.virtualenv / "bin" / "python"

    @property
    def site_packages(self):
        """The directory of what the virtualenv has installed."""
        return next(self.virtualenv.glob("lib/python*/site-packages"))

    def copy(self, directory, writable=False):
        """The same sample with a project directory of its own.

        ``directory`` must not exist; ``writable`` lets every user write to
        it, such as Apache's.  The virtualenv stays the shared one, and so
        does the code of an editable installation.
        """
        directory = Path(directory)
        shutil.copytree(self.directory, directory, symlinks=True)
        if writable:
            for path in [directory, *directory.rglob("*")]:
                path.chmod(0o1777 if path.is_dir() else 0o666)
        return self._replace(directory=directory)


# The samples

def turbogears2():
    """A quickstarted TurboGears 2 project: SQLAlchemy, identity, demo."""
    unit = kept.make_once(_make_turbogears2)
    return Sample("turbogears2", unit / "myapp", unit / "virtualenv",
                  "production.ini", "myapp")


def pyramid():
    """A Pyramid project with setup.py, installed editable: egg-info."""
    return _sample("pyramid", "pyramid_app", "pyramid_app")


def hatchling():
    """A hatchling project in a src layout, installed editable: no egg-info."""
    return _sample("hatchling", "hatch_app", "hatch_app")


def paste():
    """A PasteDeploy project without a framework; [loggers] in its ini."""
    return _sample("paste", "plain_app", "plain_app")


def pipeline():
    """`paste` by an ini whose main application is a pipeline of egg:s."""
    return _sample("pipeline", "plain_app", "plain_app", "pipeline.ini")


def composite():
    """`paste` by an ini whose main application is an egg:Paste#urlmap."""
    return _sample("composite", "plain_app", "plain_app", "composite.ini")


def other_suffix():
    """`paste` by a configuration that is not called .ini."""
    return _sample("other_suffix", "plain_app", "plain_app", "deploy.conf")


def relative_sqlite():
    """`paste` with an SQLite file named relative to the working directory."""
    return _sample("relative_sqlite", "plain_app", "plain_app", "relative.ini")


def from_index():
    """pypiserver from the package index, with nothing but an ini of ours."""
    return _sample("from_index", "index_app", "pypiserver")


def bare():
    """A module beside an ini that names its callable; nothing installed."""
    return _sample("bare", "bare_app", "bare_app")


def factory():
    """An installed project without entry points; the ini names a callable."""
    return _sample("factory", "factory_app", "factory_app")


def egg_info():
    """An ini alone; its project's metadata is .egg-info in site-packages."""
    return _sample("egg_info", "legacy_app", "legacy_app")


def conflict():
    """A project whose virtualenv has newer packages than `baseline`."""
    unit = kept.make_once(_make_conflict, "conflict_app")
    return Sample("conflict", unit / "conflict_app", unit / "virtualenv",
                  "production.ini", "conflict_app")


SAMPLES = (turbogears2, pyramid, hatchling, paste, pipeline, composite,
           other_suffix, relative_sqlite, from_index, bare, factory, egg_info,
           conflict)


def baseline():
    """A virtualenv with older WebOb and PasteDeploy than `conflict` has."""
    return kept.make_once(_make_conflict, "conflict_app") / "baseline"


def mod_wsgi_6():
    """A virtualenv with a mod_wsgi 6 built from the package index.

    Raises unittest.SkipTest where Apache's headers (apxs) are missing.
    """
    if not (shutil.which("apxs") or shutil.which("apxs2")):
        raise unittest.SkipTest("no apxs: install apache2-dev or httpd-devel")
    return kept.make_once(_make_mod_wsgi_6) / "virtualenv"


def _sample(name, directory, package, config="production.ini"):
    """One of the projects that share a virtualenv."""
    unit = kept.make_once(_make_projects, *SHARED)
    return Sample(name, unit / directory, unit / "virtualenv", config, package)


# How they are made, in a directory that has copies of our sources

def _make_turbogears2(unit):
    virtualenv = unit / "virtualenv"
    kept.make_virtualenv(virtualenv, "TurboGears2", "gearbox", "tg.devtools",
                         "alembic")
    gearbox = virtualenv / "bin" / "gearbox"
    kept.run(gearbox, "quickstart", "myapp", cwd=unit)
    project = unit / "myapp"
    kept.install_editable(virtualenv, project)
    production = _production_ini((project / "development.ini").read_text())
    (project / "production.ini").write_text(production)
    kept.run(gearbox, "setup-app", "-c", "production.ini", cwd=project)


def _production_ini(development):
    """What TurboGears' documentation makes of a quickstart's ini."""
    text = development
    for pattern, new in (
            (r"^debug = true", "debug = false"),
            (r"^#(auto_reload_templates = false)", r"\1"),
            (r"^session\.(secret|validate_key) = .*",
             r"session.\1 = only-for-tests-2b1d7c90a4"),
            (r"devdata\.db", "production.db")):
        text, count = re.subn(pattern, new, text, flags=re.MULTILINE)
        if not count:
            raise kept.BuildError(f"no {pattern!r} in development.ini")
    return text


def _make_projects(unit):
    virtualenv = unit / "virtualenv"
    kept.make_virtualenv(virtualenv, "pyramid", "Paste", "PasteDeploy",
                         "pypiserver", "setuptools")
    kept.install_editable(virtualenv, *(unit / name for name in (
        "pyramid_app", "hatch_app", "plain_app", "factory_app")))
    (unit / "index_app" / "packages").mkdir()
    _leave_egg_info(virtualenv, unit / "legacy_app")
    with contextlib.closing(
            sqlite3.connect(unit / "plain_app" / "notes.db")) as database:
        database.execute("create table note (text)")
        database.execute("insert into note values ('first')")
        database.commit()


def _leave_egg_info(virtualenv, project):
    """Installs ``project`` as setup.py did; leaves nothing but its ini."""
    kept.run(virtualenv / "bin" / "python", "setup.py", "install",
             "--single-version-externally-managed", "--record=record.txt",
             cwd=project)
    for path in project.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.suffix != ".ini":
            path.unlink()


def _make_conflict(unit):
    kept.make_virtualenv(unit / "virtualenv")
    kept.install_editable(unit / "virtualenv", unit / "conflict_app")
    kept.make_virtualenv(unit / "baseline")
    kept.pip_install(unit / "baseline", "WebOb==1.8.7", "PasteDeploy==3.0.1",
                     # for WebOb: the module cgi
                     "legacy-cgi; python_version>='3.13'")


def _make_mod_wsgi_6(unit):
    kept.make_virtualenv(unit / "virtualenv", "mod_wsgi")
