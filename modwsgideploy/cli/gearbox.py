"""Define gearbox's commands, for TurboGears 2: the plain ones in its care."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gearbox.command import Command

from modwsgideploy.cli import collect_garbage_rarely, table

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


class GearboxCommand(Command):  # type: ignore[misc]
    """A row of the table of commands, as gearbox wants it."""

    row: table.Command

    def get_description(self) -> str:
        """Return the summary that ``gearbox help`` shows."""
        return self.row.summary

    def get_parser(self, prog_name: str) -> ArgumentParser:
        """Return a parser of our options, which reports what is wrong."""
        from modwsgideploy.cli.plain_parser import ReportingParser

        return ReportingParser(self.row, prog_name)

    def run(self, opts: Namespace) -> int:
        """Run the command; return the exit status, which gearbox 0.3 drops
        when it comes from take_action.

        gearbox takes -v and -q for its own, wherever they stand.
        """
        collect_garbage_rarely()
        from modwsgideploy.cli import dispatch

        level: int = self.app_args.verbose_level    # usually 1
        parsed = {**vars(opts), "verbose": level - 1}
        return dispatch.run(self.row.name, lambda: parsed, bool(opts.json))


def _class_of(row: table.Command) -> type[GearboxCommand]:
    return type(table.class_name(row), (GearboxCommand,), {
        "__doc__": f"``gearbox modwsgi-{row.name}``", "row": row})


# The entry points name them: DeployCommand and so on.
globals().update((table.class_name(row), _class_of(row))
                 for row in table.COMMANDS.values())
