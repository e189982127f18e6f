"""Find the virtualenvs and site-packages that a project can be installed in,
and look for distributions there by name."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import NamedTuple

from modwsgideploy.project.metadata import (
    MetadataPath,
    canonical,
    list_metadata,
)
from modwsgideploy.system.files import names_in


class Environment(NamedTuple):
    """An environment that distributions are installed in."""

    virtualenv: str  # its path, or "" when it is none
    site_packages: tuple[str, ...]


def find_environments(directory: str,
                      virtualenv: str | None) -> list[Environment]:
    """The Environments to look into, in order: the virtualenv given, if any,
    what is running, and those that a project usually has."""
    given = [os.path.abspath(virtualenv)] if virtualenv else []
    running = Environment(
        sys.prefix if sys.prefix != sys.base_prefix else "",
        tuple(path for path in sys.path
              if os.path.isabs(path) and os.path.isdir(path)))
    return [*map(_environment, given), running,
            *map(_environment, usual_virtualenvs(directory))]


def find_virtualenv(directory: str, virtualenv: str | None, name: str,
                    environments: Iterable[Environment]) -> str:
    """The virtualenv given, "" for none; where None is given, the one that
    the distribution ``name`` is installed in, else the project's usual one.
    """
    if virtualenv is not None:
        return os.path.abspath(virtualenv) if virtualenv else ""
    for one in environments:
        own = tuple(path for path in one.site_packages
                    if path.startswith(one.virtualenv + os.sep))
        if one.virtualenv and find_installed(
                name, [one._replace(site_packages=own)]):
            return one.virtualenv
    return (usual_virtualenvs(directory) + [""])[0]


def find_installed(name: str, environments: Iterable[Environment]
                   ) -> list[MetadataPath]:
    """The metadata of the distribution ``name`` in the first site-packages
    that have any."""
    for site_packages in all_site_packages(environments):
        found = [one for one in list_metadata(site_packages)
                 if one.name == canonical(name)]
        if found:
            return found
    return []


def all_site_packages(environments: Iterable[Environment]) -> list[str]:
    """The site-packages of ``environments``, each once."""
    return list(dict.fromkeys(
        path for one in environments for path in one.site_packages))


def shown_environments(environments: Iterable[Environment]) -> str:
    """The site-packages, not all of sys.path, for a message."""
    return ", ".join(path for path in all_site_packages(environments)
                     if path.endswith("-packages")) or "any virtualenv"


def usual_virtualenvs(directory: str) -> list[str]:
    """The virtualenv that is active, and those in the project."""
    paths = [os.environ.get("VIRTUAL_ENV", "")]
    paths += [os.path.join(directory, name)
              for name in (".venv", "venv", "env")]
    return [os.path.abspath(path) for path in paths
            if path and os.path.lexists(os.path.join(path, "bin", "python"))]


def _environment(virtualenv: str) -> Environment:
    lib = os.path.join(virtualenv, "lib")
    paths = [os.path.join(lib, name, "site-packages")
             for name in names_in(lib)]
    return Environment(virtualenv, tuple(filter(os.path.isdir, paths)))
