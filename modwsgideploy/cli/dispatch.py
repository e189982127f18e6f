"""From what was parsed to the command, and its exit status."""

import errno
import os
import sys

from modwsgideploy.cli.table import COMMANDS, FIGURES
from modwsgideploy.errors import Failed
from modwsgideploy.sites.options import OPTIONS, Setting

# The exit status when nobody reads what is printed, as a shell has it.
READER_GONE = 128 + 13


def settings(parsed):
    """What was given, as a dict of option name to Given.

    ``parsed`` is a dict of dest to value; None means not given.
    """
    given = {}
    for option in OPTIONS:
        value = parsed.get(option.field)
        if value is not None:
            # Before Python 3.13 argparse makes [] of the value "--".
            if option.many:
                value = tuple("--" if text == [] else text for text in value)
            elif value == []:
                value = "--"
            given[option.name] = Setting(value, "--" + option.name)
    return given


def run(command, arguments, parsed):
    """Run ``command`` as parsed; returns the exit status.

    ``arguments`` is a list with the command's argument, or empty;
    ``parsed`` a dict of dest to value.  Raises DeployError.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:   # closed by who started this
            setattr(sys, name, open(os.devnull, "w"))
    if getattr(sys.stdout, "errors", "") == "strict":
        # As on stderr: what the locale has no letter for is escaped.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = _run(command, arguments, parsed)
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
        raise Failed(f"the output is cut off: {error.strerror}") from None


def _silence():
    """Let nothing more be written to stdout, nor Python try it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(command, arguments, parsed):
    from importlib import import_module

    from modwsgideploy.commands import inputs, invocation

    default = COMMANDS[command].default
    argument = arguments[0] if arguments else default
    probe = parsed.get("probe")
    if probe and not probe.startswith("/") and argument == default:
        # argparse has taken what follows --probe, and it is no path of a URL.
        argument, probe = probe, ""
    if default == "." and not inputs.is_manifest(argument):
        argument = os.path.abspath(argument)
    return import_module(f"modwsgideploy.commands.{command}").main(
        argument, settings(parsed), invocation.Invocation(
            simulate=bool(parsed.get("simulate")),
            overwrite=bool(parsed.get("overwrite")),
            interactive=bool(parsed.get("interactive")),
            verbose=(parsed.get("verbose") or 0) - (parsed.get("quiet") or 0),
            json=bool(parsed.get("json")), probe=probe,
            enabled=bool(parsed.get("enabled")),
            list=bool(parsed.get("list")),
            no_load=bool(parsed.get("no_load")),
            no_check=bool(parsed.get("no_check")),
            no_reload=bool(parsed.get("no_reload")),
            timeout=_timeout(parsed.get("timeout")),
            server_config=parsed.get("server_config") or "",
            deployment_dir=parsed.get("deployment_dir") or "",
            only=tuple(parsed.get("only") or ()),
            changed=bool(parsed.get("changed")),
            jobs=_jobs(parsed.get("jobs")),
            all_or_nothing=bool(parsed.get("all_or_nothing")),
            sync=bool(parsed.get("sync")),
            figures=_figures(parsed), share=bool(parsed.get("share")),
            html=parsed.get("html") or "", write=parsed.get("write") or ""))


def _figures(parsed):
    """What FIGURES give, as (field, int, option).  Raises DeployError."""
    from modwsgideploy.sites.options import Option, parse_one

    return tuple(
        (flag.dest, parse_one(Option(flag.dest, "", "count", "", ""),
                              Setting(parsed[flag.dest], flag.names[0])),
         flag.names[0])
        for flag in FIGURES if parsed.get(flag.dest))


def _timeout(text):
    """The seconds that --timeout gives.  Raises DeployError."""
    from modwsgideploy.sites.options import Option, parse_one

    return 30 if not text else parse_one(
        Option("timeout", "", "count", "", ""), Setting(text, "--timeout"))


def _jobs(text):
    """The number that --jobs gives, or that of the processors that can be
    used, up to four.  Raises DeployError."""
    from modwsgideploy.sites.options import Option, parse_one

    if not text and hasattr(os, "sched_getaffinity"):   # Linux
        return min(4, len(os.sched_getaffinity(0)))
    if not text:
        return 1
    return parse_one(Option("jobs", "", "count", "", ""),
                     Setting(text, "--jobs"))
