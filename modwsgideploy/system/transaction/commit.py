"""Stage the new files of one directory, then give them their names at once."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Iterator, Sequence

from modwsgideploy.errors import Collector, DeployError
from modwsgideploy.system.files import write_all
from modwsgideploy.system.transaction.changes import Change, read_file
from modwsgideploy.system.transaction.disk import (
    adopt,
    give_to_group,
    link_or_copy,
    sync_directory,
)
from modwsgideploy.system.transaction.journal import (
    Entry,
    identity,
    journal_path,
    new_path,
    old_path,
    write_journal,
)
from modwsgideploy.system.transaction.paths import (
    existing_part,
    replaced_path,
    stages,
)
from modwsgideploy.system.transaction.stage import IsGone, locked_stage


class StagedFile:
    """The new version of one file; of a file to remove, only its name."""

    def __init__(self, change: Change, directory: str) -> None:
        self.change = change
        self.name = os.path.basename(change.path)
        self.directory = directory
        self.removes = change.new is None
        self.data = (change.new or "").encode("utf-8", "surrogateescape")

    @cached_property
    def target(self) -> str:
        """The path of the file that it replaces."""
        return replaced_path(os.path.join(self.directory, self.name))

    def is_done(self) -> bool:
        """Whether another run has written just this since `plan`."""
        found = read_file(self.target)
        return (self.change.new != self.change.old
                and self.change.new == (found.text if found else None))

    def write(self, path: str, sync: bool) -> None:
        """Write it to ``path``, with all else of the file it replaces."""
        change = self.change
        descriptor = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, change.mode)
        try:
            write_all(descriptor, self.data)
            if change.old is not None:
                adopt(descriptor, self.target, change.mode,
                      keep_time=change.old == change.new)
            if change.group:
                give_to_group(descriptor, change.group, change.mode)
            if sync:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_set(changes: Sequence[Change], directory: str, is_gone: IsGone,
              sync: bool = True) -> None:
    """Make ``changes`` in ``directory`` (real): all of them, or none.

    With ``sync`` each step is on the disk before the next.

    Raises DeployError.
    """
    staged = [StagedFile(change, directory) for change in changes
              if change.action != "unchanged"]
    with _explained_errors(directory, staged):
        while not _commit(changes, staged, directory, is_gone, sync):
            pass


def _commit(changes: Sequence[Change], staged: Sequence[StagedFile],
            directory: str, is_gone: IsGone, sync: bool) -> bool:
    """Write and rename the files; return False if it has to be tried again.

    That is when another run has made or removed the directory meanwhile.
    """
    existing = existing_part(directory)
    inside, beside = stages(directory)
    exists = existing == directory
    if exists:
        if os.path.lexists(beside):  # of a killed run; locking clears it
            with locked_stage(beside, 0o700, is_gone):
                pass
        top, stage, mode = directory, inside, 0o700
    else:
        top = os.path.join(
            existing, directory[len(existing):].strip("/").split("/")[0])
        # Whatever the umask, nobody else writes there.
        stage, mode = stages(top)[1], 0o775
    with locked_stage(stage, mode, is_gone):
        if os.path.lexists(top) != exists:  # another run was faster
            return False
        if exists or any(change.old is not None for change in changes):
            _check_unchanged(changes, directory)
            staged = [file for file in staged if not file.is_done()]
        make = _replace if exists else _create
        make(staged, directory, stage, sync)
        return True


def _check_unchanged(changes: Sequence[Change], directory: str) -> None:
    """Raise DeployError for files that are not as `plan` found them."""
    with Collector() as collect:
        for change in changes:
            collect(_check_same, change, directory)


def _check_same(change: Change, directory: str) -> None:
    """Raise DeployError if another than this run has changed the file."""
    path = os.path.join(directory, os.path.basename(change.path))
    found = read_file(replaced_path(path))
    text, mode = found or (None, None)
    if text != change.new and (text, mode) != (change.old, change.old_mode):
        raise DeployError(
            f"{change.path}: has changed since it was read; nothing was"
            " written; run again")


def _create(staged: Sequence[StagedFile], directory: str, stage: str,
            sync: bool) -> None:
    """Build ``directory`` in the stage, then rename it to its place."""
    parent = os.path.dirname(stage)
    top, _, rest = directory[len(parent):].lstrip("/").partition("/")
    inner = os.path.join(stage, rest)
    if rest:
        os.makedirs(inner, 0o775)
    for file in staged:
        file.write(os.path.join(inner, file.name), sync)
    if sync:
        sync_directory(inner)
    os.rename(stage, os.path.join(parent, top))
    if sync:
        with suppress(OSError):  # it is made, whatever this says
            sync_directory(parent)


def _replace(staged: Sequence[StagedFile], directory: str, stage: str,
             sync: bool) -> None:
    """Stage each file, then put each in the place of its old one."""
    entries = []
    for number, file in enumerate(staged):
        path = new_path(stage, number)
        if not file.removes:
            file.write(path, sync)
        existed = file.change.old is not None
        if existed:
            link_or_copy(file.target, old_path(stage, number))
        entries.append(Entry(file.name, existed, identity(path)))
    if entries:
        write_journal(stage, entries, sync)
    for number, file in enumerate(staged):
        if file.removes:
            os.unlink(file.target)
        else:
            os.rename(new_path(stage, number), file.target)
    if sync:
        sync_directory(directory)
    if entries:
        os.unlink(journal_path(stage))


@contextmanager
def _explained_errors(directory: str,
                      staged: Sequence[StagedFile]) -> Iterator[None]:
    """Turn an OSError of a block into a DeployError."""
    try:
        yield
    except OSError as error:
        raise DeployError(_explain(error, directory, staged)) from None


def _explain(error: OSError, directory: str,
             staged: Sequence[StagedFile]) -> str:
    """Return the message for ``error``."""
    name = error.filename2 or error.filename
    if not isinstance(name, str) or not os.path.isabs(name):
        name = directory
    if os.path.lexists(journal_path(stages(directory)[0])):
        return (f"{name}: {error.strerror}; and the old files could not be"
                " put back: mend that, then run again, which does it")
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return (f"{name}: {error.strerror}; nothing was changed in"
                f" {directory}; mend that and run again")
    needed = sum(len(file.data) for file in staged)
    disk = os.statvfs(existing_part(directory))
    free = f"{disk.f_bavail * disk.f_frsize} are free"
    if 0 <= disk.f_favail <= len(staged) < disk.f_files:
        free += f", and only {disk.f_favail} inodes"
    return (f"{directory}: {error.strerror}: its files need {needed} bytes,"
            f" {free}; nothing was changed; make room and run again")
