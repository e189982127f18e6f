"""Describe a project: what is known before anything is decided for a site."""

from typing import NamedTuple

# (canonical name of a distribution, version as a tuple of int)
Versions = tuple[tuple[str, tuple[int, ...]], ...]


class Project(NamedTuple):
    """What is known of a project before anything is decided for its site."""

    name: str  # of the distribution, as its metadata write it
    # import package, dotted inside a namespace package; "" where nobody knows
    package: str
    short_name: str  # what a site of it is called unless it is given a name
    version: str  # "" where no metadata say it
    directory: str  # absolute: the project's root
    location: str  # absolute: must be on sys.path to import the package
    metadata: str  # path of the metadata found, or ""
    requires: tuple[str, ...]  # canonical names, those of extras left out
    # (name, version) of those that are required with one, or installed
    versions: Versions
    framework: str  # a key of FRAMEWORKS
    # "module:callable" where no Paste ini names it, or ""; the callable of
    # wsgi_file, where that is not ""
    application: str
    wsgi_file: str  # path of a script that is run as it is, or ""
    configs: tuple[str, ...]  # ini files, relative to the directory
    # that of them it was found from, when it has no metadata of its own and
    # nobody named one; else ""
    config: str
    static: tuple[tuple[str, str], ...]  # (URL below the mount point, path)
    static_left_out: tuple[str, ...]  # what Apache cannot serve, and why
    # why more than one process would damage what it stores, or ""
    single_process: str
    virtualenv: str  # the one the project is installed in, or ""
    not_installed: str  # what to do about that where it matters, or ""
