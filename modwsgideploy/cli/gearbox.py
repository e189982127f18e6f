"""gearbox's commands, for TurboGears 2: the plain ones under its roof."""

import sys

from gearbox.command import Command

from modwsgideploy.cli import dispatch, parsers, table


class _Command(Command):
    """A command whose options come from the table."""

    action = ""

    def get_description(self):
        """The summary that ``gearbox help`` shows."""
        return table.COMMANDS[self.action].summary

    def get_parser(self, prog_name):
        """gearbox's parser (argparse), with our options."""
        return parsers.for_plain(super().get_parser(prog_name), self.action)

    def run(self, opts):
        """Run the action; the exit status, which gearbox 0.3 drops when it
        comes from take_action."""
        from modwsgideploy.errors import DeployError

        try:
            return dispatch.run(self.action, [opts.argument], vars(opts))
        except DeployError as error:
            print("\n".join(error.messages), file=sys.stderr)
            return error.status
        except KeyboardInterrupt:
            return 130


class DeployCommand(_Command):
    """``gearbox modwsgi-deploy``"""

    action = "deploy"


class CheckCommand(_Command):
    """``gearbox modwsgi-check``"""

    action = "check"


class EnableCommand(_Command):
    """``gearbox modwsgi-enable``"""

    action = "enable"


class DisableCommand(_Command):
    """``gearbox modwsgi-disable``"""

    action = "disable"


class ExplainCommand(_Command):
    """``gearbox modwsgi-explain``"""

    action = "explain"


class ServeCommand(_Command):
    """``gearbox modwsgi-serve``"""

    action = "serve"


class BatchCommand(_Command):
    """``gearbox modwsgi-batch``"""

    action = "batch"


class PlanCommand(_Command):
    """``gearbox modwsgi-plan``"""

    action = "plan"
