"""Plan how the installed copy of a site's configuration is replaced.

Its last line is a checksum of the lines above it: so edits of the installed
copy show, and nothing has to be kept elsewhere.
"""

from __future__ import annotations

import itertools
import os
import re
from typing import Callable, NamedTuple

from modwsgideploy.activation import certbot
from modwsgideploy.activation.maintained import without_block
from modwsgideploy.activation.state import (
    NOTHING,
    PathChange,
    PathState,
    read_state,
    read_written,
    unless_there,
)
from modwsgideploy.errors import DeployError, Failed

# Makes a part of a site's text.
Part = Callable[[str], str]
_STAMP = "\n# modwsgideploy enable: sum {} of the lines above, from {}\n"
_STAMPED = re.compile(re.escape(_STAMP).replace(r"\{\}", "(.*)") + r"\Z")


class Installation(NamedTuple):
    """What is installed of a site, and how that changes."""

    changes: tuple[PathChange, ...] = ()
    base: str = ""        # the generated text that is installed now, if known
    text: str = ""        # the generated text that will be
    redirects: bool = False    # by lines that certbot has added


def stamped(text: str, source: str) -> str:
    """Give ``text``, that of the file ``source``, as it is installed."""
    text += "" if text.endswith("\n") else "\n"
    return text + _STAMP.format(_checksum(text), source)


def unstamped(text: str) -> str:
    """Give an installed ``text`` without its last line."""
    match = _STAMPED.search(text)
    return text[:match.start()] if match else text


def source_of(text: str) -> str:
    """Name the file that an installed ``text`` was made of; "" if unknown."""
    match = _STAMPED.search(text)
    return match[2] if match else ""


def is_ours(text: str, source: str) -> bool:
    """Tell whether ``text`` is as `stamped` made it, and nobody edited it."""
    match = _STAMPED.search(text)
    return match is not None and match.groups() == (
        _checksum(text[:match.start()]), source)


def _checksum(text: str) -> str:
    import hashlib

    return hashlib.sha256(
        text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def plan_copy(source: str, path: str, earlier: tuple[str | None, ...],
              overwrite: bool, names: tuple[str, ...] = (), part: Part = str,
              former: str = "", whole: bool = True) -> Installation:
    """Plan to copy the file ``source`` to ``path``.

    ``part`` makes what is installed of its text, which is ``whole`` if a link
    would do as well.  ``earlier`` are other texts of this deployment; the
    copy names the first of ``names``, by default ``source``, and one of the
    others until now; ``former`` is where it was installed before.  Raises
    DeployError where somebody has edited the copy, unless it may be
    overwritten.
    """
    names = names or (source,)
    written = read_written(source)
    text = part(written.text or "")
    old = read_state(path)
    if old.link is not None:
        if whole and os.path.realpath(path) == os.path.realpath(
                source):
            return Installation((), text, text)
        raise DeployError(f"{path}: is a link to {old.link}, and not to"
                          f" {source}; remove it")
    changes, found_path, found = [], path, old
    # `plan_off` leaves it as .off where there is no link to remove.
    for elsewhere in filter(None, (former, path + ".off")):
        state = read_state(elsewhere)
        if old.text is None and found is old and state.text is not None:
            found_path, found = elsewhere, state
            changes = [PathChange(found_path, state, NOTHING)]
    installed = without_block(found.text or "")
    redirect = certbot.redirect_in(installed)
    wanted = certbot.with_redirect(text, redirect)
    base = unstamped(certbot.without_redirect(installed))
    plan = Installation((), base, text, bool(redirect) and wanted != text)
    if old.text is not None and source_of(installed) in ("", names[0]):
        written_so = unstamped(installed) == wanted
        if written_so or directive_lines(unstamped(installed)) == (
                directive_lines(wanted)):
            # Comments go along with the next change that Apache heeds.
            return plan._replace(
                text=text if written_so else base,
                changes=tuple(unless_there([PathChange(
                    path, old, old._replace(text=installed))])))
    known = (text, written.text, *earlier, *(
        each and part(each) for each in earlier))
    if found.text is not None and not _is_known(
            installed, names, known) and (whole or not any(
                each and directive_lines(each) == directive_lines(installed)
                for each in known)):
        if not overwrite and installed != found.text:
            # Maintenance ends, whatever else was edited.
            return Installation((*changes, PathChange(
                path, old, found._replace(text=installed))), base, base)
        if not overwrite:
            raise Failed(
                f"{found_path}: was edited since it was installed, or is not"
                f" of this deployment; `diff -u {found_path} {source}` shows"
                f" how: take what you want to keep over into {source}, then"
                f" -f overwrites the other and keeps it as {path}.bak")
        changes.append(backup(path, found))
    mode = written.mode if old.text is None else old.mode
    return plan._replace(changes=(*changes, PathChange(
        path, old, PathState(stamped(wanted, names[0]), mode=mode))))


def directive_lines(text: str) -> list[str]:
    """List the lines of ``text`` that Apache heeds."""
    # A backslash continues a comment, too.
    return [line.strip() for line in text.replace("\\\n", "").split("\n")
            if line.strip() and not line.lstrip().startswith("#")]


def _is_known(installed: str, names: tuple[str, ...],
              texts: tuple[str | None, ...]) -> bool:
    """Tell whether nobody but us, and certbot, wrote ``installed``."""
    bare = certbot.without_redirect(installed)
    return any(each in texts or any(is_ours(each, name) for name in names)
               for each in (installed, bare))


def backup(path: str, state: PathState) -> PathChange:
    """Plan to save ``state`` of ``path`` as .bak, like deploy does."""
    backups = (f"{path}.bak{number or ''}" for number in itertools.count())
    free = next(each for each in backups
                if not (found := read_state(each)).exists
                or found.same(state))
    return PathChange(free, read_state(free),
                      PathState(state.text, mode=state.mode))
