"""Fill the texts of a failure with the values of a log and a deployment."""

from __future__ import annotations

import string
from typing import Dict, Iterator, Mapping, Optional

from modwsgideploy.catalog.failures.model import FailurePattern, Step
from modwsgideploy.explain.log_system import windows_steps
from modwsgideploy.quoting import shell

# The words for values that neither the log nor the deployment has.  Commands
# never get them: a command whose values are not known is left out.
DEFAULTS = {
    "account": "the account", "address": "its address",
    "backend": "its address", "built": "another version",
    "callable": "the application", "config": "the ini", "code": "a code",
    "code_anchor": "", "directive": "a directive",
    "directory": "its directory", "file": "it",
    "group": "the site's daemon process", "header": "one",
    "host": "the host", "importer": "the package that imports it",
    "library": "a library", "limit": "its limit", "locale": "the locale",
    "module": "the module", "module_file": "a module",
    "module_fix": "load its module", "name": "that name",
    "package": "the package", "parent": "the package",
    "path": "a file of the site",
    "path_setting": "python-path= of WSGIDaemonProcess",
    "python_in_log": "see Apache's start-up line",
    "program": "that is named", "reason": "see the log",
    "running": "another one", "scheme": "that scheme",
    "script": "the script", "seconds": "so many", "section": "loggers",
    "setting": "python-home=",
    "signal": "a signal", "table": "that the code asks for",
    "type": "thing", "uid": "of that user", "unit": "of the site", "variable":
    "that the code asks for", "version": "some versions",
    "what": "file",
}
# Values that are commands already, and not to be quoted.
_COMMANDS = frozenset(("configtest", "dump_hosts", "reload", "restart",
                       "module_fix", "proxy_fix", "package"))


def texts(failure: FailurePattern, values: Mapping[str, str],
          python: str = "", windows: bool = False) -> Dict[str, str]:
    """Return the title, cause and fix of ``failure``."""
    if python:
        values = {**values, "python_in_log": python}
    plain = {**DEFAULTS, **values}
    steps = _steps(failure, values)
    return {"title": failure.title.format_map(plain),
            "cause": failure.cause.format_map(plain),
            "fix": "; ".join(windows_steps(steps) if windows else steps)}


def _steps(failure: FailurePattern,
           values: Mapping[str, str]) -> Iterator[str]:
    """Yield the steps of the fix whose values are known."""
    for step in failure.steps:
        text = _first(step, values)
        if text is not None:
            yield text


def _first(step: Step, values: Mapping[str, str]) -> Optional[str]:
    """Return the first of the ways to say ``step`` that can be said."""
    if isinstance(step, str):
        return _filled(step, values)
    for way in step[:-1]:
        if _fields(way) <= set(values):
            return _filled(way, values)
    return _filled(step[-1], values)


def _filled(text: str, values: Mapping[str, str]) -> Optional[str]:
    """Fill in ``values``; return None if a command lacks one."""
    plain = {**DEFAULTS, **values}
    quoted = {name: value if name in _COMMANDS else shell(value)
              for name, value in values.items()}
    parts = text.split("`")
    if any(not _fields(part) <= set(values) for part in parts[1::2]):
        return None
    return "`".join(
        part.format_map(quoted if number % 2 else plain)
        for number, part in enumerate(parts))


def _fields(text: str) -> set[str]:
    """Return the names of the values that ``text`` has."""
    return {name for _, name, _, _ in string.Formatter().parse(text)
            if name}
