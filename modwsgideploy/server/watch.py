"""See which files of a project change while it is served."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Optional, Tuple

# What is read when a process starts.  Others, such as JSON, are data as often,
# and a template is read by whoever uses it.
_SUFFIXES = (".py", ".ini", ".cfg", ".toml", ".yaml", ".yml", ".zcml")
_LEFT_OUT = ("__pycache__", "node_modules", "build", "dist", "data", "logs")
# Time and size; None for what is not there.
_State = Optional[Tuple[int, int]]


class Watch:
    """The code and configuration below some directories, and single paths."""

    def __init__(self, roots: Iterable[str], paths: Iterable[str]) -> None:
        self._roots = [root for root in dict.fromkeys(roots) if root]
        self._paths = [path for path in dict.fromkeys(paths) if path]
        self._states = self._look()

    def changed(self) -> list[str]:
        """Return the paths that have changed since the last call, or since it
        was made."""
        before, self._states = self._states, self._look()
        return [path for path in sorted({*before, *self._states})
                if before.get(path) != self._states.get(path)]

    def _look(self) -> dict[str, _State]:
        states: dict[str, _State] = {}
        for path in self._paths:
            try:
                found = os.stat(path)
            except OSError:
                states[path] = None
            else:
                states[path] = found.st_mtime_ns, found.st_size
        for root in self._roots:
            for entry in _files(root):
                try:
                    found = entry.stat()
                except OSError:
                    continue
                states[entry.path] = found.st_mtime_ns, found.st_size
        return states


def _files(directory: str) -> Iterator[os.DirEntry[str]]:
    """Yield the files below ``directory`` that are code or configuration."""
    try:
        with os.scandir(directory) as found:
            entries = list(found)
    except OSError:
        return
    # A virtualenv is somebody else's code.
    if any(entry.name == "pyvenv.cfg" for entry in entries):
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name in _LEFT_OUT:
            continue
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.endswith(".egg-info"):
                yield from _files(entry.path)
        elif entry.name.endswith(_SUFFIXES):
            yield entry
