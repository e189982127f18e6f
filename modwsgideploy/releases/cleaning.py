"""Let one update run at a time, and remove what is needed no longer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from modwsgideploy.errors import DeployError
from modwsgideploy.model.release import NAME, ReleasePaths
from modwsgideploy.releases.records import (
    Release,
    read_release,
    read_releases,
)
from modwsgideploy.releases.sharing import forget_links
from modwsgideploy.system.files import names_in, text_or_empty
from modwsgideploy.system.identity import acting_as, owner_on_the_way
from modwsgideploy.system.locking import lock

# In which what a run that was killed has started comes to its end.
_LOCK_SECONDS = 3


@contextmanager
def locked(paths: ReleasePaths) -> Iterator[None]:
    """Be the only run that changes the releases.  Raises DeployError."""
    with acting_as(owner_on_the_way(paths.releases)):
        try:
            os.makedirs(paths.releases, exist_ok=True)
            descriptor = os.open(paths.releases, os.O_RDONLY | os.O_DIRECTORY
                                 | os.O_CLOEXEC)
        except OSError as error:
            raise DeployError(f"{paths.releases}: {error.strerror}; run it as"
                              " the owner of that, or as root") from None
    try:
        lock(descriptor, _LOCK_SECONDS, f"{paths.root}: another update or"
             " rollback of it runs; wait for it or end it")
        yield
    finally:
        os.close(descriptor)


def remove_release(paths: ReleasePaths, name: str) -> bool:
    """Remove the release ``name``, whatever of it there is; whether it is
    gone."""
    if not NAME.fullmatch(name) or name == paths.current:
        return False
    with acting_as(owner_on_the_way(paths.release(name))):
        # So that not a part of it is taken for a release.
        with suppress(OSError):
            os.unlink(f"{paths.release(name)}/release.json")
        shutil.rmtree(paths.release(name), ignore_errors=True)
    return not os.path.lexists(paths.release(name))


def remove_beginnings(paths: ReleasePaths) -> None:
    """Remove what a first update that failed has made in ROOT itself."""
    if paths.current or read_releases(paths):
        return
    with acting_as(owner_on_the_way(paths.releases)):
        shutil.rmtree(paths.python, ignore_errors=True)
        forget_links(paths)
        for directory in paths.shared, paths.releases:
            with suppress(OSError):    # which may be somebody's own
                os.rmdir(directory)


def remove_unfinished(paths: ReleasePaths) -> list[str]:
    """Remove what runs that were killed have left; return the names."""
    removed = []
    for name in names_in(paths.releases):
        release = read_release(paths, name)
        if not NAME.fullmatch(name) or name == paths.current or (
                release and release.served):
            continue
        # What was taken back was said to be, and not killed.
        if remove_release(paths, name) and not (release and release.failed):
            removed.append(name)
    return removed


def prune(paths: ReleasePaths, keep: int) -> list[str]:
    """Remove all but the newest ``keep`` releases; return the names.

    The current one stays, the one before it, and those that run.
    """
    releases = read_releases(paths)
    current = next((release for release in releases
                    if release.name == paths.current), None)
    needed = {paths.current, current.previous if current else ""}
    gone = [release.name for release in releases[keep:]
            if release.name not in needed]
    if gone:
        busy = _in_use(paths, releases)
        gone = [name for name in gone if name not in busy]
    return [name for name in gone if remove_release(paths, name)]


def _in_use(paths: ReleasePaths, releases: Sequence[Release]) -> set[str]:
    """The releases in which a process works, as far as that can be seen."""
    heads = {paths.release(release.name): release.name
             for release in releases}
    busy: set[str] = set()
    for pid in filter(str.isdigit, names_in("/proc")):
        text = text_or_empty(f"/proc/{pid}/maps")
        with suppress(OSError):
            text += "\n" + os.readlink(f"/proc/{pid}/cwd") + "/"
        busy.update(name for head, name in heads.items()
                    if head + "/" in text)
    return busy
