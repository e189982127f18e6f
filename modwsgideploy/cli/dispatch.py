"""Run the command that was parsed, and return its exit status."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from modwsgideploy.cli.table import (
    COMMANDS,
    LEVEL,
    SITE,
    SWITCH,
    Command,
    Flag,
)
from modwsgideploy.commands.invocation import Invocation
from modwsgideploy.commands.outcome import WRONG, WRONG_USE, document
from modwsgideploy.commands.output import print_json
from modwsgideploy.errors import Collector, DeployError
from modwsgideploy.sites.kinds import HERE_KINDS, convert, located
from modwsgideploy.sites.options import OPTIONS, Setting
from modwsgideploy.system.files import names_in

# The exit statuses after Ctrl-C, and when nobody reads what is printed, as a
# shell has them.
INTERRUPTED, READER_GONE = 128 + 2, 128 + 13


def run(name: str, parse: Callable[[], Mapping[str, Any]], as_json: bool,
        prefix: str = "") -> int:
    """Run the command ``name``; print what is wrong; return the exit status.

    ``parse`` returns what was given by dest, None where it was not, or raises
    DeployError; ``as_json`` says whether --json was, so that there is always
    a document.  ``prefix`` stands before messages.
    """
    _prepare_output()
    try:
        status = _run_or_report(name, parse, as_json, prefix)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Who reads has had enough; nor is there anybody for the rest.
        _silence()
        return READER_GONE
    except OSError as error:
        # Files have names; of what is written, that is the output alone.
        if error.errno != errno.ENOSPC or error.filename:
            raise
        _silence()
        print(f"{prefix}the output is cut off: {error.strerror}",
              file=sys.stderr)
        return WRONG


def _run_or_report(name: str, parse: Callable[[], Mapping[str, Any]],
                   as_json: bool, prefix: str) -> int:
    try:
        return _run(COMMANDS[name], parse())
    except DeployError as error:
        return report(name, error, as_json, prefix)
    except KeyboardInterrupt:
        if as_json:
            print_json(document(name, INTERRUPTED, ["interrupted"],
                                changed=None))
        return INTERRUPTED


def report(name: str, error: DeployError, as_json: bool, prefix: str = ""
           ) -> int:
    """Print what is wrong; return the exit status."""
    sys.stdout.flush()
    for message in error.messages:
        print(prefix + message, file=sys.stderr)
    if as_json:
        # Something may have been done before it failed.
        print_json(document(
            name, error.status, error.messages,
            changed=False if error.status == WRONG_USE else None))
    return error.status


def _prepare_output() -> None:
    """Make sure that any text can be printed."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:   # closed by who started this
            setattr(sys, name, open(os.devnull, "w"))
    if isinstance(sys.stdout, io.TextIOWrapper) and (
            sys.stdout.errors == "strict"):
        # As on stderr: what the locale has no letter for is escaped.
        sys.stdout.reconfigure(errors="backslashreplace")


def _silence() -> None:
    """Let nothing more be written to stdout, nor Python try it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(command: Command, parsed: Mapping[str, Any]) -> int:
    from importlib import import_module

    from modwsgideploy.commands.inputs import is_manifest, is_name
    from modwsgideploy.model.release import current_project

    module = import_module(f"modwsgideploy.commands.{command.name}")
    status: int
    if command.many:
        words = tuple(parsed["argument"]) or (command.default,)
        _refuse_empty(words, command)
        status = module.main(words, settings(parsed),
                             invocation(command, parsed))
        return status
    argument, parsed = _sorted_out(command, parsed)
    _refuse_empty([argument], command)
    chosen, run = settings(parsed), invocation(command, parsed)
    if command.default == "." and not is_manifest(argument):
        if SITE in command.argument and is_name(argument):
            from modwsgideploy.commands.targets import project_of

            argument = project_of(argument, chosen, run)
        argument = current_project(os.path.abspath(argument))
    status = module.main(argument, chosen, run)
    return status


def _refuse_empty(words: Sequence[str], command: Command) -> None:
    """Raise DeployError for an empty argument: a variable of a shell that is
    not set is not meant for what is here."""
    if "" in words and command.default:
        raise DeployError("'': an empty argument names nothing; give a name or"
                          " a path, or leave it out")


def _sorted_out(command: Command, parsed: Mapping[str, Any]
                ) -> tuple[str, Mapping[str, Any]]:
    """Return the argument, and what was given.

    argparse takes the argument for the value of an option that can be given
    without one, as in ``serve --probe DIR``.
    """
    argument: str = parsed["argument"]
    for flag in command.flags:
        value = parsed.get(flag.field)
        if flag.optional and value and argument == command.default and (
                not _is_meant(flag, value)):
            return value, {**parsed, flag.field: ""}
    return argument, parsed


def _is_meant(flag: Flag, value: str) -> bool:
    """Tell whether ``value`` is one of ``flag``, and not the argument."""
    if flag.kind == "page":
        return value.lower().endswith((".html", ".htm"))
    return value.startswith("/") and not _is_project(value)


def _is_project(path: str) -> bool:
    """Tell whether ``path`` is the directory of a project, and not a URL."""
    return any(
        name in ("setup.py", "setup.cfg", "pyproject.toml", "manage.py")
        or name.endswith((".ini", ".egg-info", ".wsgi"))
        for name in names_in(path))


def settings(parsed: Mapping[str, Any]) -> dict[str, Setting]:
    """Return the options of the site that were given, by their names."""
    chosen = {}
    for option in OPTIONS:
        value = parsed.get(option.field)
        if value is not None:
            # As it is recorded, another run is not in this directory.
            text = (partial(_from_here, option.kind)
                    if option.kind in HERE_KINDS else _text)
            value = tuple(map(text, value)) if option.many else text(value)
            chosen[option.name] = Setting(value, "--" + option.name)
    return chosen


def invocation(command: Command, parsed: Mapping[str, Any]) -> Invocation:
    """Return what the flags of ``command`` say.  Raises DeployError."""
    values: dict[str, Any] = {}
    with Collector() as collect:
        for flag in command.flags:
            value = parsed.get(flag.field)
            if value is None and flag.default:
                value = flag.default
            if value is not None:
                values[flag.field] = collect(_value, flag, value)
    return Invocation()._replace(**values)


def _value(flag: Flag, parsed: Any) -> Any:
    """Return the value of a flag by its kind.  Raises DeployError."""
    if flag.kind in (SWITCH, LEVEL):
        return parsed
    if flag.many:
        return tuple(convert(flag.kind, _text(text), flag.names[-1])
                     for text in parsed)
    if flag.optional and not parsed:
        return ""
    return convert(flag.kind, _text(parsed), flag.names[-1], flag.choices)


def _from_here(kind: str, parsed: Any) -> str:
    """Return the path as it is from any directory; "" stays."""
    return located(kind, os.path.expanduser(_text(parsed)), os.getcwd())


def _text(parsed: Any) -> str:
    # Before Python 3.13 argparse makes [] of the value "--".
    return "--" if parsed == [] else parsed
