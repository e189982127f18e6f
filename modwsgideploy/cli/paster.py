"""Define paster's commands: parse, call, print, exit status.

``paster help`` imports this module to show each summary, so everything but
the table of commands is imported when a command runs.
"""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from paste.script.command import Command

from modwsgideploy.cli import collect_garbage_rarely, table

if TYPE_CHECKING:
    from collections.abc import Mapping


class PasterCommand(Command):  # type: ignore[misc]
    """A row of the table of commands, as paster wants it."""

    group_name = "Apache deployment"
    row: table.Command

    def run(self, args: list[str]) -> int:
        """Parse and run the command, as the other front ends do.

        In place of paster's, which says more with -n than without.
        """
        collect_garbage_rarely()
        from modwsgideploy.cli import dispatch

        prog = f"{os.path.basename(sys.argv[0])} {self.command_name}"

        def parse() -> Mapping[str, Any]:
            from modwsgideploy.cli.paster_parser import PasterParser

            return PasterParser(self.row, prog, args).parse()

        return dispatch.run(self.row.name, parse, "--json" in args)


class _Summary:
    """The summary of a command, which ``paster help`` shows.

    paster reads it too where it does not know a command and lists all there
    are: the one moment at which a plug-in can say which may be meant.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def __get__(self, command: object, cls: type) -> str:
        _suggest(tuple(sys.argv[1:]))
        return self.text


@lru_cache(None)
def _suggest(words: tuple[str, ...]) -> None:
    """Below paster's list, say which command ``words`` may mean, once."""
    word = next((word for word in words
                 if word != "help" and not word.startswith("-")), "")
    if not word:
        return
    from modwsgideploy.errors import did_you_mean

    names = [f"modwsgi_{name}" for name in table.COMMANDS]
    hint = did_you_mean([word], names) if word not in names else ""
    if hint:
        import atexit

        atexit.register(print, f"there is no command {word!r}{hint}",
                        file=sys.stderr)


def _class_of(row: table.Command) -> type[PasterCommand]:
    return type(table.class_name(row), (PasterCommand,), {
        "__doc__": f"``paster modwsgi_{row.name}``", "row": row,
        "summary": _Summary(row.summary)})


# The entry points name them: DeployCommand and so on.
globals().update((table.class_name(row), _class_of(row))
                 for row in table.COMMANDS.values())
