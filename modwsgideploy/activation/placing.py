"""Put files and links in their places so that undoing it needs no space.

What is new is written beside its place first, so a full disk shows before
anything has changed.  What was there is kept beside its place until the run
has come to its end; it is renamed back when the change is undone.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager, suppress
from typing import Iterable, Iterator

from modwsgideploy.activation.state import (
    PathChange,
    PathState,
    read_state,
)
from modwsgideploy.apache.shared_hosts import is_shared_host
from modwsgideploy.errors import DeployError
from modwsgideploy.system.files import names_in, write_all

# What `_beside` names.
_BESIDE = re.compile(r"\..+\.modwsgideploy-(?:new|old)")


def place(changes: Iterable[PathChange]) -> None:
    """Make ``changes``; old links go first, and new ones come last.

    Raises DeployError.  What has been changed by then can be put back.
    """
    wanted = in_order(_unless_done(changes))
    try:
        for change in wanted:
            with explained(change.path):
                _make_directory(os.path.dirname(change.path))
                stage(change.path, change.new, change.old)
                _keep(change.path)
    except DeployError:
        remove_kept(wanted)
        raise
    for change in wanted:
        with explained(change.path):
            if change.new.exists:
                os.rename(staged_path(change.path), change.path)
            else:
                os.unlink(change.path)
    sync_directories(change.path for change in wanted)


def _unless_done(changes: Iterable[PathChange]) -> Iterator[PathChange]:
    """Yield those of ``changes`` that are still to be made.

    Raises DeployError where somebody has changed the path meanwhile.
    """
    for change in changes:
        found = read_state(change.path)
        if not found.same(change.new):
            if not found.same(change.old):
                raise DeployError(f"{change.path}: was changed by somebody"
                                  " else in the meantime; run again")
            yield change


def _make_directory(directory: str) -> None:
    """Make the ``directory`` of a host's applications.  Raises OSError."""
    if is_shared_host(directory) and not os.path.isdir(directory):
        os.mkdir(directory, 0o755)
        sync_directories([directory])


def remove_kept(changes: Iterable[PathChange]) -> None:
    """Remove what is kept beside the places of ``changes``.

    So is the directory of a host's applications when nothing is left in it.
    The other directories keep their times, which say when a site was last
    switched (`unread`).
    """
    changes = list(changes)
    for change in changes:
        for path in (staged_path(change.path), kept_path(change.path)):
            _remove_unseen(path)
    for directory in {os.path.dirname(change.path) for change in changes}:
        if is_shared_host(directory):
            with suppress(OSError):
                os.rmdir(directory)


def remove_left_over(directories: Iterable[str]) -> None:
    """Remove what runs that were killed have left in ``directories``.

    Only for the run that holds the lock, and when there is no checkpoint.
    """
    for directory in directories:
        for name in names_in(directory):
            if _BESIDE.fullmatch(name):
                _remove_unseen(os.path.join(directory, name))


def _remove_unseen(path: str) -> None:
    """Remove ``path`` if that is possible; its directory keeps its times."""
    with suppress(OSError):
        directory = os.path.dirname(path)
        status = os.stat(directory)
        os.unlink(path)
        os.utime(directory, ns=(status.st_atime_ns, status.st_mtime_ns))


def write_beside(path: str, data: bytes, mode: int) -> str:
    """Write a file beside ``path``, onto the disk; return its path.

    Raises OSError.
    """
    staged = staged_path(path)
    _remove(staged)
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL
                         | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return staged


def sync_directories(paths: Iterable[str]) -> None:
    """Have the directories of ``paths`` written onto the disk."""
    for directory in {os.path.dirname(path) for path in paths}:
        with suppress(OSError):
            descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


@contextmanager
def explained(path: str) -> Iterator[None]:
    """Raise DeployError for an OSError that comes of changing ``path``."""
    try:
        yield
    except OSError as error:
        raise DeployError(f"{path}: {error.strerror}; mend that and run again"
                          ) from None


def in_order(changes: Iterable[PathChange]) -> list[PathChange]:
    """Sort ``changes``: old links before files, new links after them."""
    return sorted(changes, key=lambda change: (
        2 if change.new.link is not None
        else 0 if change.old.link is not None else 1))


def staged_path(path: str) -> str:
    """Name where what will be at ``path`` is prepared."""
    return _beside(path, "new")


def kept_path(path: str) -> str:
    """Name where what was at ``path`` is kept."""
    return _beside(path, "old")


def _beside(path: str, suffix: str) -> str:
    """Name a file beside ``path`` that no Include of Apache's matches."""
    directory, name = os.path.split(path)
    return os.path.join(directory, f".{name}.modwsgideploy-{suffix}")


def stage(path: str, new: PathState, old: PathState) -> None:
    """Make what is to be at ``path`` beside it.  Raises OSError."""
    if new.link is not None:
        staged = staged_path(path)
        _remove(staged)
        os.symlink(new.link, staged)
    elif new.text is not None:
        staged = write_beside(
            path, new.text.encode("utf-8", "surrogateescape"), new.mode)
        if old.text is not None:
            _take_after(staged, path, new.mode)


def _take_after(staged: str, path: str, mode: int) -> None:
    """Give ``staged`` the owner of ``path``, and exactly this mode."""
    with suppress(FileNotFoundError):
        status = os.stat(path, follow_symlinks=False)
        if not os.geteuid():
            os.chown(staged, status.st_uid, status.st_gid,
                     follow_symlinks=False)
        os.chmod(staged, mode)


def _keep(path: str) -> None:
    """Keep what is at ``path`` beside it.  Raises OSError."""
    kept = kept_path(path)
    _remove(kept)
    try:
        os.link(path, kept, follow_symlinks=False)
    except FileNotFoundError:
        pass
    except OSError:     # a file system without such links
        shutil.copy2(path, kept, follow_symlinks=False)


def _remove(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)
