"""Find the failure of the table that a message or an exception fits."""

from __future__ import annotations

import re
from typing import Dict, Iterable, Match, Optional, Pattern, Tuple

from modwsgideploy.catalog.failures import FAILURES
from modwsgideploy.catalog.failures.model import FailurePattern
from modwsgideploy.explain.lines import Line, unescape

# A failure and the values of a message that fits it.
Found = Tuple[FailurePattern, Dict[str, str]]


def _combined(patterns: Iterable[str]) -> Pattern[str]:
    """Join patterns to one whose lastgroup names the one that matched."""
    return re.compile("|".join(
        f"(?P<_{number}>{re.sub(r'[(][?]P<[a-z_0-9]+>', '(?:', pattern)})"
        for number, pattern in enumerate(patterns) if pattern), re.MULTILINE)


_LINES = _combined(failure.line for failure in FAILURES)
_ERRORS = _combined(failure.error for failure in FAILURES)
_CODES = {code: failure for failure in FAILURES for code in failure.codes}
_ERRNOS = {number: failure for failure in FAILURES if not failure.line
           for number in failure.errno}
BY_NAME = {failure.name: failure for failure in FAILURES}


def find_line(line: Line) -> Optional[Found]:
    """Return the first failure that the message of ``line`` fits."""
    first = _first(_LINES, line.text)
    for failure in FAILURES[first:] if first is not None else ():
        match = failure.line and re.match(failure.line, line.text,
                                          re.MULTILINE)
        if match and _fits(failure, line):
            return failure, _values(match)
    return None


def _fits(failure: FailurePattern, line: Line) -> bool:
    """Return whether ``failure`` may be logged with what is around it."""
    return ((not failure.errno or line.errno in failure.errno)
            and (not failure.modules or line.module in failure.modules)
            and (not failure.only_codes or line.code in failure.only_codes))


def find_by_code(line: Line) -> Optional[Found]:
    """Return the failure of the code or the error number of ``line``."""
    failure = _CODES.get(line.code) or _ERRNOS.get(line.errno)
    return (failure, {}) if failure else None


def find_error(text: str) -> Optional[Found]:
    """Return the first failure that an exception fits.

    ``text`` is its message, and below that its traceback.
    """
    first = _first(_ERRORS, text)
    for failure in FAILURES[first:] if first is not None else ():
        match = failure.error and re.match(failure.error, text,
                                           re.MULTILINE)
        if match:
            return failure, _values(match)
    return None


def _first(combined: Pattern[str], text: str) -> Optional[int]:
    """Return the number of the first failure whose pattern fits."""
    match = combined.match(text)
    return int(match.lastgroup[1:]) if match and match.lastgroup else None


def _values(match: Match[str]) -> Dict[str, str]:
    """Return the groups of ``match``, without the numbers of their names."""
    return {name.rstrip("0123456789"): unescape(value)
            for name, value in match.groupdict().items()
            if value is not None}
