"""Copy what belongs to a file besides its text, and sync directories."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress

from modwsgideploy.system.files import write_all


def adopt(descriptor: int, model: str, mode: int, keep_time: bool) -> None:
    """Give an open file the owner and attributes of ``model``, and ``mode``.

    As far as allowed: someone else's file may become ours.
    """
    try:
        wanted, found = os.stat(model), os.fstat(descriptor)
    except FileNotFoundError:  # removed since `plan`, which is noticed soon
        return
    if (wanted.st_uid, wanted.st_gid) != (found.st_uid, found.st_gid):
        for owner in (wanted.st_uid, -1):
            with suppress(PermissionError):
                os.fchown(descriptor, owner, wanted.st_gid)
                break
    if hasattr(os, "listxattr"):  # access lists, SELinux's label
        for name in os.listxattr(model):
            with suppress(OSError):
                os.setxattr(descriptor, name, os.getxattr(model, name))
    os.fchmod(descriptor, mode)
    if keep_time:
        os.utime(descriptor, ns=(wanted.st_atime_ns, wanted.st_mtime_ns))


def give_to_group(descriptor: int, group: str, mode: int) -> None:
    """Give an open file to ``group``, as far as this user may.

    A machine that writes for another one may not have the group.
    """
    import grp

    with suppress(KeyError, PermissionError):
        os.fchown(descriptor, -1, grp.getgrnam(group).gr_gid)
        os.fchmod(descriptor, mode)


def link_or_copy(path: str, backup: str) -> None:
    """Make ``backup`` another name of the file ``path``, or a copy of it."""
    try:
        os.link(path, backup)
    except OSError as error:  # a file system without hard links?
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK):
            raise
        with open(path, "rb") as old, open(backup, "xb", 0) as copy:
            write_all(copy.fileno(), old.read())
            mode = stat.S_IMODE(os.fstat(old.fileno()).st_mode)
            adopt(copy.fileno(), path, mode, keep_time=True)
            os.fsync(copy.fileno())


def sync_directory(directory: str) -> None:
    """Force the names in ``directory`` onto the disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:  # some file systems have no such thing
        if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):
            raise
    finally:
        os.close(descriptor)
