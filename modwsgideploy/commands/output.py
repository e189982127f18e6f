"""What commands print."""

import os
import sys

from modwsgideploy.quoting import printable


def shown(path):
    """``path`` as a person in the current directory would write it."""
    here = os.getcwd()
    if path.startswith(here + os.sep):
        return path[len(here) + 1:]
    return path


def note(text, run):
    """Tell something that is not what was asked for."""
    if run.verbosity >= 0:
        print(text, file=sys.stderr)


def print_json(value):
    """Print ``value`` as JSON that arrives whole in any locale."""
    import json

    utf8 = (sys.stdout.encoding or "").replace("-", "").lower() == "utf8"
    json.dump(value, sys.stdout, indent=2, ensure_ascii=not utf8)
    print(flush=True)


_COLORS = {"error": 31, "warning": 33}


def print_findings(problems, run):
    """Print ``problems`` to stderr, each with its fix."""
    if run.verbosity < 0:
        return
    sys.stdout.flush()
    color = colored(sys.stderr)
    for problem in problems:
        level = (f"\033[{_COLORS.get(problem.level, 36)}m{problem.level}"
                 "\033[0m" if color else problem.level)
        # It may quote what an application raised, or others wrote.
        print(f"{level}: {printable(problem.message)} [{problem.code}]\n"
              f"    {printable(problem.fix)}", file=sys.stderr)


def colored(stream):
    """Whether to colour: on a terminal, unless https://no-color.org."""
    return stream.isatty() and not os.environ.get("NO_COLOR")
