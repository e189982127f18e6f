"""Find the Python of a virtualenv, and where it imports from."""

from __future__ import annotations

import os
import re

from modwsgideploy.system.files import names_in, text_or_empty
from modwsgideploy.system.versions import version_tuple


def site_packages(virtualenv: str) -> list[str]:
    """Return the site-packages directories of ``virtualenv``, newest first."""
    if not virtualenv:
        return []
    return [f"{virtualenv}/lib/python{version}/site-packages"
            for version in _lib_versions(virtualenv)]


def _lib_versions(virtualenv: str) -> list[str]:
    """Return the X.Y of each ``lib/pythonX.Y``, newest first."""
    return sorted((name[len("python"):]
                   for name in names_in(f"{virtualenv}/lib")
                   if re.fullmatch(r"python\d\.\d+", name)),
                  key=version_tuple, reverse=True)


def virtualenv_python(virtualenv: str) -> str | None:
    """Return the Python of ``virtualenv`` such as "3.11", None if unknown."""
    if not virtualenv:
        return None
    found = re.search(r"(?m)^version(?:_info)?\s*=\s*(\d+\.\d+)",
                      text_or_empty(f"{virtualenv}/pyvenv.cfg", "replace"))
    if found:
        return found.group(1)
    return next(iter(_lib_versions(virtualenv)), None)


def running_python(virtualenv: str) -> str:
    """Return the X.Y of what ``bin/python`` leads to, "" if unknown.

    pyvenv.cfg may still name the Python of before an upgrade of the system.
    """
    name = os.path.basename(os.path.realpath(f"{virtualenv}/bin/python"))
    found = re.fullmatch(r"python(\d\.\d+)", name)
    return found[1] if found else virtualenv_python(virtualenv) or ""


def import_directories(virtualenv: str) -> list[str]:
    """Return the directories of packages that ``bin/python`` imports from,
    [] if unknown."""
    python = os.path.realpath(f"{virtualenv}/bin/python")
    if not (site_packages(virtualenv)
            and os.path.basename(python).startswith("python")):
        return []      # PyPy has directories of other names
    version = running_python(virtualenv)
    found = [f"{virtualenv}/lib/python{version}/site-packages"]
    if sees_system_packages(virtualenv):
        base = os.path.dirname(os.path.dirname(python))
        found += [f"{base}/lib/python{version}/site-packages",
                  f"/usr/local/lib/python{version}/dist-packages",
                  f"/usr/lib/python{version[:1]}/dist-packages",
                  f"/usr/lib/python{version}/dist-packages"]
    return found


def sees_system_packages(virtualenv: str) -> bool:
    """Tell whether the packages of the system count in ``virtualenv``; where
    there is none, they do."""
    if not virtualenv:
        return True
    return any(line.replace(" ", "").lower()
               == "include-system-site-packages=true"
               for line in text_or_empty(
                   f"{virtualenv}/pyvenv.cfg").splitlines())
