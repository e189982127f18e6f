"""Undo what enabling or disabling has changed: put back what was there.

`apply` calls `put_back` for a site that fails, and `recovery` for a run that
was killed.  It needs no space on the disk, as `placing` has kept what was
there.
"""

from __future__ import annotations

import os
from typing import Iterable

from modwsgideploy.activation.placing import (
    explained,
    in_order,
    kept_path,
    remove_kept,
    stage,
    staged_path,
    sync_directories,
)
from modwsgideploy.activation.state import (
    PathChange,
    PathState,
    read_state,
)


def put_back(changes: Iterable[PathChange]) -> list[str]:
    """Put back what was at each path before ``changes``.

    Returns the paths that somebody else has changed since; they stay as they
    are.  Raises DeployError.
    """
    wanted = in_order(changes)[::-1]
    others = []
    for change in wanted:
        found = read_state(change.path)
        if found.same(change.old):
            continue
        if not found.same(change.new):
            others.append(change.path)
            continue
        with explained(change.path):
            _restore(change.path, change.old)
    remove_kept(wanted)
    sync_directories(change.path for change in wanted)
    return others


def _restore(path: str, old: PathState) -> None:
    """Put ``old`` back to ``path``.  Raises OSError."""
    if not old.exists:
        os.unlink(path)
    elif read_state(kept_path(path)).same(old):
        os.rename(kept_path(path), path)
    else:               # by a version that did not keep it
        stage(path, old, old)
        os.rename(staged_path(path), path)


def not_put_back(paths: Iterable[str]) -> list[str]:
    """Say of each path why it was not put back."""
    return [f"{path}: was changed by somebody else in the meantime, and stays"
            " as it is" for path in paths]
