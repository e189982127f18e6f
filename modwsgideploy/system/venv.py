"""Virtualenvs: their site-packages and Python version."""

import os
import re


def _numbers(version):
    """``"3.11"`` as (3, 11); () for ""."""
    return tuple(int(part) for part in version.split(".") if part)


def site_packages(virtualenv):
    """The site-packages directories of ``virtualenv``, the newest first."""
    if not virtualenv:
        return []
    return [f"{virtualenv}/lib/{name}/site-packages"
            for name in _pythons(virtualenv)]


def _pythons(virtualenv):
    """The names of the ``pythonX.Y`` in ``virtualenv``, the newest first."""
    try:
        names = os.listdir(f"{virtualenv}/lib")
    except OSError:
        return []
    return sorted((name for name in names
                   if re.fullmatch(r"python\d\.\d+", name)),
                  key=lambda name: _numbers(name[len("python"):]),
                  reverse=True)


def virtualenv_python(virtualenv):
    """The Python, such as "3.11", of ``virtualenv``; None if unknown."""
    if not virtualenv:
        return None
    try:
        with open(f"{virtualenv}/pyvenv.cfg", encoding="utf-8",
                  errors="replace") as stream:
            found = re.search(r"(?m)^version(?:_info)?\s*=\s*(\d+\.\d+)",
                              stream.read())
    except OSError:
        found = None
    if found:
        return found.group(1)
    names = _pythons(virtualenv)
    return names[0][len("python"):] if names else None
