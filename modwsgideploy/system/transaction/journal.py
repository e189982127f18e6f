"""Keep a journal of replaced files, with which an unfinished run is undone."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from typing import Iterator, NamedTuple, Sequence

from modwsgideploy.errors import DeployError
from modwsgideploy.system.files import opened_regular, write_all
from modwsgideploy.system.transaction.disk import sync_directory
from modwsgideploy.system.transaction.paths import (
    check_name,
    owner_of,
    stages,
)


class Entry(NamedTuple):
    """One file of a journal."""

    name: str
    existed: bool     # whether there is an old version, kept in the stage
    identity: tuple[int, int] | None    # of the new version, None if removed


def journal_path(stage: str) -> str:
    """Return the path of the journal in ``stage``."""
    return os.path.join(stage, "journal")


def new_path(stage: str, number: int) -> str:
    """Return where the new version of file ``number`` is staged."""
    return os.path.join(stage, f"new-{number}")


def old_path(stage: str, number: int) -> str:
    """Return where the old version of file ``number`` is kept."""
    return os.path.join(stage, f"old-{number}")


def identity(path: str) -> tuple[int, int] | None:
    """Return what tells one version of a file from another, None for none."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns


def write_journal(stage: str, entries: Sequence[Entry], sync: bool) -> None:
    """Record in ``stage`` the ``entries``, in the order of their numbers."""
    draft = os.path.join(stage, "draft")
    with open(draft, "xb", 0) as stream:
        write_all(stream.fileno(), ascii([*map(tuple, entries)]).encode())
        if sync:
            os.fsync(stream.fileno())
    os.rename(draft, journal_path(stage))
    if sync:
        sync_directory(stage)


def kept_versions(directory: str) -> dict[str, str | None]:
    """Return what an unfinished run has replaced in ``directory``.

    For the name of each file, the path of its old version, None if it had
    none.  A file that was edited since is left out.

    Raises DeployError if that cannot be read.
    """
    try:
        return dict(_replaced(directory))
    except OSError as error:
        raise DeployError(
            f"{error.filename}: cannot be read ({error.strerror}), and belongs"
            " to a run that did not finish: run again as that user"
            f"{owner_of(stages(directory)[0])}") from None


def undo(stage: str) -> None:
    """Put back the old files if the journal says that some are replaced."""
    directory = os.path.dirname(stage)
    if (stage != stages(directory)[0]  # but beside a directory to be made
            or not os.path.lexists(journal_path(stage))):
        return
    for name, old in _replaced(directory):
        path = os.path.realpath(os.path.join(directory, name))
        with suppress(FileNotFoundError):  # done before, by one then killed
            if old is None:
                os.unlink(path)
            else:
                os.rename(old, path)
    sync_directory(directory)
    os.unlink(journal_path(stage))


def _entries(text: str, stage: str) -> list[Entry]:
    """Return the entries in the ``text`` of a journal.

    Raises DeployError for anything but what `write_journal` writes.
    """
    import ast

    try:
        entries = [Entry(str(name), bool(existed), kept and tuple(kept))
                   for name, existed, kept in ast.literal_eval(text)]
        for entry in entries:
            check_name(entry.name)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise DeployError(
            f"{journal_path(stage)}: is damaged; see which files in"
            f" {os.path.dirname(stage)} are as you want them, then remove"
            f" {stage}") from None
    return entries


def _replaced(directory: str) -> Iterator[tuple[str, str | None]]:
    """Yield the pairs of `kept_versions`.  Raises OSError."""
    stage = stages(directory)[0]
    try:
        with open(journal_path(stage), "rb",
                  opener=opened_regular) as stream:
            if os.stat(stage).st_uid != os.geteuid():
                raise PermissionError(
                    errno.EPERM, "another user has made it", stage)
            text = stream.read().decode("ascii", "replace")
    except (FileNotFoundError, NotADirectoryError):
        return
    for number, entry in enumerate(_entries(text, stage)):
        path = os.path.realpath(os.path.join(directory, entry.name))
        if identity(path) == entry.identity:
            yield entry.name, (old_path(stage, number) if entry.existed
                               else None)
