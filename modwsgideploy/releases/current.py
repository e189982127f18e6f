"""Have ROOT/current lead to a release."""

from __future__ import annotations

import os
from contextlib import suppress

from modwsgideploy.activation.placing import sync_directories
from modwsgideploy.errors import DeployError
from modwsgideploy.model.release import RELEASES, ReleasePaths
from modwsgideploy.system.identity import acting_as, owner_on_the_way


def flip(paths: ReleasePaths, name: str) -> None:
    """Have ROOT/current lead to the release ``name``, in one step.

    "" removes it.  Raises DeployError.
    """
    if paths.current == name:
        return
    staged = f"{paths.root}/.{os.path.basename(paths.link)}.new"
    try:
        with acting_as(owner_on_the_way(os.path.join(paths.root, ""))):
            if not name:
                os.unlink(paths.link)
                return
            with suppress(FileNotFoundError):
                os.unlink(staged)
            os.symlink(f"{RELEASES}/{name}", staged)
            os.rename(staged, paths.link)
            sync_directories([paths.link])
    except OSError as error:
        raise DeployError(f"{paths.link}: {error.strerror}; mend that and run"
                          " again") from None
