"""Find the directives with which Apache runs code as root at its start.

Or opens a file as root, to write what visitors and applications say.
"""

from __future__ import annotations

import re
from typing import Callable, NamedTuple


class RootDirective(NamedTuple):
    """A line of a configuration that gives root's rights away."""

    line: int
    text: str


# Each loads code into the process that starts as root, or starts a program
# from it: https://httpd.apache.org/docs/2.4/misc/security_tips.html.
_NAMES = frozenset("""
    loadmodule loadfile include includeoptional use
    perlmodule perlrequire perlconfigrequire perlloadmodule
    mdmessagecmd mdnotifycmd mdchallengedns01
    sslcryptodevice pidfile serverroot user group assignuserid ruidgid
    scoreboardfile lockfile defaultruntimedir scriptsock wsgilazyinitialization
    sslsessioncache sslstaplingcache fcgidprocesstablefile mdstoredir
    """.split())
# Those that do so with some arguments only.
_ARGUMENTS = re.compile(r"""(?ix)
    (?:error|custom|transfer|forensic|global|secaudit|secdebug)log \s
        .*? (?: ^|[\s"'] ) \|
    | rewritemap \s .* \b prg:
    | sslpassphrasedialog \s .* \|
    # AuthLDAPBindPassword, SessionCryptoPassphrase, OIDCCryptoPassphrase ...
    | \w+ \s (?: .* [\s"'] )? exec:""")
_LOG = re.compile(r"""(?ix)
    \s* (?:error|custom|transfer|forensic|global|secaudit|secdebug)log \s+
    (?: "([^"]*)" | '([^']*)' | (\S+))""")
# A name made of what a Define or a macro says could be any of them.
_NAME = re.compile(r"\s*(<?/?)([^\s>]*)")


def root_directives(text: str, may_log: Callable[[str], bool] = bool
                    ) -> list[RootDirective]:
    """Return the lines of a configuration that act with root's rights.

    Conditions and sections do not count: what is off now can be on later.
    ``may_log(path)`` says whether root may write a log there.
    """
    found = []
    for number, line in _logical_lines(text):
        start, name = _NAME.match(line).groups()    # type: ignore[union-attr]
        lowered = name.lower()
        if (not start and (lowered in _NAMES or _ARGUMENTS.match(line.strip()))
                or start == "<" and lowered == "perl"
                or any(not may_log(path) for path in _log_files(line))
                or "$" in name or "%" in name):
            found.append(RootDirective(number, line.strip()))
    return found


def _log_files(line: str) -> list[str]:
    """Return the file, if any, that a line has Apache write a log to."""
    match = _LOG.match(line)
    path = next(filter(None, match.groups()), "") if match else ""
    return [path] if path and not re.match("syslog(?::|$)", path) else []


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """The lines with their numbers, joined where one ends in a backslash."""
    found: list[tuple[int, str]] = []
    joined, first = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        first = first or number
        line = line.rstrip("\r")
        if line.endswith("\\"):
            joined += line[:-1]
            continue
        joined += line
        if joined.strip() and not joined.lstrip().startswith("#"):
            found.append((first, joined))
        joined, first = "", 0
    return found
