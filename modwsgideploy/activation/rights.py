"""Find out whether this user may change Apache's configuration."""

from __future__ import annotations

import os
from typing import Iterable

from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.state import PathChange
from modwsgideploy.apache.shared_hosts import is_shared_host
from modwsgideploy.errors import DeployError


def check_rights(layout: ApacheLayout, changes: Iterable[PathChange]) -> None:
    """Raise DeployError if this user may not make ``changes``."""
    for directory in dict.fromkeys([layout.root, *(
            _existing(os.path.dirname(change.path)) for change in changes)]):
        if not os.access(directory, os.W_OK):
            raise DeployError(f"{directory}: {_reason(directory)}")


def check_signals(pid: int) -> None:
    """Raise DeployError if this user may not signal the Apache ``pid``."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        raise DeployError(
            f"process {pid}: Apache runs as another user, so nothing was"
            f" changed; run it as root: {as_root()}") from None


def _existing(directory: str) -> str:
    """Name ``directory``, or the one in which it is made."""
    if not os.path.isdir(directory) and (
            is_shared_host(directory) or directory.endswith(".wants")):
        return os.path.dirname(directory)
    return directory


def _reason(directory: str) -> str:
    """Say why ``directory`` cannot be written, and what to do."""
    try:
        if os.statvfs(directory).f_flag & os.ST_RDONLY:
            return ("is on a file system that is mounted read-only, so"
                    " nothing was changed; mount it writable")
    except OSError as error:
        return f"{error.strerror}; nothing was changed"
    if not os.geteuid():
        return ("not even root may write there, so nothing was changed;"
                f" `lsattr -d {directory}` shows whether it is immutable")
    return ("this user may not write there, so nothing was changed; run it as"
            f" root: {as_root()}")


def as_root() -> str:
    """Give the command that was run, for root to run."""
    import shlex
    import sys

    return "sudo " + shlex.join([os.path.abspath(sys.argv[0]), *sys.argv[1:]])
