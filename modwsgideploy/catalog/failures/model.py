"""What a row of the table of failures has."""

from typing import NamedTuple, Tuple


class FailurePattern(NamedTuple):
    """One thing that goes wrong."""

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
    # Said of the same trouble: where one of these was found, no more of it.
    after: Tuple[str, ...] = ()


_DAEMON = "WSGIDaemonProcess"
_ALIAS = "WSGIScriptAlias"
_PATH = r"'?(?P<path>/[^']*?)'?"
_SQLITE = r"(?:[\w.]+\.)?OperationalError: (?:\(.*?\) )?"
# A file that cannot be opened; the last is of TurboGears 1, for its log.
_OPENING = (r"(?:FileNotFoundError|PermissionError|OSError|IOError"
            r"|ConfigError: Missing or wrong argument to \w+ in handler \w+"
            r" ->):?")
_LAYOUT = "`namei -l {path}` shows which directory of the path stops {user}"
