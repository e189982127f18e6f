"""Find the site-packages and the Python version of a virtualenv."""

from __future__ import annotations

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
