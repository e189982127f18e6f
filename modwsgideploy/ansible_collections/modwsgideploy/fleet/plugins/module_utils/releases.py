# Copyright: the authors of modwsgideploy
# MIT License
"""Name the releases of a host, and what is in one of them.

ROOT/NAME is a release: all sites of the host with their code, in projects/,
their virtualenvs, in venvs/, their deployments, in sites/, and the manifest
sites.ini.  ROOT/current leads to the one that is served, and ROOT/shared has
what all of them use.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

NAME = re.compile(r"\d{8}-\d{6}(?:-\d+)?")
ROOT = "/srv/modwsgideploy"


class Releases(NamedTuple):
    """The releases in the directory ``root``."""

    root: str

    @property
    def danger(self) -> str:
        """Say who else could put something into the directory; "" for nobody.

        What is there is run, and root is not to be led elsewhere.
        """
        path = root = os.path.abspath(self.root)
        trusted = (0, os.geteuid())
        while True:
            try:
                found = os.lstat(path)
            except OSError:
                found = None       # it is made
            if found:
                is_open = found.st_mode & 0o022 and not (
                    found.st_mode & stat.S_ISVTX and path != root)
                if not stat.S_ISDIR(found.st_mode):
                    return f"{path}: is no directory; name another root"
                if found.st_uid not in trusted or is_open:
                    return (f"{path}: others than root can write there, so no"
                            " release is kept in it; name another root, or"
                            f" `chown root:root {path} && chmod go-w {path}`")
            if path == os.path.dirname(path):
                return ""
            path = os.path.dirname(path)

    @property
    def link(self) -> str:
        """The link to the release that is served."""
        return f"{self.root}/current"

    @property
    def current(self) -> str:
        """The name of the release that is served; "" for none."""
        try:
            name = os.readlink(self.link)
        except OSError:
            return ""
        return name if NAME.fullmatch(name) else ""

    def path(self, name: str, *parts: str) -> str:
        """Return a path in the release ``name``."""
        return os.path.join(self.root, name, *parts)

    def manifest(self, name: str) -> str:
        """Return the manifest of the release ``name``."""
        return self.path(name, "sites.ini")

    def record(self, name: str) -> dict[str, Any]:
        """Return what is recorded of a release; {} where it is not whole."""
        try:
            with open(self.path(name, "release.json"),
                      encoding="utf-8") as stream:
                record: dict[str, Any] = json.load(stream)
        except (OSError, ValueError):
            return {}
        return record

    def write_record(self, name: str, record: dict[str, Any]) -> None:
        """Write what is recorded of a release.  Raises OSError."""
        path = self.path(name, "release.json")
        descriptor, staged = tempfile.mkstemp(dir=os.path.dirname(path))
        with open(descriptor, "w", encoding="utf-8") as stream:
            json.dump(record, stream, indent=1, sort_keys=True)
        os.chmod(staged, 0o644)
        os.rename(staged, path)

    @property
    def names(self) -> list[str]:
        """The releases there are, the newest first."""
        try:
            found = os.listdir(self.root)
        except OSError:
            return []
        return sorted((name for name in found if NAME.fullmatch(name)
                       and self.record(name)), key=_order, reverse=True)

    def resolve(self, name: str) -> str:
        """Return the name that ``current`` or ``previous`` stand for; "" for
        none."""
        if name == "current":
            return self.current
        if name == "previous":
            before = self.record(self.current).get("before", "")
            return before if before and self.record(before) else ""
        return name

    def serve(self, name: str) -> None:
        """Have the link lead to ``name``; "" removes it.  Raises OSError."""
        if not name:
            os.unlink(self.link)
            return
        staged = f"{self.root}/.current.new"
        if os.path.lexists(staged):
            os.unlink(staged)
        os.symlink(name, staged)
        os.rename(staged, self.link)

    def remove(self, name: str) -> None:
        """Remove a release, whatever of it there is."""
        path = self.path(name)
        if NAME.fullmatch(name) and not os.path.islink(path):
            record = f"{path}/release.json"
            if os.path.lexists(record):      # so that no part looks whole
                os.unlink(record)
            shutil.rmtree(path, ignore_errors=True)

    def superfluous(self, keep: int) -> list[str]:
        """Return all but the newest ``keep``, the one that is served and the
        one before it."""
        needed = {self.current, self.resolve("previous")}
        return [name for name in self.names[max(keep, 1):]
                if name not in needed]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only one that changes them.

        Raises OSError, also where another one does not come to its end.
        """
        descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        finally:
            os.close(descriptor)


def _order(name: str) -> tuple[str, int]:
    stem, _, number = name[9:].partition("-")
    return name[:9] + stem, int(number or 1)
