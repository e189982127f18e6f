"""The plain command, ``modwsgideploy``.

It stands beside paster's because paster cannot start inside a project whose
requirements live in another virtualenv.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Optional, Sequence

if TYPE_CHECKING:
    from argparse import ArgumentParser


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run ``modwsgideploy`` with ``arguments`` (default: sys.argv's).

    Returns the exit status: 2 for a user's mistake, 130 for Ctrl-C.
    """
    import argparse

    from modwsgideploy import __version__
    from modwsgideploy.cli import dispatch, plain_parser, table
    from modwsgideploy.errors import DeployError

    parser = argparse.ArgumentParser(
        prog="modwsgideploy", allow_abbrev=False,
        description="Deploy a Paste project on Apache.")
    parser.add_argument("--version", action="version",
                        version=f"%(prog)s {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND",
                                       required=True)
    words = sys.argv[1:] if arguments is None else arguments
    completing = "_ARGCOMPLETE" in os.environ
    for name, command in table.COMMANDS.items():
        subparser = subparsers.add_parser(name, help=command.summary,
                                          allow_abbrev=False)
        # The options of the others take time to build, and nobody asks.
        if completing or name in words:
            plain_parser.fill(subparser, name)
    if completing:
        import argcomplete  # It is there: it asked for this.

        argcomplete.autocomplete(parser)
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        parser.error(_unknown(subparsers.choices[options.command], unknown))
    parsed = vars(options)
    try:
        return dispatch.run(parsed["command"], [parsed["argument"]], parsed)
    except DeployError as error:
        for message in error.messages:
            print(f"modwsgideploy: {message}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        return 130


def _unknown(parser: ArgumentParser, words: Sequence[str]) -> str:
    """Say that a command's ``parser`` does not know ``words``, and what it
    does know that is most like them."""
    from modwsgideploy.errors import did_you_mean

    hint = did_you_mean((word.partition("=")[0] for word in words
                         if word.startswith("-")),
                        parser._option_string_actions)
    return (f"unrecognized arguments: {' '.join(words)}{hint};"
            f" '{parser.prog} --help' lists what there is")


if __name__ == "__main__":
    sys.exit(main())
