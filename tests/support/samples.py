"""The real projects that live tests deploy, made once by their own tools.

Each function below returns a `Sample`: a project, the virtualenv which it is
installed in, and its ini.  They are kept between test runs, below the
directory that the environment variable MODWSGIDEPLOY_TEST_CACHE names, by
default /var/tmp/modwsgideploy-tests-UID, which Apache's user can enter even
when the tests run from a checkout in root's home.  What is kept is shared:
tests read it and change their own `Sample.copy`.
"""

import contextlib
import fcntl
import functools
import glob
import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import unittest
from pathlib import Path
from typing import NamedTuple

SOURCES = Path(__file__).parent / "sources"
CONSTRAINTS = SOURCES / "constraints.txt"

# The projects of SOURCES that share a virtualenv.
SHARED = ("pyramid_app", "hatch_app", "plain_app", "factory_app", "bare_app",
          "index_app", "legacy_app")

DAY = 24 * 3600
# Systems that clean /var/tmp take files of 30 days; be there before.
MAX_AGE = 20 * DAY

MODULES = (
    "/usr/lib/apache2/modules/mod_wsgi*.so*",
    "/usr/lib*/httpd/modules/mod_wsgi*.so*",
    "/usr/lib*/apache2/mod_wsgi*.so*",
    "/usr/lib*/apache2-*/mod_wsgi*.so*",
)


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
    unit = _made(_make_turbogears2)
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
    unit = _made(_make_conflict, "conflict_app")
    return Sample("conflict", unit / "conflict_app", unit / "virtualenv",
                  "production.ini", "conflict_app")


SAMPLES = (turbogears2, pyramid, hatchling, paste, pipeline, composite,
           other_suffix, relative_sqlite, from_index, bare, factory, egg_info,
           conflict)


def baseline():
    """A virtualenv with older WebOb and PasteDeploy than `conflict` has."""
    return _made(_make_conflict, "conflict_app") / "baseline"


def mod_wsgi_6():
    """A virtualenv with a mod_wsgi 6 built from the package index.

    Raises unittest.SkipTest where Apache's headers (apxs) are missing.
    """
    if not (shutil.which("apxs") or shutil.which("apxs2")):
        raise unittest.SkipTest("no apxs: install apache2-dev or httpd-devel")
    return _made(_make_mod_wsgi_6) / "virtualenv"


@functools.cache
def interpreter():
    """The Python of the system's mod_wsgi: the same minor version."""
    names = ["python3"]
    for pattern in MODULES:
        for module in sorted(glob.glob(pattern)):
            linked = re.search(rb"libpython(3\.\d+)", _read(module))
            if linked:
                names.insert(0, "python" + linked.group(1).decode())
    for name in names:
        found = shutil.which(name, path="/usr/bin") or shutil.which(name)
        if found:
            return found
    return sys.executable


def make_virtualenv(directory):
    """An empty virtualenv, without pip, for `interpreter`."""
    _run(interpreter(), "-m", "venv", "--without-pip", directory)
    return Path(directory)


def _sample(name, directory, package, config="production.ini"):
    """One of the projects that share a virtualenv."""
    unit = _made(_make_projects, *SHARED)
    return Sample(name, unit / directory, unit / "virtualenv", config, package)


# How they are made, in a directory that has copies of our sources

def _make_turbogears2(unit):
    virtualenv = unit / "virtualenv"
    _virtualenv(virtualenv, "TurboGears2", "gearbox", "tg.devtools", "alembic")
    gearbox = virtualenv / "bin" / "gearbox"
    _run(gearbox, "quickstart", "myapp", cwd=unit)
    project = unit / "myapp"
    _editable(virtualenv, project)
    production = _production_ini((project / "development.ini").read_text())
    (project / "production.ini").write_text(production)
    _run(gearbox, "setup-app", "-c", "production.ini", cwd=project)


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
            raise BuildError(f"no {pattern!r} in development.ini")
    return text


