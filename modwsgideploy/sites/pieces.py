"""Read the files of a site's owner that become a part of its own files."""

from __future__ import annotations

import re

from modwsgideploy.apache.parser import logical_lines
from modwsgideploy.apache.root_directives import root_directives
from modwsgideploy.errors import DeployError
from modwsgideploy.model.site import Piece
from modwsgideploy.system.files import read_text
from modwsgideploy.system.identity import owner_on_the_way

# The lines that enclose what somebody has written by hand.
OWN_BEGIN = "# Lines of your own, which every later run keeps:"
OWN_END = "# End of your own lines."


def read_piece(path: str) -> Piece:
    """Return the piece of Apache's configuration that is at ``path``.

    What is wrong with it is its ``problem``.
    """
    try:
        text = read_text(path)
    except DeployError as error:
        return Piece(path, "", *error.messages)
    text = text.replace("\r\n", "\n").rstrip()
    problem = _open_section(text)
    if OWN_BEGIN in text or OWN_END in text:
        problem = (f"has the line {OWN_END!r}, which is of the files that are"
                   " generated; take it out")
    elif not problem and _is_of_another_user(path):
        problem = next((
            f"line {each.line}: Apache would do this as root, and another"
            f" user can write it: {each.text}; have root own the file"
            for each in root_directives(text)), "")
    return Piece(path, text, problem and f"{path}: {problem}")


def _is_of_another_user(path: str) -> bool:
    """Whether this is root, and somebody else can write the file."""
    try:
        return owner_on_the_way(path) is not None
    except DeployError:     # everybody can
        return True


def _open_section(text: str) -> str:
    """Say which section of ``text`` is not closed, or not opened; else ""."""
    opened: list[tuple[str, int]] = []
    for line, first, _ in logical_lines(text):
        match = re.match(r"<(/?)([\w:-]+)", line)
        if not match:
            continue
        name = match[2].lower()
        if not match[1]:
            opened.append((name, first))
        elif opened and opened[-1][0] == name:
            opened.pop()
        else:
            return f"line {first}: {line} ends no section of this file"
    for name, first in opened:
        return f"line {first}: the section <{name}> is not closed"
    return ""
