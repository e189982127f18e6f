"""Create, replace and remove symbolic links."""

from __future__ import annotations

import os
from typing import Iterable

from modwsgideploy.errors import DeployError
from modwsgideploy.system.transaction.disk import sync_directory


def put_links(wanted: Iterable[tuple[str, str | None]]) -> None:
    """Make each path of (path, target) a link; remove it if target is None.

    What is there before must be a link or nothing.

    Raises DeployError.
    """
    directories = {}
    for path, target in wanted:
        directories[os.path.dirname(path)] = True
        try:
            if os.path.islink(path):
                os.unlink(path)
            if target is not None:
                os.symlink(target, path)
        except OSError as error:
            raise DeployError(f"{path}: {error.strerror}; mend that and run"
                              " again") from None
    for directory in directories:
        sync_directory(directory)
