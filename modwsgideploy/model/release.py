"""Name the paths of a site that is kept in releases.

ROOT/releases/NAME is one release: ``code`` (with the deployment in
``code/apache``) and ``venv``.  ROOT/current is a link to the release that is
served, ROOT/shared what all of them use, ROOT/releases/python an empty
virtualenv that the processes start with.
"""

import os
import re
from typing import NamedTuple

# What releases are called: the time (UTC), and a number if it is taken.
NAME = re.compile(r"\d{8}-\d{6}(?:-\d+)?")
RELEASES, CURRENT, SHARED, PYTHON = "releases", "current", "shared", "python"
CODE, VIRTUALENV = "code", "venv"


class ReleasePaths(NamedTuple):
    """The paths below the directory ``root`` of one site."""

    root: str

    @property
    def releases(self) -> str:
        """The directory of all releases."""
        return f"{self.root}/{RELEASES}"

    @property
    def link(self) -> str:
        """The link to the release that is served."""
        return f"{self.root}/{CURRENT}"

    @property
    def shared(self) -> str:
        """The directory of what all releases use."""
        return f"{self.root}/{SHARED}"

    @property
    def python(self) -> str:
        """The empty virtualenv that the processes start with."""
        return f"{self.releases}/{PYTHON}"

    def release(self, name: str) -> str:
        """The directory of the release ``name``."""
        return f"{self.releases}/{name}"

    def code(self, name: str) -> str:
        """The project's directory in the release ``name``."""
        return f"{self.releases}/{name}/{CODE}"

    def virtualenv(self, name: str) -> str:
        """The virtualenv of the release ``name``."""
        return f"{self.releases}/{name}/{VIRTUALENV}"

    @property
    def current(self) -> str:
        """The name of the release that is served; "" for none."""
        try:
            head, name = os.path.split(os.readlink(self.link))
        except OSError:
            return ""
        return name if head in (RELEASES, self.releases) else ""

    def through_current(self, path: str) -> str:
        """``path``, if it is in a release, as ROOT/current leads to it.

        So Apache's configuration is the same for every release.
        """
        head = self.releases + "/"
        if not path.startswith(head):
            return path
        _, slash, rest = path[len(head):].partition("/")
        return self.link + slash + rest


def is_same_but_release(one: str, other: str) -> bool:
    """Tell whether two paths differ in nothing but the name of a release."""
    pairs = list(zip(one.split("/"), other.split("/")))
    differing = [pair for pair in pairs if pair[0] != pair[1]]
    return one.count("/") == other.count("/") and len(differing) == 1 and all(
        NAME.fullmatch(name) for name in differing[0])


def find_root(directory: str) -> str:
    """Return the ROOT that ``directory`` is, or is a release of; "" for none.
    """
    head, name = directory, ""
    while True:
        if name in ("", CURRENT, RELEASES) and ReleasePaths(head).current:
            return head
        if head == os.path.dirname(head):
            return ""
        head, name = os.path.split(head)


def through_current(path: str) -> str:
    """``path``, if it is in a release, as that site's ROOT/current leads to
    it."""
    root = find_root(path)
    return ReleasePaths(root).through_current(path) if root else path


def current_project(directory: str) -> str:
    """Return where the project in ``directory`` is.

    That is the code of the current release, where it is kept in releases;
    a path that leads through ``current`` is given without that link.
    """
    paths = ReleasePaths(find_root(directory))
    if directory == paths.root or directory == paths.link:
        code = paths.code(paths.current)
        return code if os.path.isdir(code) else directory
    if paths.root and directory.startswith(paths.link + "/"):
        return (paths.release(paths.current) + directory[len(paths.link):])
    return directory
