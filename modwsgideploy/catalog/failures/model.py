"""The type of a row of the table of failures, and words that rows share."""

from __future__ import annotations

from typing import NamedTuple, Tuple, Union

# A step of a fix, or several ways to say it: the first whose values are all
# known is printed.  A step without its values is left out.
Step = Union[str, Tuple[str, ...]]


class FailurePattern(NamedTuple):
    """A failure, the log messages that tell it, and how to mend it.

    Commands stand between backquotes.  One that changes something names
    nothing that only a log tells.
    """

    name: str
    title: str
    cause: str
    fix: Union[str, Tuple[Step, ...]]
    line: str = ""                    # a message of Apache or its modules
    codes: Tuple[str, ...] = ()       # WSGI####, for any wording
    error: str = ""                   # the last line of a traceback
    errno: Tuple[int, ...] = ()       # of the line, one of these
    modules: Tuple[str, ...] = ()     # of Apache, one of these logs it
    only_codes: Tuple[str, ...] = ()  # the line has one of these
    where: Tuple[str, ...] = ()       # "Directive" or "Directive option"
    check: str = ""                   # of `modwsgideploy check`
    level: str = "error"
    # Failures that bring this one about: it is reported with them.
    after: Tuple[str, ...] = ()
    example: str = ""                 # a message, as it is logged

    @property
    def reference(self) -> str:
        """Its section of the documentation, as page#anchor."""
        return f"explain#{self.name}"

    @property
    def steps(self) -> Tuple[Step, ...]:
        """The steps of the fix."""
        return (self.fix,) if isinstance(self.fix, str) else self.fix


DAEMON = "WSGIDaemonProcess"
ALIAS = "WSGIScriptAlias"
PATH = r"'?(?P<path>/[^']*?)'?"
SQLITE = r"(?:[\w.]+\.)?OperationalError: (?:\(.*?\) )?"
# A file that cannot be opened; then TurboGears 1 and logging, of their logs.
OPENING = (r"(?:[\w.]+\.)?(?:FileNotFoundError|PermissionError|OSError"
           r"|IOError|ConfigError: Missing or wrong argument to \w+ in"
           r" handler \w+ ->|ValueError: Unable to configure handler"
           r" u?'[^']*':):?")
LAYOUT = "`namei -l {path}` shows which directory of the path stops {user}"
RELOAD = ("then `sudo {reload}`", "then restart the application's service")
RESTART = ("then `sudo {restart}`", "then restart the application's service")
TEST_AND_RELOAD = "then `sudo {configtest} && sudo {reload}`"
# How packages get into the virtualenv of a site.
INSTALL = ("`{virtualenv}/bin/pip install -r {requirements}` installs what"
           " the project asks for",
           "`{virtualenv}/bin/pip install -e {project}` installs the project"
           " and what it asks for",
           "install what the project requires into the virtualenv that"
           " {setting} names")
