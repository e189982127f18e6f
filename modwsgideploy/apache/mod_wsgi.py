"""Find the mod_wsgi modules of this machine and the Python that each runs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

from modwsgideploy.apache.binaries import (
    Httpd,
    find_httpd,
    install_hint,
    search_first,
)
from modwsgideploy.errors import DeployError
from modwsgideploy.system.files import mapped_bytes, names_in
from modwsgideploy.system.venv import site_packages, virtualenv_python
from modwsgideploy.system.versions import version_tuple


class WsgiModule(NamedTuple):
    """A mod_wsgi that an httpd can load."""

    path: str
    version: str          # "4.9.4"; "" if the file does not tell
    python: str           # "3.11", to which it is linked; "" likewise


def versions(virtualenv: str = "", root: str = "/"
             ) -> tuple[str | None, str | None]:
    """The versions of this machine's Apache and of its mod_wsgi.

    Each is None if there is none.  A mod_wsgi of ``virtualenv``'s own
    counts before the system's.
    """
    try:
        httpd = find_httpd(virtualenv, root=root)
    except DeployError:
        return None, None
    module = next(iter(_modules(httpd, virtualenv)), None)
    return httpd.version, module.version or None if module else None


def find_mod_wsgi(httpd: Httpd, virtualenv: str = "",
                  prefer: str = "virtualenv", root: str = "/") -> WsgiModule:
    """Find the mod_wsgi for ``httpd`` and the packages of ``virtualenv``.

    The virtualenv's own wins, as its Python is the right one; with
    ``prefer="system"`` the system's does.  It need not fit the virtualenv:
    see `python_mismatch`.

    Raises DeployError, which says how to get one.
    """
    found = _modules(httpd, virtualenv, prefer)
    if not found:
        raise DeployError(
            f"{httpd.path} has no mod_wsgi: there is none in"
            f" {httpd.modules}"
            + (f" and none in {virtualenv}" if virtualenv else "")
            + "; " + install_hint(virtualenv, root))
    return found[0]


def _modules(httpd: Httpd, virtualenv: str,
             prefer: str = "virtualenv") -> list[WsgiModule]:
    """Every mod_wsgi there is, the best first."""
    wanted = virtualenv_python(virtualenv)
    own = _read_modules(path for packages in site_packages(virtualenv)
                        for path in _listed(f"{packages}/mod_wsgi/server"))
    system = _read_modules(_listed(httpd.modules))
    # Red Hat has one for each Python, side by side.
    system.sort(reverse=True, key=lambda module: (
        module.python == wanted, version_tuple(module.python)))
    return system + own if prefer == "system" else own + system


def _read_modules(paths: Iterable[str]) -> list[WsgiModule]:
    """Read those of ``paths`` that are a mod_wsgi."""
    return [module for module in map(read_module, paths) if module]


def _listed(directory: str) -> list[str]:
    """The paths of the mod_wsgi files in ``directory``, sorted."""
    return [f"{directory}/{name}" for name in names_in(directory or os.devnull)
            if name.startswith("mod_wsgi") and name.endswith(".so")]


def read_module(path: str) -> WsgiModule | None:
    """Read the mod_wsgi at ``path``; None if that is something else."""
    with mapped_bytes(path) as data:
        if data.find(b"wsgi_module") < 0:
            return None
        return WsgiModule(
            path,
            # The compiler puts the value right before the format it is for.
            search_first(data, rb"\0(\d[\w.]*)\0+mod_wsgi/%s\0",
                         rb"\0([4-9]\.\d{1,2}\.\d{1,2}\w*)\0"),
            # One without a shared library of Python tells its PY_VERSION.
            search_first(data, rb"libpython(\d\.\d+)\w*\.(?:so|dylib)",
                         rb"\0([23]\.\d{1,2})\.\d{1,2}[\w+]*\0"))


def python_mismatch(module: WsgiModule, virtualenv: str) -> str | None:
    """Say why ``module`` cannot run the packages of ``virtualenv``, and the
    fix.

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
