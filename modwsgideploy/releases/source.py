"""Find out what a release is made from: the text of ``--from``."""

from __future__ import annotations

import os
import re
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from modwsgideploy.errors import DeployError

DIRECTORY, WHEEL, SDIST, GIT = "directory", "wheel", "sdist", "git"
_ARCHIVES = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar", ".zip")
_SCHEMES = ("https", "http", "ssh", "git", "file")
# Of git's rules for names (git check-ref-format), what occurs in practice.
_REF = re.compile(r"[A-Za-z0-9_](?:[\w./+#-]*[\w/+#-])?")
# [USER@]HOST:PATH, as git and scp have it.
_SCP = re.compile(r"(?:[\w.-]+@)?[A-Za-z0-9][\w.-]*:(?!//)[^:]+")


class Source(NamedTuple):
    """Where the code of a release comes from."""

    kind: str
    location: str     # an absolute path, or a URL as git takes it
    ref: str = ""     # of git: a branch, tag or commit; "" for the usual

    @property
    def text(self) -> str:
        """It as --from has it, without a password."""
        location = self.location
        if "://" in location:
            parts = urlsplit(location)
            user, at, host = parts.netloc.rpartition("@")
            location = urlunsplit(parts._replace(
                netloc=user.partition(":")[0] + at + host))
        return location + (f"@{self.ref}" if self.ref else "")


def read_source(text: str, where: str = "--from") -> Source:
    """Return what ``text`` names: a directory, wheel, sdist or repository.

    Raises DeployError, also for what git would take for an option.
    """
    if text.startswith("-") or not text.isprintable() or not text.strip():
        raise DeployError(f"{where}: {text!r} is no directory, wheel, sdist or"
                          " URL of a git repository")
    path = os.path.abspath(os.path.expanduser(text))
    if os.path.isdir(path):
        kind = GIT if _is_bare_repository(path) else DIRECTORY
        return Source(kind, path)
    if os.path.isfile(path):
        return _of_file(path, where)
    return _of_git(text, where)


def _of_file(path: str, where: str) -> Source:
    if path.endswith(".whl"):
        return Source(WHEEL, path)
    if path.endswith(_ARCHIVES):
        return Source(SDIST, path)
    raise DeployError(f"{where}: {path} is neither a wheel (.whl) nor an sdist"
                      " (.tar.gz, .zip); name one, or a directory")


def _is_bare_repository(path: str) -> bool:
    """Tell whether ``path`` is a repository without a work tree."""
    return os.path.isfile(f"{path}/HEAD") and all(
        os.path.isdir(f"{path}/{name}") for name in ("objects", "refs"))


def _of_git(text: str, where: str) -> Source:
    """Return the repository that ``text`` names.  Raises DeployError."""
    url = text[len("git+"):] if text.startswith("git+") else text
    scheme, separator, rest = url.partition("://")
    if separator:
        authority, slash, path = rest.partition("/")
        path, at, ref = path.partition("@")
        location = f"{scheme}://{authority}{slash}{path}"
        host = authority.rpartition("@")[2]
        if scheme not in _SCHEMES or host.startswith("-") or not path:
            raise DeployError(
                f"{where}: {text!r} is no URL that is fetched from; give one"
                f" that begins with {', '.join(_SCHEMES)} and ://")
    else:
        location, at, ref = _split_path(url)
        if location.startswith("-") or not (
                os.path.isdir(location) or _SCP.fullmatch(location)):
            raise DeployError(
                f"{where}: there is no {text}; name a directory, a wheel, an"
                " sdist, or the URL of a git repository")
        if os.path.isdir(location):
            location = os.path.abspath(location)
    if at and (not _REF.fullmatch(ref) or ".." in ref or "//" in ref):
        raise DeployError(f"{where}: {ref!r} is no name of a branch, tag or"
                          " commit; give it as in URL@v1.2")
    return Source(GIT, location, ref)


def _split_path(text: str) -> tuple[str, str, str]:
    """Split [USER@]HOST:PATH[@REF] or DIR[@REF] before the last @."""
    head, colon, path = text.partition(":")
    if colon and "/" not in head:
        path, at, ref = path.partition("@")
        return f"{head}:{path}", at, ref
    path, at, ref = text.partition("@")
    return os.path.expanduser(path), at, ref
