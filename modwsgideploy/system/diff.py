"""Show planned changes of files as a unified diff."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Iterable

if TYPE_CHECKING:
    from modwsgideploy.system.transaction import Change


def diff(changes: Iterable[Change], color: bool = False) -> str:
    """Return ``changes`` as a unified diff, for a terminal with ``color``."""
    lines = [line for change in changes if change.action != "unchanged"
             for line in _file_diff(change)]
    if color:
        lines = [_colored(line) for line in lines]
    return "".join(lines)


def _file_diff(change: Change) -> list[str]:
    """Return the lines of `diff` about one file."""
    import difflib

    name = _printable(_short(change.path))
    old_name = "/dev/null" if change.old is None else name
    tab = "\t" if " " in name else ""  # as GNU diff does, for patch
    new_name = "/dev/null" if change.new is None else name
    lines = list(difflib.unified_diff(
        _lines(change.old or ""), _lines(change.new or ""),
        old_name + tab, new_name + tab))
    modes = []
    if change.old is None:
        if change.mode != 0o644 or not lines:
            modes = [f"new file mode {change.mode:04o}\n"]
    elif change.old_mode != change.mode and change.new is not None:
        modes = [f"old mode {change.old_mode:04o}\n",
                 f"new mode {change.mode:04o}\n"]
    if modes:
        modes.insert(0, f"diff -u {old_name} {name}\n")
    return modes + lines


def _short(path: str) -> str:
    """Return ``path`` relative to the current directory if it is below."""
    here = os.path.join(os.getcwd(), "")
    return path[len(here):] if path.startswith(here) else path


def _printable(text: str) -> str:
    """Escape the bytes of ``text`` that were not UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode(
        "utf-8", "backslashreplace")


def _lines(text: str) -> list[str]:
    """Split ``text`` at line feeds only, as diff does."""
    lines = [line + "\n" for line in _printable(text).split("\n")]
    if lines[-1] == "\n":
        lines.pop()
    else:
        lines[-1] += "\\ No newline at end of file\n"
    return lines


def _colored(line: str) -> str:
    """Colour ``line`` as git and diff --color do."""
    for start, code in (("diff ", 1), ("old mode", 1), ("new ", 1),
                        ("---", 1), ("+++", 1), ("@@", 36), ("-", 31),
                        ("+", 32)):
        if line.startswith(start):
            text, newline, rest = line.partition("\n")
            return f"\x1b[{code}m{text}\x1b[m{newline}{rest}"
    return line
