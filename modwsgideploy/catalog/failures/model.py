"""The type of a row of the table of failures, and words that rows share."""

from __future__ import annotations

from typing import NamedTuple, Tuple


class FailurePattern(NamedTuple):
    """A failure, the log messages that tell it, and how to mend it."""

    name: str
    title: str
    cause: str
    fix: str                          # commands between backquotes
    line: str = ""                    # a message of Apache or its modules
    codes: Tuple[str, ...] = ()       # WSGI####, for any wording
    error: str = ""                   # the last line of a traceback
    errno: Tuple[int, ...] = ()       # of the line, one of these
    where: Tuple[str, ...] = ()       # "Directive" or "Directive option"
    check: str = ""                   # of `modwsgideploy check`
    level: str = "error"
    # Failures that bring this one about: it is reported with them.
    after: Tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """Its section of the documentation, as page#anchor."""
        return f"explain#{self.name}"


DAEMON = "WSGIDaemonProcess"
ALIAS = "WSGIScriptAlias"
PATH = r"'?(?P<path>/[^']*?)'?"
SQLITE = r"(?:[\w.]+\.)?OperationalError: (?:\(.*?\) )?"
# A file that cannot be opened; the last is of TurboGears 1, for its log.
OPENING = (r"(?:FileNotFoundError|PermissionError|OSError|IOError"
            r"|ConfigError: Missing or wrong argument to \w+ in handler \w+"
            r" ->):?")
LAYOUT = "`namei -l {path}` shows which directory of the path stops {user}"
