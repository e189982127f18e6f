"""What is at a path, before and after."""

import os
import stat
from typing import NamedTuple, Optional

from modwsgideploy.errors import DeployError
from modwsgideploy.system import transaction


class PathState(NamedTuple):
    """What is at a path: the text of a file, the target of a link."""

    text: Optional[str] = None     # nothing is there if both are None
    link: Optional[str] = None
    mode: int = 0o644

    def same(self, other):
        """Whether ``other`` is as good; a umask may have changed a mode."""
        return self[:2] == other[:2]


class PathChange(NamedTuple):
    """One path, before and after."""

    path: str
    old: PathState
    new: PathState


def read_files(path):
    """The Entry at ``path``.  Raises DeployError."""
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode):
            return PathState(link=os.readlink(path))
        if stat.S_ISREG(mode):
            with open(path, encoding="utf-8", errors="surrogateescape",
                      newline="") as stream:
                return PathState(stream.read(), mode=stat.S_IMODE(mode))
    except (FileNotFoundError, NotADirectoryError):
        return PathState()
    except OSError as error:
        raise DeployError(f"{path}: cannot be read ({error.strerror}); run it"
                          " as root") from None
    raise DeployError(f"{path}: is neither a file nor a link; move it away")


def put(wanted):
    """Make (path, Entry) pairs so: links go first, and come last.

    All files of a directory change at once.  Raises DeployError.
    """
    files, links, gone = {}, [], []
    for path, entry in wanted:
        found = read_files(path)
        if found.same(entry):
            continue
        if entry.link is not None:
            links.append((path, entry.link))
        elif found.link is not None:
            gone.append((path, None))
        else:
            directory, name = os.path.split(path)
            files.setdefault(directory, []).append(
                transaction.File(name, entry.text, entry.mode))
    transaction.put_links(gone)
    for directory, those in files.items():
        transaction.write(transaction.plan(those, directory))
    transaction.put_links(links)


def undo(steps):
    """Put back what ``steps`` found; the paths that others have changed.

    Those stay as they are.  Raises DeployError.
    """
    wanted, changed = [], []
    for step in steps:
        found = read_files(step.path)
        if found.same(step.new):
            wanted.append((step.path, step.old))
        elif not found.same(step.old):
            changed.append(step.path)
    put(wanted)
    return changed


def changes(steps):
    """``steps`` as writer.Change values, to show; a link as git has it."""
    for step in steps:
        old, new = (entry.text if entry.link is None else entry.link
                    for entry in (step.old, step.new))
        linked = any(entry.link is not None for entry in step[1:])
        mode = 0o120000 if linked else 0o644
        yield transaction.Change(
            step.path, action(step), old, new, mode, mode)


def action(step):
    """What a Step does, in one word."""
    nothing = PathState()
    if step.old.same(nothing):
        return "create"
    return "remove" if step.new.same(nothing) else "update"
