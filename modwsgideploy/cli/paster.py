"""Define paster's commands: parse, call, print, exit status.

``paster help`` imports this module to show each summary, so everything but
the table of commands is imported when a command runs.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from paste.script.command import Command

from modwsgideploy.cli import table

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
        from modwsgideploy.cli import dispatch

        prog = f"{os.path.basename(sys.argv[0])} {self.command_name}"

        def parse() -> Mapping[str, Any]:
            from modwsgideploy.cli.paster_parser import Parser

            return Parser(self.row, prog).parse(args)

        return dispatch.run(self.row.name, parse, "--json" in args)


def _class_of(row: table.Command) -> type[PasterCommand]:
    return type(table.class_name(row), (PasterCommand,), {
        "__doc__": f"``paster modwsgi_{row.name}``", "row": row,
        "summary": row.summary})


# The entry points name them: DeployCommand and so on.
globals().update((table.class_name(row), _class_of(row))
                 for row in table.COMMANDS.values())
