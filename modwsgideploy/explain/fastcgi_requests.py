"""Tell which messages of Apache's core are about a request of mod_fcgid."""

from __future__ import annotations

import re
from typing import Dict, Optional

from modwsgideploy.explain.lines import Line

_MOST = 64
# What the core says in the same words for each module that runs scripts.
_SHARED = re.compile(r"(?:End of script output before|Premature end of"
                     r" script) headers: ")


class FastCGIRequests:
    """Remembers the threads in which mod_fcgid has just logged.

    A message of the core that follows there belongs to the same request.
    """

    def __init__(self) -> None:
        self._threads: Dict[Optional[str], None] = {}

    def marked(self, line: Line) -> Line:
        """Return ``line``, as one of mod_fcgid if it belongs to it."""
        if line.text.startswith("mod_fcgid: ") or line.module == "fcgid":
            self._threads.setdefault(line.thread)
            if len(self._threads) > _MOST:
                del self._threads[next(iter(self._threads))]
        elif self._threads.pop(line.thread, self) is None and (
                line.module in ("", "core") and _SHARED.match(line.text)):
            return line._replace(module="fcgid")
        return line
