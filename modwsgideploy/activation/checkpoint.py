"""Keep on disk what a run changes and has reached; let one run at a time.

The checkpoint is a line of JSON, which does not change, and a line with one
letter for the run and one for each site.  A letter is written over the one
before it, which needs no space.
"""

from __future__ import annotations

import json
import os
import stat
from contextlib import contextmanager, suppress
from typing import Any, Iterator, NamedTuple, Sequence

from modwsgideploy.activation.endpoint import Endpoint
from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.placing import (
    explained,
    staged_path,
    sync_directories,
    write_beside,
)
from modwsgideploy.activation.planner import SiteChange
from modwsgideploy.activation.state import PathChange, PathState, read_state
from modwsgideploy.activation.units import UnitChange, directories
from modwsgideploy.errors import DeployError
from modwsgideploy.system.locking import lock, wait_for_lock

CHECKPOINT = ".modwsgideploy-enabling"
LOCK_SECONDS = 10
# What certbot may need for a certificate; it edits sites for a challenge, and
# takes that back.
CERTBOT_LOCK, CERTBOT_SECONDS = ".certbot.lock", 60
# What a run has reached: files are being placed; Apache is told to read them.
PLACING, LOADING = "p", "l"
# What a site has reached: nothing yet; it answered; it was taken back.
OPEN, KEPT, TAKEN_BACK = "o", "k", "t"


class Checkpoint(NamedTuple):
    """What a run changes, and what it has reached."""

    root: str               # of the configuration that it was made for
    on: bool
    apache_ran: bool
    generation: tuple[int, int] | None    # of Apache before the change
    sites: tuple[SiteChange, ...]
    run: str = PLACING
    reached: str = ""       # a letter for each site

    @property
    def changes(self) -> list[PathChange]:
        """Every path of the sites that have not answered."""
        return [change for site, letter in zip(self.sites, self.reached)
                if letter != KEPT for change in site.paths]


