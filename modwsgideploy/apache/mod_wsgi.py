"""The mod_wsgi modules of this host, and the Python each runs."""

import os
from typing import NamedTuple

from modwsgideploy.apache.binaries import (
    _how_to_get,
    _mapped,
    _search,
    find_httpd,
)
from modwsgideploy.errors import DeployError
from modwsgideploy.system.venv import site_packages, virtualenv_python
from modwsgideploy.system.versions import version_tuple


class Module(NamedTuple):
    """A mod_wsgi that an httpd can load."""

    path: str
    version: str          # "4.9.4"; "" if the file does not tell
    python: str           # "3.11", which it is linked to; "" likewise


def versions(virtualenv=None, root="/"):
    """The versions (str) of this host's Apache and its mod_wsgi.

    Each is None where there is none.  A mod_wsgi of ``virtualenv``'s own
    counts before the system's.
    """
    try:
        httpd = find_httpd(virtualenv, root=root)
    except DeployError:
        return None, None
    module = next(iter(_modules(httpd, virtualenv)), None)
    return httpd.version, module.version or None if module else None


def find_mod_wsgi(httpd, virtualenv=None, prefer="virtualenv", root="/"):
    """The mod_wsgi (Module) for ``httpd`` and the packages of ``virtualenv``.

    The virtualenv's own wins, as its Python is the right one; with
    ``prefer="system"`` the system's does.  That it fits is not said: see
    `python_mismatch`.

    Raises DeployError, which says how to get one.
    """
    found = _modules(httpd, virtualenv, prefer)
    if not found:
        raise DeployError(
            f"{httpd.path} has no mod_wsgi: there is none in"
            f" {httpd.modules}"
            + (f" and none in {virtualenv}" if virtualenv else "")
            + "; " + _how_to_get(virtualenv, root))
    return found[0]


def _modules(httpd, virtualenv, prefer="virtualenv"):
    """Every mod_wsgi (Module) there is, the best first."""
    wanted = virtualenv_python(virtualenv)
    own = [path for packages in site_packages(virtualenv)
           for path in _listed(f"{packages}/mod_wsgi/server")]
    system = [module for module in
              map(read_module, _listed(httpd.modules)) if module]
    # Red Hat has one for each Python, side by side.
    system.sort(reverse=True, key=lambda module: (
        module.python == wanted, version_tuple(module.python)))
    own = [module for module in map(read_module, own) if module]
    return system + own if prefer == "system" else own + system


def _listed(directory):
    """The paths of the mod_wsgi files in ``directory``, sorted."""
    try:
        names = sorted(os.listdir(directory or os.devnull))
    except OSError:
        return []
    return [f"{directory}/{name}" for name in names
            if name.startswith("mod_wsgi") and name.endswith(".so")]


def read_module(path):
    """The Module at ``path``; None if that is something else."""
    with _mapped(path) as data:
        if data.find(b"wsgi_module") < 0:
            return None
        return Module(
            path,
            # The compiler puts the value right before the format it is for.
            _search(data, rb"\0(\d[\w.]*)\0+mod_wsgi/%s\0",
                    rb"\0([4-9]\.\d{1,2}\.\d{1,2}\w*)\0"),
            # One without a shared library of Python tells its PY_VERSION.
            _search(data, rb"libpython(\d\.\d+)\w*\.(?:so|dylib)",
                    rb"\0([23]\.\d{1,2})\.\d{1,2}[\w+]*\0"))


def python_mismatch(module, virtualenv):
    """Why ``module`` cannot run the packages of ``virtualenv``, and the fix.

    None if it can, or if that cannot be told.
    """
    python = virtualenv_python(virtualenv)
    if not python or not module.python or python == module.python:
        return None
    # What runs on Python 2 does not run on the module's.
    anew = ("" if python[0] == "2" else ", or make the virtualenv anew with"
            f" `python{module.python} -m venv`")
    return (
        f"{virtualenv} is a virtualenv of Python {python}, but"
        f" {module.path} runs Python {module.python}, which would find none"
        f" of its packages; give it a mod_wsgi of its own with"
        f" `{virtualenv}/bin/pip install mod_wsgi` (or, where apxs is"
        f" missing, mod_wsgi-standalone){anew}")
