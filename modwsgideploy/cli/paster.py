"""Define paster's commands: parse, call, print, exit status.

``paster help`` imports this module to show each summary, so everything but
the table of commands is imported when a command runs.
"""

from __future__ import annotations

import os
import sys
from functools import cached_property
from typing import TYPE_CHECKING, List, Type

from paste.script.command import BadCommand, Command

from modwsgideploy.cli import table

if TYPE_CHECKING:
    from optparse import OptionParser


class PasterCommand(Command):  # type: ignore[misc]
    """A row of the table of commands, as paster wants it."""

    group_name = "Apache deployment"
    row: table.Command

    @cached_property
    def parser(self) -> OptionParser:
        """The command's parser, built when it is asked for."""
        from modwsgideploy.cli.paster_parser import make_parser

        return make_parser(
            self.row.name,
            f"{os.path.basename(sys.argv[0])} {self.command_name}")

    def run(self, args: List[str]) -> int:
        """Parse and run the command; expected errors end as paster's own.

        In place of paster's, which would say more with -n than without.
        """
        from modwsgideploy.cli import dispatch
        from modwsgideploy.errors import DeployError

        options, arguments = self.parser.parse_args(args)
        if arguments[1:]:
            self.parser.error("too many arguments: "
                              + " ".join(arguments[1:]))
        try:
            return dispatch.run(self.row.name, arguments, vars(options))
        except DeployError as error:
            raise BadCommand("\n".join(error.messages),
                             error.status) from None
        except KeyboardInterrupt:
            return 130


def _class_of(row: table.Command) -> Type[PasterCommand]:
    return type(table.class_name(row), (PasterCommand,), {
        "__doc__": f"``paster modwsgi_{row.name}``", "row": row,
        "summary": row.summary})


# The entry points name them: DeployCommand and so on.
globals().update((table.class_name(row), _class_of(row))
                 for row in table.COMMANDS.values())
