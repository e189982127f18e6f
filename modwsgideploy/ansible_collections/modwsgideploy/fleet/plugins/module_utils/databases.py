# Copyright: the authors of modwsgideploy
# MIT License
"""Find what an application stores among the files of its code."""

from __future__ import annotations

import os
from collections.abc import Iterator

# How a file of SQLite begins (https://sqlite.org/fileformat2.html).
_SQLITE = b"SQLite format 3\0"
_BESIDE = ("-journal", "-wal", "-shm")


def is_database(path: str) -> bool:
    """Tell whether a file holds what an application stores, not its code."""
    if path.endswith((*_BESIDE, "/Data.fs")):
        return True
    try:
        with open(path, "rb") as stream:
            return stream.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False


def databases(top: str) -> Iterator[str]:
    """Yield the databases below the directory ``top``, no links."""
    for head, _, names in os.walk(top):
        for name in sorted(names):
            path = os.path.join(head, name)
            if not os.path.islink(path) and not name.endswith(_BESIDE) and (
                    os.path.isfile(path) and is_database(path)):
                yield path
