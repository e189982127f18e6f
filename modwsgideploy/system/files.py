"""Read files and list directories that others may have put there."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, ContextManager, List, Union

from modwsgideploy.errors import DeployError
from modwsgideploy.system.identity import (
    acting_as,
    owner_name,
    owner_on_the_way,
)

if TYPE_CHECKING:
    from mmap import mmap

# No text that is read has more; Apache has no longer lines, either.
MOST_BYTES = 1 << 24


def opened_regular(path: str, flags: int) -> int:
    """Open ``path`` if it is a regular file; for the ``opener`` of `open`.

    A FIFO that somebody has put there would block for ever; a link would have
    root read what that user may not.

    Raises OSError.
    """
    owner = owner_on_the_way(path, reading=True)
    try:
        with acting_as(owner):
            descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError as error:
        if owner is None:
            raise
        # Or root would look for what is closed to root.
        raise PermissionError(
            error.errno, f"{error.strerror} for {owner_name(owner)}, as whom"
            " root reads what that user can put there", path) from None
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    raise OSError(errno.EINVAL, "is no regular file", path)


def opened_text(path: str, flags: int) -> int:
    """Open ``path`` as `opened_regular` does, if it can be a text.

    It is read whole, and one that fills the memory would end more than this.

    Raises OSError.
    """
    descriptor = opened_regular(path, flags)
    if os.fstat(descriptor).st_size <= MOST_BYTES:
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EFBIG, f"has more than {MOST_BYTES >> 20} MiB, the"
                  " most that is read", path)


def read_text(path: str, errors: str = "surrogateescape") -> str:
    """Return the text of the file ``path``.

    ``errors`` says what becomes of bytes that are not UTF-8.

    Raises DeployError if it cannot be read.
    """
    try:
        with open(path, encoding="utf-8", errors=errors,
                  opener=opened_text) as stream:
            return stream.read()
    except OSError as error:
        raise DeployError(
            f"{path}: cannot be read: {error.strerror}") from None


def text_or_empty(path: str, errors: str = "surrogateescape") -> str:
    """Return the text of the file ``path``, "" if it cannot be read."""
    try:
        return read_text(path, errors)
    except DeployError:
        return ""


def first_bytes(path: str, size: int) -> bytes:
    """Return at most ``size`` bytes of the file, b"" if it is unreadable."""
    try:
        with open(path, "rb", opener=opened_regular) as stream:
            return stream.read(size)
    except (OSError, ValueError):    # ValueError: a null byte in the path
        return b""


def names_in(directory: str) -> List[str]:
    """Return the sorted names in ``directory``, [] if it cannot be read."""
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []


def mapped_bytes(path: str) -> ContextManager[Union[mmap, bytes]]:
    """Return a context with the bytes of ``path``, b"" if unreadable."""
    from mmap import ACCESS_READ, mmap

    try:
        with open(path, "rb", opener=opened_regular) as stream:
            return mmap(stream.fileno(), 0, access=ACCESS_READ)
    except (OSError, ValueError):    # ValueError: an empty file
        return nullcontext(b"")


def replace_by_copy(path: str) -> None:
    """Put a copy of the file ``path`` in its place: the same but its inode.

    Root does it with the rights of who can change the directory.  Raises
    OSError.
    """
    owner = owner_on_the_way(path)
    beside = os.path.join(os.path.dirname(path),
                          f".{os.path.basename(path)}.modwsgideploy-copy")
    with open(path, "rb", opener=opened_regular) as stream:
        status, data = os.fstat(stream.fileno()), stream.read()
    with acting_as(owner):
        with suppress(FileNotFoundError):
            os.unlink(beside)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL
                             | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        write_all(descriptor, data)
        # Whom root has given it to is not lost; another user cannot do that.
        with suppress(PermissionError):
            os.fchown(descriptor, status.st_uid, status.st_gid)
        os.fchmod(descriptor, status.st_mode & 0o777)
        os.fsync(descriptor)
    except BaseException:
        with acting_as(owner), suppress(OSError):
            os.unlink(beside)
        raise
    finally:
        os.close(descriptor)
    with acting_as(owner):
        os.rename(beside, path)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of ``data``; its last part may be what finds a disk full."""
    while data:
        data = data[os.write(descriptor, data):]