@contextmanager
def locked(layout: ApacheLayout) -> Iterator[None]:
    """Be the only run that changes ``layout``.  Raises DeployError."""
    descriptor = os.open(layout.root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        lock(descriptor, LOCK_SECONDS, f"{layout.root}: another run switches"
             " sites on or off; wait for it or end it")
        wait_for_lock(
            f"{layout.root}/{CERTBOT_LOCK}", CERTBOT_SECONDS,
            f"{layout.root}: certbot is at work there; wait for it or end it")
        yield
    finally:
        os.close(descriptor)


class CheckpointFile:
    """The checkpoint of one run on the disk."""

    def __init__(self, layout: ApacheLayout) -> None:
        self.path = _path(layout)
        self._layout = layout
        self._names: list[str] = []
        self._offset = 0

    def write(self, checkpoint: Checkpoint) -> None:
        """Write what is about to change.  Raises DeployError."""
        self._names = [site.name for site in checkpoint.sites]
        document = (json.dumps(_as_dict(checkpoint, self._layout))
                    + "\n").encode()
        self._offset = len(document)
        reached = checkpoint.reached or OPEN * len(self._names)
        with explained(self.path):
            staged = write_beside(
                self.path, document + f"{checkpoint.run}{reached}\n".encode(),
                0o600)
            os.rename(staged, self.path)
        sync_directories([self.path])

    def reopen(self, checkpoint: Checkpoint) -> None:
        """Go on with the checkpoint of a run that was killed."""
        self._names = [site.name for site in checkpoint.sites]
        with explained(self.path), open(self.path, "rb") as stream:
            self._offset = len(stream.readline())

    def mark_loading(self) -> None:
        """Note that Apache is told to read it.  Raises DeployError."""
        self._mark(0, LOADING)

    def mark(self, name: str, letter: str) -> None:
        """Note what the site ``name`` has reached.  Raises DeployError."""
        self._mark(1 + self._names.index(name), letter)

    def mark_undone(self) -> None:
        """Note that all of it is to be put back.  Raises DeployError."""
        if os.path.lexists(self.path):     # it could be written
            self._mark(0, PLACING + OPEN * len(self._names))

    def _mark(self, number: int, letters: str) -> None:
        with explained(self.path):
            descriptor = os.open(self.path, os.O_WRONLY | os.O_NOFOLLOW)
            try:
                os.pwrite(descriptor, letters.encode(), self._offset + number)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def remove(self) -> None:
        """Say that the run has come to its end.  Raises DeployError."""
        for path in self.path, staged_path(self.path):
            with explained(path), suppress(FileNotFoundError):
                os.unlink(path)
        sync_directories([self.path])


def read_checkpoint(layout: ApacheLayout) -> Checkpoint | None:
    """Read the checkpoint of a run that did not come to its end, if any.

    Raises DeployError for one that root had better not believe.
    """
    path = _path(layout)
    text = read_state(path).text
    if text is None:
        return None
    _refuse_strangers(path)
    head, _, reached = text.partition("\n")
    try:
        if head == "{":
            return _from_first_format(json.loads(text), layout)
        return _from_dict(json.loads(head), reached.strip(), layout)
    except (ValueError, KeyError, TypeError) as error:
        raise DeployError(
            f"{path}: cannot be read ({error}); put right by hand what the"
            " run that wrote it has changed, and remove it") from None


def _path(layout: ApacheLayout) -> str:
    return os.path.join(layout.root, CHECKPOINT)


def _refuse_strangers(path: str) -> None:
    """Raise DeployError if somebody else may have written the file."""
    status = os.stat(path, follow_symlinks=False)
    if status.st_uid not in (0, os.geteuid()) or (
            status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
        raise DeployError(
            f"{path}: is not only root's to write, so nothing that it says is"
            " done; remove it if no run of yours was killed")


def _as_dict(checkpoint: Checkpoint, layout: ApacheLayout) -> dict[str, Any]:
    """Give what does not change, with paths below the configuration's own."""
    def inside(path: str) -> str:
        return os.path.relpath(path, layout.root)

    return {
        "format": 2, "root": checkpoint.root, "on": checkpoint.on,
        "ran": checkpoint.apache_ran, "generation": checkpoint.generation,
        "sites": [{
            **site._asdict(),
            "files": [inside(path) for path in site.files],
            "own": [(inside(path), old, new) for path, old, new in site.own],
            "shared": [(inside(path), old, new)
                       for path, old, new in site.shared],
            "host": [(inside(path), old, new)
                     for path, old, new in site.host],
            "mount": site.mount and inside(site.mount),
            "server": site.server and site.server._asdict(),
        } for site in checkpoint.sites]}


def _from_dict(fields: dict[str, Any], reached: str, layout: ApacheLayout
               ) -> Checkpoint:
    """Take apart what `_as_dict` made.  Raises ValueError and the like."""
    sites = tuple(SiteChange(**{
        **site, "files": tuple(_inside(path, layout)
                               for path in site["files"]),
        "own": _changes(site["own"], layout),
        "shared": _changes(site["shared"], layout),
        "host": _changes(site.get("host", ()), layout),
        "mount": _inside(site["mount"], layout) if site.get("mount") else "",
        "server": _server(site.get("server"), layout),
        "endpoints": tuple(Endpoint(*each) for each in site["endpoints"]),
        "logs": tuple(site["logs"]),
        "certificates": tuple(site["certificates"])})
        for site in fields["sites"])
    if len(reached) != 1 + len(sites):
        raise ValueError("its last line is cut off")
    generation = fields["generation"]
    return Checkpoint(
        fields["root"], fields["on"], fields["ran"],
        (generation[0], generation[1]) if generation else None, sites,
        reached[0], reached[1:])


def _changes(rows: Sequence[Any], layout: ApacheLayout
             ) -> tuple[PathChange, ...]:
    return tuple(PathChange(_inside(path, layout), PathState(*old),
                            PathState(*new)) for path, old, new in rows)


def _server(fields: dict[str, Any] | None, layout: ApacheLayout
            ) -> UnitChange | None:
    """Take apart what is done with systemd units, in their own directories.

    Raises ValueError and the like.
    """
    if not fields:
        return None
    changes = tuple(PathChange(path, PathState(*old), PathState(*new))
                    for path, old, new in fields["changes"])
    for change in changes:
        if os.path.dirname(change.path) not in directories(
                layout.platform.units):
            raise ValueError(f"{change.path} is no place for units")
    return UnitChange(**{**fields, "changes": changes})


def _inside(path: str, layout: ApacheLayout) -> str:
    """Give the path of a checkpoint, which is below its configuration.

    Raises ValueError for any other.
    """
    whole = os.path.normpath(os.path.join(layout.root, path))
    if not layout.has(os.path.dirname(whole)):
        raise ValueError(f"{path} is none of the places for sites")
    return whole


def _from_first_format(fields: dict[str, Any], layout: ApacheLayout
                       ) -> Checkpoint:
    """Take apart what versions before this one wrote: absolute paths."""
    changes = tuple(PathChange(_inside(path, layout), PathState(*old),
                               PathState(*new))
                    for path, old, new in fields["steps"])
    return Checkpoint(
        os.path.realpath(layout.root), True, fields["ran"], None,
        (SiteChange("", "", (), changes),), PLACING, OPEN)
