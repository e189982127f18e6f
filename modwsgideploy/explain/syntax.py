"""Tell code that the Python of the server cannot read."""

from __future__ import annotations

import re
from typing import Dict, Optional, Tuple

from modwsgideploy.explain.records import Error
from modwsgideploy.system.versions import version_tuple

# Messages of a Python that does not know what the line of code has.
_NEW_SYNTAX = (
    (r"TypeError: 'type' object is not subscriptable",
     r"\b(?:list|dict|tuple|set|frozenset|type)\[", "3.9",
     "list[...] and the like"),
    (r"TypeError: unsupported operand type\(s\) for \|: '(?:type|\w*Meta"
     r"|_\w+)'", r"\|", "3.10", "X | Y of types"),
    (r"SyntaxError: ", r"^match .*:$|^case .*:$", "3.10", "match"),
    (r"SyntaxError: ", r":=", "3.8", ":="),
    (r"SyntaxError: ", r"^except\*", "3.11", "except*"),
    (r"SyntaxError: ", r"^type \w+.* = ", "3.12", "type"),
    (r"SyntaxError: ", r"\bf[rR]?['\"]", "3.6", "f-strings"),
    (r"SyntaxError: ", r"^(?:async def |await )|= await ", "3.5", "async"),
    (r"SyntaxError: ", r"^def .*(?:->|\w: \w)|^\w+: \w+(?: =|$)", "3.0",
     "annotations"),
    (r"SyntaxError: ", r"^nonlocal |print\(.*(?:file|end|flush)="
     r"|^raise .* from ", "3.0", "syntax of Python 3"),
)
# What Python 3 does not read any more, where it says no more than
# "invalid syntax".
_OLD_SYNTAX = re.compile(
    r"(?:\\t)*(?:raise [\w.]+, |except [\w.() ]+, \w+:|print [^(=.\s]"
    r"|exec ['\"])")


def foreign_syntax(error: Error, running: str
                   ) -> Optional[Tuple[str, Dict[str, str]]]:
    """Return what of the code the Python ``running`` does not read."""
    if error.frames and error.text == "SyntaxError: invalid syntax" and (
            _OLD_SYNTAX.match(error.frames[-1].code)):
        return "python-2-code", {}
    return older_python(error, running)


def older_python(error: Error, running: str
                 ) -> Optional[Tuple[str, Dict[str, str]]]:
    """Return what of the code is too new for the Python ``running``."""
    if not error.frames:
        return None
    code = error.frames[-1].code
    for message, pattern, version, name in _NEW_SYNTAX:
        if (re.match(message, error.text) and re.search(pattern, code)
                and (message.startswith("Type") if not running
                     else not at_least(running, version))):
            return "python-too-old", {"version": version, "name": name}
    return None


def at_least(running: str, version: str) -> bool:
    """Return whether a Python ``running`` is ``version`` or later."""
    return version_tuple(running)[:2] >= version_tuple(version)[:2]


def at_fault(version: str, running: str) -> str:
    """Return the failure of a file that the Python ``running`` cannot read.

    ``version`` is of the Python whose packages the file is among.
    """
    same = running and version_tuple(running)[:2] == version_tuple(version)
    return "syntax" if same else "package-of-other-python"
