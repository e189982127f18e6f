"""Plan what has to change in a directory for it to hold a set of files."""

from __future__ import annotations

import errno
import os
import stat
from typing import Iterable, Mapping, NamedTuple, Sequence

from modwsgideploy.errors import Collector, DeployError
from modwsgideploy.system.files import opened_text
from modwsgideploy.system.identity import acting_as, owner_on_the_way
from modwsgideploy.system.transaction.journal import kept_versions
from modwsgideploy.system.transaction.paths import (
    check_directory,
    check_name,
    check_writable,
    existing_part,
    owner_of,
    real_path,
    replaced_path,
)


class File(NamedTuple):
    """A file of the name ``path`` that the output directory shall have.

    With None for ``text``, a file that it shall not have.
    """

    path: str
    text: str | None
    mode: int = 0o644
    group: str = ""     # whose members read it, if root can say so


class FoundFile(NamedTuple):
    """Text and permissions of a file that is there.

    Bytes that are not UTF-8 are surrogate escapes.
    """

    text: str
    mode: int


class Change(NamedTuple):
    """What `write` has to do for one file.

    ``path`` is absolute; ``action`` is create, update, remove or unchanged;
    bytes of ``old`` that are not UTF-8 are surrogate escapes.  ``mode`` is
    what to create a file with (the umask applies), or what an existing file
    ends up with.
    """

    path: str
    action: str
    old: str | None
    new: str | None
    mode: int
    old_mode: int | None = None
    group: str = ""


def read_files(names: Sequence[str],
               directory: str) -> dict[str, FoundFile | None]:
    """Return the files ``names`` of ``directory``, None for a missing one.

    Raises DeployError if something cannot be read.
    """
    directory = os.path.abspath(directory)
    with acting_as(owner_on_the_way(directory)):
        real = real_path(directory)
        existing = existing_part(real)
        check_directory(existing, directory)
        if existing != real:
            return dict.fromkeys(names)
        with Collector() as collect:
            kept = collect(kept_versions, real) or {}
            return {name: collect(_find, name, real, kept) for name in names}


def plan(files: Iterable[File], directory: str,
         found: Mapping[str, FoundFile | None] | None = None,
         ) -> tuple[Change, ...]:
    """Return the changes that put ``files`` into ``directory``.

    Reads only, and not again what `read_files` has ``found``.  An existing
    file keeps its permissions, except that it gains the executable bits of
    its File, and loses what that gives to nobody.

    Raises DeployError for all that would keep `write` from its work.
    """
    directory = os.path.abspath(directory)
    with acting_as(owner_on_the_way(directory)):
        return _plan(files, directory, found)


def _plan(files: Iterable[File], directory: str,
          found: Mapping[str, FoundFile | None] | None,
          ) -> tuple[Change, ...]:
    """Return the changes of `plan`, as the user who would make them."""
    real = real_path(directory)
    existing = existing_part(real)
    check_directory(existing, directory)
    if existing != real:
        return _all_new(files, directory, existing)
    with Collector() as collect:
        kept = collect(kept_versions, real) or {}

        def change(file: File) -> Change:
            old = (found[file.path] if found and file.path in found
                   else _find(file.path, real, kept))
            return _change(file, old, directory, real)

        changes = [collect(change, file) for file in files]
    return tuple(filter(None, changes))


def read_file(path: str | None) -> FoundFile | None:
    """Return the file ``path``, None if it is missing.

    Raises DeployError if it cannot be read.
    """
    if path is None:
        return None
    try:
        with open(path, "rb", opener=opened_text) as stream:
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            text = stream.read().decode("utf-8", "surrogateescape")
            return FoundFile(text, mode)
    except FileNotFoundError:
        return None
    except OSError as error:
        as_owner = "" if error.errno == errno.EFBIG else (
            f"run as its owner{owner_of(path)}, or ")
        raise DeployError(f"{path}: cannot be read ({error.strerror});"
                          f" {as_owner}move it away") from None


def _find(name: str, real: str,
          kept: Mapping[str, str | None]) -> FoundFile | None:
    """Return the file ``name`` of the directory ``real``.

    A run that was killed may have replaced it; then it is what was ``kept``
    of it.  Raises DeployError.
    """
    check_name(name)
    path = replaced_path(os.path.join(real, name))
    return read_file(kept.get(name, path))


def _all_new(files: Iterable[File], directory: str,
             existing: str) -> tuple[Change, ...]:
    """Return the changes that create ``directory``, below ``existing``."""
    changes = []
    start = os.path.join(directory, "")
    for file in files:
        check_name(file.path)
        path = start + file.path
        action = "unchanged" if file.text is None else "create"
        changes.append(Change(path, action, None, file.text, file.mode,
                              group=file.group))
    if any(change.new is not None for change in changes):
        check_writable(existing)
    return tuple(changes)


def _change(file: File, old: FoundFile | None, directory: str,
            real: str) -> Change:
    """Return the Change that makes ``file`` of ``old``.

    Raises DeployError if it could not be written.
    """
    path = os.path.join(directory, file.path)
    if old is None:
        if file.text is None:
            return Change(path, "unchanged", None, None, file.mode)
        check_writable(existing_part(real))
        return Change(path, "create", None, file.text, file.mode,
                      group=file.group)
    mode = _wanted_mode(old.mode, file.mode)
    if old == (file.text, mode):
        return Change(path, "unchanged", old.text, file.text, mode, old.mode)
    target = replaced_path(os.path.join(real, file.path))
    with Collector() as collect:
        collect(check_writable, existing_part(target))
        collect(check_writable, os.path.dirname(target))
    action = "remove" if file.text is None else "update"
    return Change(path, action, old.text, file.text, mode, old.mode,
                  file.group)


def _wanted_mode(old: int, wanted: int) -> int:
    """Return the permissions for a file that has ``old``, changed little."""
    mode = old
    if wanted & 0o111:
        mode |= (old & 0o444) >> 2 & wanted
    for others in (0o070, 0o007):
        if not wanted & others:
            mode &= ~others
    return mode
