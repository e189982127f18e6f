"""Make the directories that tests need once, and keep them between runs.

They are below the directory that the environment variable
MODWSGIDEPLOY_TEST_CACHE names, by default
/var/tmp/modwsgideploy-tests-UID, which Apache's user can enter even when the
tests run from a checkout in root's home.  What is kept is shared.
"""

import fcntl
import functools
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

SOURCES = Path(__file__).parent / "sources"
CONSTRAINTS = SOURCES / "constraints.txt"

DAY = 24 * 3600
# Systems that clean /var/tmp take files of 30 days; be there before.
MAX_AGE = 20 * DAY

MODULES = (
    "/usr/lib/apache2/modules/mod_wsgi*.so*",
    "/usr/lib*/httpd/modules/mod_wsgi*.so*",
    "/usr/lib*/apache2/mod_wsgi*.so*",
    "/usr/lib*/apache2-*/mod_wsgi*.so*",
)


class BuildError(Exception):
    """A sample could not be made: the command, and what it said."""


def root():
    """The directory below which everything is kept; make it."""
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


def make_once(make, *projects):
    """The directory that ``make`` filled, now or in an earlier run.

    A failure is kept as well: the next test need not wait for it again.
    """
    recipe = _recipe(make, projects)
    key = root(), make, recipe
    if key not in results:
        try:
            results[key] = _keep(make, projects, recipe)
        except BuildError as error:
            results[key] = error
    if isinstance(results[key], BuildError):
        raise results[key]
    return results[key]


results = {}


def _recipe(make, projects):
    """A hash of what decides how a directory is filled."""
    digest = hashlib.sha256(os.path.realpath(interpreter()).encode())
    paths = [Path(__file__), Path(make.__code__.co_filename), CONSTRAINTS,
             SOURCES / "seen.py"]
    for project in projects:
        paths += sorted((SOURCES / project).rglob("*"))
    for path in paths:
        if path.is_file() and path.suffix != ".pyc":
            digest.update(f"\0{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _keep(make, projects, recipe):
    """Run ``make`` unless a directory of this ``recipe`` is complete.

    Virtualenvs cannot be moved, so it works in the final directory: what
    makes that complete is the stamp, which is written last.
    """
    name = re.sub("^_?make_", "", make.__name__)
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
            run("chmod", "-R", "u=rwX,go=rX", unit)
            _stamp(unit).write_text(
                f"{recipe}\nseconds: {time.monotonic() - start:.1f}\n")
        os.utime(_stamp(unit))
    return unit


def _source(project, unit):
    """Copy a project of ours, with seen.py in its package."""
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
    """Remove what other recipes have left, after a day without use."""
    for unit in root().glob(f"{name}-*"):
        last = _stamp(unit) if _stamp(unit).is_file() else unit
        if time.time() - last.stat().st_mtime > DAY:
            shutil.rmtree(unit, ignore_errors=True)


def run(*command, cwd="/"):
    """Run one of the real tools, in an environment that is nobody's.

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


# What they are made with

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


def make_virtualenv(directory, *requirements):
    """A virtualenv, without pip, for `interpreter`; with what is required."""
    run(interpreter(), "-m", "venv", "--without-pip", directory)
    if requirements:
        pip_install(directory, *requirements, "-c", CONSTRAINTS)
    return Path(directory)


def make_pip(unit):
    run(interpreter(), "-m", "venv", unit)
    run(unit / "bin" / "python", "-m", "pip", "install", "-q", "pip",
        "-c", CONSTRAINTS)


def install_editable(virtualenv, *projects):
    """Each by itself, isolated: else setuptools removes its egg-info."""
    for project in projects:
        pip_install(virtualenv, "-e", project, "-c", CONSTRAINTS)


def pip_install(virtualenv, *arguments):
    """Install; a second time where the first fails, as networks do.

    One pip serves all: making and updating each virtualenv's own would take
    most of the time.
    """
    command = [make_once(make_pip) / "bin" / "python", "-m", "pip", "--python",
               virtualenv / "bin" / "python", "install", "-q",
               "--build-constraint", CONSTRAINTS, *arguments]
    try:
        run(*command)
    except BuildError:
        run(*command)