def _make_projects(unit):
    virtualenv = unit / "virtualenv"
    _virtualenv(virtualenv, "pyramid", "Paste", "PasteDeploy", "pypiserver",
                "setuptools")
    _editable(virtualenv, *(unit / name for name in (
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
    _run(virtualenv / "bin" / "python", "setup.py", "install",
         "--single-version-externally-managed", "--record=record.txt",
         cwd=project)
    for path in project.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.suffix != ".ini":
            path.unlink()


def _make_conflict(unit):
    make_virtualenv(unit / "virtualenv")
    _editable(unit / "virtualenv", unit / "conflict_app")
    make_virtualenv(unit / "baseline")
    _pip(unit / "baseline", "WebOb==1.8.7", "PasteDeploy==3.0.1",
         # for WebOb: the module cgi
         "legacy-cgi; python_version>='3.13'")


def _make_mod_wsgi_6(unit):
    _virtualenv(unit / "virtualenv", "mod_wsgi")


def _make_pip(unit):
    _run(interpreter(), "-m", "venv", unit)
    _run(unit / "bin" / "python", "-m", "pip", "install", "-q", "pip",
         "-c", CONSTRAINTS)


def _virtualenv(directory, *requirements):
    make_virtualenv(directory)
    _pip(directory, *requirements, "-c", CONSTRAINTS)


def _editable(virtualenv, *projects):
    """Each by itself, isolated: else setuptools removes its egg-info."""
    for project in projects:
        _pip(virtualenv, "-e", project, "-c", CONSTRAINTS)


def _pip(virtualenv, *arguments):
    """Installs; a second time where the first fails, as networks do.

    One pip serves all: making and updating each virtualenv's own would take
    most of the time.
    """
    command = [_made(_make_pip) / "bin" / "python", "-m", "pip", "--python",
               virtualenv / "bin" / "python", "install", "-q",
               "--build-constraint", CONSTRAINTS, *arguments]
    try:
        _run(*command)
    except BuildError:
        _run(*command)


# Made once

class BuildError(Exception):
    """A sample could not be made: the command, and what it said."""


def root():
    """The directory below which everything is kept; makes it."""
    default = f"/var/tmp/modwsgideploy-tests-{os.geteuid()}"
    directory = Path(os.environ.get("MODWSGIDEPLOY_TEST_CACHE") or default)
    if not directory.exists():
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o755)
    status = directory.lstat()
    # /var/tmp is everybody's: what is run from here must be our own
    if status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise BuildError(f"{directory} is not ours alone; remove it, or set"
                         " MODWSGIDEPLOY_TEST_CACHE")
    return directory.resolve()


def _made(make, *projects):
    """The directory that ``make`` filled, now or in an earlier run.

    A failure is kept as well: the next test need not wait for it again.
    """
    recipe = _recipe(projects)
    key = root(), make, recipe
    if key not in _results:
        try:
            _results[key] = _keep(make, projects, recipe)
        except BuildError as error:
            _results[key] = error
    if isinstance(_results[key], BuildError):
        raise _results[key]
    return _results[key]


_results = {}


def _recipe(projects):
    """A hash of what decides how a directory is filled."""
    digest = hashlib.sha256(os.path.realpath(interpreter()).encode())
    paths = [Path(__file__), CONSTRAINTS, SOURCES / "seen.py"]
    for project in projects:
        paths += sorted((SOURCES / project).rglob("*"))
    for path in paths:
        if path.is_file() and path.suffix != ".pyc":
            digest.update(f"\0{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _keep(make, projects, recipe):
    """Runs ``make`` unless a directory of this ``recipe`` is complete.

    Virtualenvs cannot be moved, so it works in the final directory: what
    makes that complete is the stamp, which is written last.
    """
    name = make.__name__.replace("_make_", "")
    unit = root() / f"{name}-{recipe[:12]}"
    with open(root() / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _fresh(unit):
            _remove_unused(name)
            shutil.rmtree(unit, ignore_errors=True)
            start = time.monotonic()
            for project in projects:
                _source(project, unit)
            unit.mkdir(exist_ok=True)
            make(unit)
            _run("chmod", "-R", "u=rwX,go=rX", unit)
            _stamp(unit).write_text(
                f"{recipe}\nseconds: {time.monotonic() - start:.1f}\n")
        os.utime(_stamp(unit))
    return unit


def _source(project, unit):
    """Copies a project of ours, with seen.py in its package."""
    shutil.copytree(SOURCES / project, unit / project,
                    ignore=shutil.ignore_patterns("__pycache__"))
    for module in list((unit / project).rglob("*.py")):
        if module.name in ("__init__.py", project + ".py"):
            shutil.copy(SOURCES / "seen.py", module.parent)


def _stamp(unit):
    """Its contents say what was built, its time when it was last used."""
    return unit / "complete"


def _fresh(unit):
    """Whether ``unit`` was completed, and not too long ago."""
    return (_stamp(unit).is_file()
            and time.time() - unit.stat().st_mtime < MAX_AGE)


def _remove_unused(name):
    """Removes what other recipes have left, after a day without use."""
    for unit in root().glob(f"{name}-*"):
        last = _stamp(unit) if _stamp(unit).is_file() else unit
        if time.time() - last.stat().st_mtime > DAY:
            shutil.rmtree(unit, ignore_errors=True)


def _run(*command, cwd="/"):
    """Runs one of the real tools, in an environment that is nobody's.

    Raises BuildError with its output.
    """
    keep = {name: value for name, value in os.environ.items()
            if not name.startswith("PYTHON") and name != "VIRTUAL_ENV"}
    command = [str(word) for word in command]
    try:
        done = subprocess.run(
            command, check=False, cwd=cwd, umask=0o022, timeout=600, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env={**keep, "LC_ALL": "C.UTF-8"})
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildError(f"{' '.join(command)}: {error}") from error
    if done.returncode:
        raise BuildError(f"{' '.join(command)}: exit status"
                         f" {done.returncode}\n{done.stdout}")


def _read(path):
    with open(path, "rb") as file:
        return file.read()
