"""Run the plain command, ``modwsgideploy``.

It stands beside paster's because paster cannot start inside a project whose
requirements live in another virtualenv.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from modwsgideploy.cli import collect_garbage_rarely, table
from modwsgideploy.errors import DeployError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PROG = "modwsgideploy"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``modwsgideploy`` with ``arguments`` (default: sys.argv's).

    Return the exit status.
    """
    collect_garbage_rarely()
    from modwsgideploy.cli import dispatch

    if "_ARGCOMPLETE" in os.environ:
        _complete()
    name, *rest = list(
        sys.argv[1:] if arguments is None else arguments) or ["help"]
    if name == "help" and rest:
        name, rest = rest[0], ["--help"]
    if name in ("-h", "--help", "help", "--version"):
        print(_version() if name == "--version" else _overview())
        return 0
    as_json = "--json" in rest
    if name not in table.COMMANDS:
        return dispatch.report(name, DeployError(
            f"there is no command {name!r}"
            + did_you_mean([name], table.COMMANDS)
            + f"; '{_PROG}' lists what there is"), as_json, f"{_PROG}: ")

    def parse() -> Mapping[str, Any]:
        from modwsgideploy.cli.plain_parser import PlainParser

        return PlainParser(table.COMMANDS[name], f"{_PROG} {name}", rest
                      ).parse(rest)

    return dispatch.run(name, parse, as_json, f"{_PROG}: ")


def _version() -> str:
    from modwsgideploy import DISTRIBUTION, __version__

    return f"{_PROG} {__version__} (distribution {DISTRIBUTION})"


def _overview() -> str:
    from modwsgideploy import __version__
    from modwsgideploy.cli.help import overview

    return overview(_PROG, __version__)


def _complete() -> None:
    """Answer a shell that completes, and exit."""
    import argparse

    import argcomplete  # It is there: it asked for this.

    from modwsgideploy.cli.plain_parser import PlainParser

    def make(prog: str, **_: object) -> PlainParser:
        return PlainParser(table.COMMANDS[prog.split()[-1]], prog)

    # argparse calls it alone, so that it need not be a class.
    factory: Any = make
    parser = argparse.ArgumentParser(prog=_PROG)
    parser.add_argument("--version", action="store_true")
    commands = parser.add_subparsers(parser_class=factory)
    for command in table.COMMANDS.values():
        commands.add_parser(command.name, help=command.summary)
    argcomplete.autocomplete(parser)


if __name__ == "__main__":
    sys.exit(main())
