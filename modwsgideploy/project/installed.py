"""Distributions that are installed, and the environments they are in."""

import os
import re
import sys
from typing import NamedTuple

from modwsgideploy.errors import DeployError


class Environment(NamedTuple):
    """An environment that distributions are installed in."""

    virtualenv: str  # its path, or "" when it is none
    sites: tuple[str, ...]  # its site-packages


class Found(NamedTuple):
    """A distribution, or bare code, before its package is chosen."""

    metadata: str  # its metadata directory or file, or ""
    location: str  # the directory of sys.path that they describe
    name: str
    version: str
    requires: tuple[str, ...]
    modules: tuple[str, ...]  # of its application factories, best first
    # (canonical name, version as a tuple of int) of what is required with one
    versions: tuple[tuple[str, tuple[int, ...]], ...] = ()


class Package(NamedTuple):
    """An import package or a module, and where it is."""

    name: str  # dotted
    location: str  # its place on sys.path
    path: str  # its directory; for a module, its file without the ending


class _Installed(NamedTuple):
    """Metadata that are there, not yet read."""

    name: str  # canonical
    metadata: str  # path of the directory or file
    location: str  # the directory of sys.path that they describe
    root: str  # of the project, when an egg-link names it


def canonical(name):
    """A distribution's name as the package index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def holds(package, module):
    """Whether ``module`` is in ``package``; both are dotted names."""
    return module == package or module.startswith(package + ".")


def listing(directory):
    """The names in a directory (list); none of one that cannot be read."""
    try:
        return os.listdir(directory)
    except OSError:
        return []


def _distributions(site):
    """The _Installed (list, in the order of their paths) in a directory of
    sys.path; egg-links are followed."""
    found = []
    for entry in sorted(listing(site)):
        stem, ending = os.path.splitext(entry)
        path = os.path.join(site, entry)
        name = _named_by(stem)
        if ending == ".egg-link":
            found += _linked(path, canonical(stem))
        elif ending == ".egg" and os.path.isdir(path):
            found.append(_Installed(
                name, os.path.join(path, "EGG-INFO"), path, ""))
        elif stem and ending in (".dist-info", ".egg-info"):
            found.append(_Installed(name, path, site, ""))
    return found


def _linked(path, name):
    """The _Installed (list) that an .egg-link called ``name`` leads to."""
    lines = _optional(path).splitlines() + ["", ""]
    location = lines[0].strip()
    root = os.path.normpath(os.path.join(location, lines[1].strip() or "."))
    return [_Installed(name, os.path.join(location, entry), location, root)
            for entry in sorted(listing(location) if location else [])
            if entry.endswith(".egg-info")
            and _named_by(os.path.splitext(entry)[0]) == name]


def _named_by(stem):
    """The canonical name in "name-version" or "name"; both may hold dashes
    when they were not made by setuptools."""
    return canonical(re.split(r"-(?=[0-9])", stem, maxsplit=1)[0])


def _is_same(path, directory):
    return os.path.realpath(path) == os.path.realpath(directory)


def _optional(*parts):
    """The text of a file that may be missing; paths in it keep odd bytes.

    Raises DeployError when it is there and cannot be used.
    """
    path = os.path.join(*parts)
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise DeployError(
            f"{path}: cannot be read: {error.strerror}") from None
    if "\0" in text:  # no path can hold it
        raise DeployError(
            f"{path}: is broken, it holds a null byte; install what it is of"
            " again")
    return text


def release(text):
    """The numbers that a version begins with: (1, 0) of "1.0b4"."""
    numbers = re.match(r"[0-9]+(?:\.[0-9]+)*", text)
    return tuple(map(int, numbers[0].split("."))) if numbers else ()


def find_environments(directory, virtualenv):
    """The Places (list) to look into, in order: the virtualenv given, if
    any, what is running, and those that a project usually has."""
    given = [os.path.abspath(virtualenv)] if virtualenv else []
    running = Environment(
        sys.prefix if sys.prefix != sys.base_prefix else "",
        tuple(path for path in sys.path
              if os.path.isabs(path) and os.path.isdir(path)))
    return [*map(_place, given), running,
            *map(_place, _usual_virtualenvs(directory))]


def find_virtualenv(directory, virtualenv, name, places):
    """The virtualenv (str): that given, "" for none; of None, that which the
    distribution ``name`` is installed in, else the project's usual one."""
    if virtualenv is not None:
        return os.path.abspath(virtualenv) if virtualenv else ""
    for place in places:
        sites = [site for site in place.sites
                 if site.startswith(place.virtualenv + os.sep)]
        if place.virtualenv and _named(
                name, [place._replace(sites=tuple(sites))]):
            return place.virtualenv
    return (_usual_virtualenvs(directory) + [""])[0]


def listed(places):
    """The site-packages, not all of sys.path, for a message."""
    return ", ".join(site for site in _sites(places)
                     if site.endswith("-packages")) or "any virtualenv"


def _place(virtualenv):
    lib = os.path.join(virtualenv, "lib")
    sites = [os.path.join(lib, name, "site-packages")
             for name in sorted(listing(lib))]
    return Environment(virtualenv, tuple(filter(os.path.isdir, sites)))


def _usual_virtualenvs(directory):
    paths = [os.environ.get("VIRTUAL_ENV", "")]
    paths += [os.path.join(directory, name)
              for name in (".venv", "venv", "env")]
    return [os.path.abspath(path) for path in paths
            if path and os.path.lexists(os.path.join(path, "bin", "python"))]


def _named(name, places):
    """The _Installed called ``name`` in the first site-packages that has any
    (list)."""
    for site in _sites(places):
        found = [one for one in _distributions(site)
                 if one.name == canonical(name)]
        if found:
            return found
    return []


def _sites(places):
    """All site-packages of ``places``, each once."""
    return dict.fromkeys(site for place in places for site in place.sites)
