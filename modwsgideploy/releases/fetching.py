"""Put the code of a release into its place: copied, unpacked or cloned."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

from modwsgideploy.errors import Failed
from modwsgideploy.model.release import (
    CURRENT,
    RELEASES,
    SHARED,
    ReleasePaths,
)
from modwsgideploy.releases.running import Runner
from modwsgideploy.releases.source import DIRECTORY, GIT, SDIST, Source
from modwsgideploy.system.files import first_bytes

# What is made anew, or tells only of the checkout.
_LEFT_OUT = frozenset((".git", ".hg", ".svn", ".bzr", "__pycache__", ".tox",
                       ".nox", ".mypy_cache", ".pytest_cache"))
# How a file of SQLite begins (https://sqlite.org/fileformat2.html).
_SQLITE = b"SQLite format 3\0"
_GIT = ("git", "-c", "core.hooksPath=/dev/null", "-c",
        "protocol.ext.allow=never")
_GIT_ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "0",
                    "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh"}


def fetch(source: Source, paths: ReleasePaths, code: str, runner: Runner
          ) -> str:
    """Put the code of ``source`` into the new directory ``code``.

    Returns the commit of a repository, else "".  Raises Failed.
    """
    os.mkdir(code)
    with _explained(source):
        if source.kind == DIRECTORY:
            _copy(source.location, code, paths)
        elif source.kind == SDIST:
            _unpack(source.location, code)
        elif source.kind == GIT:
            return _clone(source, code, runner)
    return ""


@contextmanager
def _explained(source: Source) -> Iterator[None]:
    """Raise Failed for an OSError of fetching."""
    try:
        yield
    except shutil.Error as error:
        path, copy, why = error.args[0][0]
        why = re.sub(r"\[Errno \d+\] (.*?): '.*", r"\1", why)
        raise Failed(f"--from: {path}: was not copied to {copy}: {why}"
                     ) from None
    except OSError as error:
        raise Failed(f"--from: {error.filename or source.text}:"
                     f" {error.strerror}") from None


def _copy(directory: str, code: str, paths: ReleasePaths) -> None:
    """Copy a project without what is made anew, or is of its site."""
    own = (RELEASES, SHARED, CURRENT) if _is_same(
        directory, paths.root) else ()

    def ignored(head: str, names: list[str]) -> set[str]:
        return {name for name in names if name in _LEFT_OUT
                or _is_left_out(os.path.join(head, name))
                or head == directory and name in own}

    shutil.copytree(directory, code, symlinks=True, ignore=ignored,
                    dirs_exist_ok=True)


def _is_same(one: str, other: str) -> bool:
    with suppress(OSError):
        return os.path.samefile(one, other)
    return False


def _is_left_out(path: str) -> bool:
    """Tell whether ``path`` is a virtualenv or a deployment, or is nothing
    that can be copied."""
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return False
    if stat.S_ISDIR(mode):
        return any(os.path.isfile(f"{path}/{name}") for name in (
            "pyvenv.cfg", ".modwsgideploy.base"))
    return not (stat.S_ISREG(mode) or stat.S_ISLNK(mode))


def is_database(path: str) -> bool:
    """Tell whether a file holds what an application stores, not its code."""
    if path.endswith(("-journal", "-wal", "-shm", "/Data.fs")):
        return True
    return first_bytes(path, len(_SQLITE)) == _SQLITE


# Archives: neither a path that leads out of the directory nor a link.

def _unpack(archive: str, code: str) -> None:
    """Unpack an sdist, without its one top directory.  Raises Failed."""
    import tarfile
    import zipfile

    try:
        if archive.endswith(".zip"):
            _unpack_zip(archive, code)
        else:
            _unpack_tar(archive, code)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, ValueError
            ) as error:
        raise Failed(f"--from: {archive}: is no archive that can be read"
                     f" ({error})") from None


def _unpack_tar(archive: str, code: str) -> None:
    import tarfile

    with tarfile.open(archive) as stream:
        members = stream.getmembers()
        top = _top([member.name for member in members], archive)
        for member in members:
            path = _inside(member.name, top, code, archive)
            if member.isdir():
                os.makedirs(path, exist_ok=True)
            elif member.isfile():
                content = stream.extractfile(member)
                assert content
                _write(path, content, member.mode)
            else:
                raise Failed(f"--from: {archive}: has {member.name}, which is"
                             " a link or a device; an sdist has files alone")


def _unpack_zip(archive: str, code: str) -> None:
    import zipfile

    with zipfile.ZipFile(archive) as stream:
        members = stream.infolist()
        top = _top([member.filename for member in members], archive)
        for member in members:
            path = _inside(member.filename, top, code, archive)
            mode = member.external_attr >> 16
            if member.is_dir():
                os.makedirs(path, exist_ok=True)
            elif stat.S_IFMT(mode) in (0, stat.S_IFREG):
                with stream.open(member) as content:
                    _write(path, content, mode or 0o644)
            else:
                raise Failed(f"--from: {archive}: has {member.filename}, which"
                             " is a link; an sdist has files alone")


def _top(names: list[str], archive: str) -> str:
    """The one directory that all is in."""
    tops = {name.partition("/")[0] for name in names}
    if len(tops) == 1:
        return tops.pop()
    raise Failed(f"--from: {archive}: is no sdist, in which all is in one"
                 " directory; name the directory, or build one with"
                 " `python -m build --sdist`")


def _inside(name: str, top: str, code: str, archive: str) -> str:
    """Where the member ``name`` goes.  Raises Failed for a way out."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or "\\" in name or (
            parts[:1] != [top]):
        raise Failed(f"--from: {archive}: has {name!r}, which leads out of it;"
                     " nothing was unpacked there")
    return os.path.join(code, *parts[1:])


