"""Put the lines together that a record of another process has cut in two.

Python writes what it says before it has started, and a traceback, piece by
piece to the standard error that all processes of a server share.
"""

from __future__ import annotations

import re
from typing import List

from modwsgideploy.explain.prefixes import STANDARD, TIMED

# What is written in pieces begins with one of these or is indented.
_BEGINS = re.compile(
    r"\s|Python (?:path|runtime)|Fatal P|Traceback \(|(?:Current t|T)hread 0x"
    r"|Could not find platform|(?:ModuleNotFound|Import|Lookup)Error: ")
_LONGEST = 16384
_WHOLE = re.compile(rf"(?:{STANDARD.pattern})|(?:{TIMED})")


class Pieces:
    """Join the pieces of lines, given all lines of a log in their order."""

    def __init__(self) -> None:
        self._begun = ""          # the beginning of a line that was cut
        self._inside = False      # of what is written in pieces

    def joined(self, raw: str) -> List[str]:
        """Return the lines that ``raw`` completes.

        It may be the rest of a line; and it may have the beginning of one,
        followed by the record that cut it.
        """
        if _WHOLE.match(raw):
            return [raw]
        cut = _WHOLE.search(raw)
        if cut and (self._inside or _BEGINS.match(raw)):
            self._inside = True
            self._begun = (self._begun + raw[:cut.start()])[:_LONGEST]
            return [raw[cut.start():]]
        raw, self._begun = self._begun + raw, ""
        self._inside = bool(_BEGINS.match(raw) or self._inside and not raw)
        return [raw]

    def rest(self) -> List[str]:
        """Return the beginning whose rest has not come, if there is one."""
        begun, self._begun = self._begun, ""
        return [begun] if begun else []
