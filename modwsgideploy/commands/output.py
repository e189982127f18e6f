"""Print what commands have to say."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Iterable, TextIO

from modwsgideploy.quoting import printable

if TYPE_CHECKING:
    from modwsgideploy.checks.finding import Finding
    from modwsgideploy.commands.invocation import Invocation


def shown(path: str) -> str:
    """Return ``path`` as a person in the current directory would write it."""
    here = os.getcwd()
    if path.startswith(here + os.sep):
        return path[len(here) + 1:]
    return path


def note(text: str, run: Invocation) -> None:
    """Print something that is not what was asked for."""
    if run.verbosity >= 0:
        print(text, file=sys.stderr)


def print_json(value: object) -> None:
    """Print ``value`` as JSON that arrives whole in any locale."""
    import json

    utf8 = (sys.stdout.encoding or "").replace("-", "").lower() == "utf8"
    json.dump(value, sys.stdout, indent=2, ensure_ascii=not utf8)
    print(flush=True)


_COLORS = {"error": 31, "warning": 33}


def print_findings(findings: Iterable[Finding], run: Invocation) -> None:
    """Print ``findings`` to stderr, each with its fix."""
    if run.verbosity < 0:
        return
    sys.stdout.flush()
    color = colored(sys.stderr)
    for finding in findings:
        level = (f"\033[{_COLORS.get(finding.level, 36)}m{finding.level}"
                 "\033[0m" if color else finding.level)
        # It may quote what an application raised, or others wrote.
        first, *rest = printable(finding.message).split("\n")
        print(f"{level}: {first} [{finding.code}]", *rest,
              f"    {printable(finding.fix)}", sep="\n", file=sys.stderr)


def colored(stream: TextIO) -> bool:
    """Tell whether to colour: on a terminal, unless https://no-color.org."""
    return stream.isatty() and not os.environ.get("NO_COLOR")
