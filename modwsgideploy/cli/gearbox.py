"""Define gearbox's commands, for TurboGears 2: the plain ones in its care."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Type

from gearbox.command import Command

from modwsgideploy.cli import table

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


class GearboxCommand(Command):  # type: ignore[misc]
    """A row of the table of commands, as gearbox wants it."""

    row: table.Command

    def get_description(self) -> str:
        """Return the summary that ``gearbox help`` shows."""
        return self.row.summary

    def get_parser(self, prog_name: str) -> ArgumentParser:
        """Return gearbox's parser, with our options."""
        from modwsgideploy.cli import plain_parser

        return plain_parser.fill(super().get_parser(prog_name),
                                 self.row.name)

    def run(self, opts: Namespace) -> int:
        """Run the command; return the exit status, which gearbox 0.3 drops
        when it comes from take_action."""
        from modwsgideploy.cli import dispatch
        from modwsgideploy.errors import DeployError

        try:
            return dispatch.run(self.row.name, [opts.argument], vars(opts))
        except DeployError as error:
            print("\n".join(error.messages), file=sys.stderr)
            return error.status
        except KeyboardInterrupt:
            return 130


def _class_of(row: table.Command) -> Type[GearboxCommand]:
    return type(table.class_name(row), (GearboxCommand,), {
        "__doc__": f"``gearbox modwsgi-{row.name}``", "row": row})


# The entry points name them: DeployCommand and so on.
globals().update((table.class_name(row), _class_of(row))
                 for row in table.COMMANDS.values())
