"""Read the files of a site's owner that become a part of its own files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modwsgideploy.apache.parser import logical_lines
from modwsgideploy.apache.root_directives import root_directives
from modwsgideploy.errors import DeployError
from modwsgideploy.model.site import Piece, Requirement
from modwsgideploy.system.files import read_text
from modwsgideploy.system.identity import acting_as, owner_on_the_way

if TYPE_CHECKING:
    from modwsgideploy.sites.options import Values

# The lines that enclose what somebody has written by hand.
OWN_BEGIN = "# Lines of your own, which every later run keeps:"
OWN_END = "# End of your own lines."


def read_piece(path: str, output_dir: str) -> Piece:
    """Return the piece of Apache's configuration that is at ``path``.

    What is wrong with it is its ``problem``.  Its text goes into a file in
    ``output_dir``, so root reads it with the rights of who can change that
    directory: another user's choices may name what that user may not read.
    """
    try:
        with acting_as(owner_on_the_way(output_dir, reading=True)):
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


def read_requirements(values: Values) -> tuple[Requirement, ...]:
    """Read who may see what of a site with the ``values`` of its options.

    What is wrong with one is the problem of its piece.
    """
    below = values.mount_point.rstrip("/")
    found = [Requirement(below + url or "/",
                         _read_requirement(path, values.output_dir))
             for url, path in values.require]
    if not values.server_name:
        found = [each if each.url != "/" else each._replace(
            piece=each.piece._replace(problem=(
                f"{each.piece.path}: this would be asked of visitors of every"
                " host of the server; give --server-name or a path as well")))
            for each in found]
    # Apache goes by the last one that is for a URL.
    return tuple(sorted(found, key=lambda each: len(each.url)))


def _read_requirement(path: str, output_dir: str) -> Piece:
    piece = read_piece(path, output_dir)
    if not piece.problem and not re.search(
            r"(?mi)^[ \t]*(Require|<Require\w+>)", piece.text):
        return piece._replace(problem=(
            f"{path}: has no line with Require, so it keeps nobody out; see"
            " docs/pieces"))
    return piece


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
