"""What several test modules share."""

import functools
import glob
import os
import shutil
import subprocess

# The tests' directory, and the checkout that it is in.
TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOP = os.path.dirname(TESTS)
NO_PYTHON2 = "NO PYTHON 2.7 ON THIS MACHINE: what is for it goes untested"


@functools.lru_cache(None)
def python2():
    """A Python 2.7 that starts, or None."""
    candidates = [shutil.which("python2.7")] + sorted(glob.glob(
        os.path.expanduser("~/.pyenv/versions/2.7*/bin/python2.7")))
    for candidate in filter(None, candidates):
        if subprocess.run([candidate, "-c", ""], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0:
            return candidate
    return None


def unmeasured():
    """The environment of a command whose coverage is not measured.

    For what runs the same command so often that it would take much longer.
    """
    return {name: value for name, value in os.environ.items()
            if not name.startswith("COVERAGE_")}
