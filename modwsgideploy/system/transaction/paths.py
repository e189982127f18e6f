"""Resolve the paths of an output directory, and refuse what cannot be used."""

from __future__ import annotations

import os
import pwd
import stat

from modwsgideploy.errors import DeployError

# Where files are staged, in a directory or, with its name, beside it.
STAGE = ".modwsgideploy"
_EFFECTIVE = os.access in os.supports_effective_ids


def real_path(path: str) -> str:
    """Return ``path`` (absolute) with links resolved as far as it exists."""
    head, tail = os.path.split(path)
    try:
        # The kernel is five times as fast as os.path.realpath.
        descriptor = os.open(head, os.O_PATH | os.O_DIRECTORY)
        try:
            head = os.readlink(f"/proc/self/fd/{descriptor}")
        finally:
            os.close(descriptor)
    except (OSError, AttributeError):   # not there, or no Linux
        return os.path.realpath(path)
    path = os.path.join(head, tail)
    return os.path.realpath(path) if os.path.islink(path) else path


def existing_part(path: str) -> str:
    """Return ``path`` (real), or the nearest directory above that exists."""
    while not os.path.lexists(path):
        path = os.path.dirname(path)
    return path


def stages(directory: str) -> tuple[str, str]:
    """Return where files of ``directory`` are staged: in it, and beside it."""
    parent, name = os.path.split(directory)
    return (os.path.join(directory, STAGE),
            os.path.join(parent, f".{name}{STAGE}"))


def is_settled(directory: str) -> bool:
    """Whether no run is writing ``directory``, or was killed doing so."""
    return not any(map(os.path.lexists, stages(directory)))


def check_directory(existing: str, directory: str) -> None:
    """Raise DeployError if ``directory`` cannot hold files.

    ``existing`` is the part of it that exists.
    """
    if not os.path.isdir(existing):
        raise DeployError(
            f"{existing}: is not a directory; move it away or choose another"
            " --output-dir")
    if not os.access(existing, os.X_OK, effective_ids=_EFFECTIVE):
        raise DeployError(
            f"{directory}: no permission to look into {existing}; run as its"
            f" owner{owner_of(existing)} or choose another --output-dir")


def check_name(name: str) -> None:
    """Raise ValueError if ``name`` is no plain file name."""
    if "/" in name or name in ("", ".", "..") or "\0" in name:
        raise ValueError(f"not a plain file name: {name!r}")


def check_writable(path: str) -> None:
    """Raise DeployError if this user cannot change ``path``."""
    if os.access(path, os.W_OK, effective_ids=_EFFECTIVE):
        return
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        raise DeployError(
            f"{path}: is on a read-only file system; choose another"
            " --output-dir or mount it writable")
    remedy = f"run as its owner{owner_of(path)}"
    if os.stat(path).st_uid == os.geteuid():
        remedy = f"chmod u+w {path}"
    raise DeployError(
        f"{path}: is write-protected; {remedy}, or choose another"
        " --output-dir")


def owner_of(path: str) -> str:
    """Return " (NAME)", to follow "its owner" in a message, or ""."""
    try:
        return f" ({pwd.getpwuid(os.stat(path).st_uid).pw_name})"
    except (KeyError, OSError):
        return ""


def replaced_path(path: str) -> str:
    """Return the path to replace: ``path``, or the file that it links to.

    Raises DeployError if that is no regular file, or no business of ours.
    """
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return path
    except OSError as error:
        raise DeployError(
            f"{path}: {error.strerror}; choose another --output-dir") from None
    target = path
    if stat.S_ISLNK(found.st_mode):
        target = os.path.realpath(path)
        found = _linked_status(path, target, found.st_uid)
    if not stat.S_ISREG(found.st_mode):
        raise DeployError(
            f"{path}: is not a regular file; move it away or choose another"
            " --output-dir")
    return target


def _linked_status(path: str, target: str, link_owner: int) -> os.stat_result:
    """Return the status of ``target``, to which the link ``path`` points.

    Raises DeployError if the link should not be followed.
    """
    try:
        found = os.stat(target)
    except OSError as error:
        raise DeployError(
            f"{path}: is a link to {target}, which cannot be read"
            f" ({error.strerror}); remove the link") from None
    # Otherwise a user could lead root, who writes for them, to any file.
    if link_owner not in (os.geteuid(), found.st_uid):
        raise DeployError(
            f"{path}: is a link, made by another user, to {target}, which is"
            " not that user's; remove the link")
    if found.st_dev != os.stat(os.path.dirname(path)).st_dev:
        raise DeployError(
            f"{path}: is a link to {target}, on another file system, where it"
            " cannot be replaced together with the other files; remove the"
            " link")
    return found