def _write(path: str, content: IO[bytes], mode: int) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL
                         | os.O_NOFOLLOW, 0o755 if mode & 0o100 else 0o644)
    with open(descriptor, "wb") as stream:
        shutil.copyfileobj(content, stream)


# Git: what is after "--" is no option.

def _clone(source: Source, code: str, runner: Runner) -> str:
    """Clone a repository; return the commit.  Raises Failed."""
    _git(runner, code, "clone", "--quiet", "--no-checkout", "--",
         source.location, ".")
    commit = _commit(source.ref, code, runner)
    if not commit:
        raise Failed(f"--from: {source.text}: the repository has no branch,"
                     f" tag or commit {source.ref or 'that is the usual one'}")
    _git(runner, code, "checkout", "--quiet", "--detach", commit)
    if os.path.exists(f"{code}/.gitmodules"):
        _git(runner, code, "submodule", "--quiet", "update", "--init",
             "--recursive")
    return commit


def _git(runner: Runner, code: str, *arguments: str) -> None:
    runner.run([*_GIT, *arguments], code, f"git {arguments[0]}",
               _GIT_ENVIRONMENT)


def _commit(ref: str, code: str, runner: Runner) -> str:
    """The commit that ``ref`` names in the clone ``code``; "" for none."""
    for name in ((f"refs/tags/{ref}", f"refs/remotes/origin/{ref}", ref)
                 if ref else ("HEAD",)):
        found = runner.output(
            ["git", "rev-parse", "--quiet", "--verify", "--end-of-options",
             name + "^{commit}"], code)
        if found:
            return found.splitlines()[-1]
    return ""


def forget_repository(code: str) -> None:
    """Remove what git keeps of a clone, when nothing needs it any more."""
    for head, directories, files in os.walk(code):
        if ".git" in directories:
            directories.remove(".git")
            shutil.rmtree(os.path.join(head, ".git"))
        elif ".git" in files:
            os.unlink(os.path.join(head, ".git"))
