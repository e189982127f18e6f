"""Let root work in another user's directory with that user's rights only."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from functools import lru_cache
from typing import Iterator, NamedTuple

from modwsgideploy.errors import DeployError

# As many links as Linux follows in one path.
_MOST_LINKS = 40


class Owner(NamedTuple):
    """A user who can change what a path leads to."""

    uid: int
    gid: int     # of what is the user's; for a user without an account


def owner_on_the_way(path: str, reading: bool = False) -> Owner | None:
    """Return the first user on the way to ``path`` who is not root.

    That user can put another file, directory or link into the place of all
    that follows.  None if only root can, or if this process is not root's.

    Unless for ``reading``, raises DeployError for a directory that everybody
    can change: then there is nobody as whom to write.
    """
    if os.geteuid():
        return None
    todo, done = _parts(os.path.abspath(path)), ""
    links = 0
    while todo:
        part = todo.pop()
        if part == "..":
            done = done.rpartition("/")[0]
            continue
        here = f"{done}/{part}"     # join would take half of the time
        try:
            found = os.lstat(here)
        except OSError:     # not made yet: by whoever may write ``done``
            return None
        if found.st_uid:
            return Owner(found.st_uid, found.st_gid)
        if stat.S_ISLNK(found.st_mode):
            links += 1
            if links > _MOST_LINKS:
                return None     # opening it says so better
            target = os.readlink(here)
            done = "" if target.startswith("/") else done
            todo += _parts(target)
            continue
        if not reading and _everybody_may_change(found.st_mode):
            raise DeployError(
                f"{here}: everybody can change it (mode"
                f" {stat.S_IMODE(found.st_mode):04o}), so root writes nothing"
                f" below it; `chmod o-w {here}`, or choose another directory")
        done = here
    return None


def _parts(path: str) -> list[str]:
    """Return the parts of ``path``, the first one last."""
    return [part for part in reversed(path.split("/"))
            if part not in ("", ".")]


def _everybody_may_change(mode: int) -> bool:
    """Whether others can rename what a directory of this mode holds."""
    return (stat.S_ISDIR(mode) and bool(mode & stat.S_IWOTH)
            and not mode & stat.S_ISVTX)


@contextmanager
def acting_as(owner: Owner | None) -> Iterator[None]:
    """Run a block with the rights of ``owner``; None changes nothing.

    Only the effective user changes, for this process is root's again after
    the block: no code of that user may run in it.
    """
    if owner is None:
        yield
        return
    # What is imported meanwhile: that user may not see where Python is.
    import ast  # noqa: F401
    import grp  # noqa: F401

    groups, group = os.getgroups(), os.getegid()
    theirs = _groups(owner)
    os.setgroups(theirs)
    os.setegid(theirs[0])
    os.seteuid(owner.uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)


def owner_name(owner: Owner) -> str:
    """Return the name of ``owner``, or the number of one without a name."""
    import pwd

    try:
        return pwd.getpwuid(owner.uid).pw_name
    except KeyError:
        return f"user {owner.uid}"


@lru_cache(None)
def _groups(owner: Owner) -> list[int]:
    """Return the groups of ``owner``, the primary one first."""
    import pwd

    try:
        entry = pwd.getpwuid(owner.uid)
    except KeyError:
        return [owner.gid]
    others = os.getgrouplist(entry.pw_name, entry.pw_gid)
    return [entry.pw_gid, *(gid for gid in others if gid != entry.pw_gid)]
