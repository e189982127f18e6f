"""The paster commands: parse, call, print, exit status.

``paster help`` imports this module to show each summary, so everything else
is imported when a command runs.
"""

from functools import cached_property

from paste.script.command import BadCommand, Command


class _Command(Command):
    """A command whose options come from the table, and errors from us."""

    group_name = "Apache deployment"
    usage = "[PROJECT_DIR]"
    max_args = 1

    @cached_property
    def parser(self):
        """The command's parser (a BoolOptionParser), built when asked."""
        from modwsgideploy.cli import parsers

        return parsers.for_paster(
            self.standard_parser(**self.paster_options), self.action)

    def command(self):
        """Run the action; expected errors end as paster's own do."""
        from modwsgideploy.cli import dispatch
        from modwsgideploy.errors import DeployError

        try:
            return dispatch.run(self.action, self.args, vars(self.options))
        except DeployError as error:
            raise BadCommand("\n".join(error.messages),
                             error.status) from None
        except KeyboardInterrupt:
            return 130


class DeployCommand(_Command):
    """``paster modwsgi_deploy``"""

    action = "deploy"
    summary = "Write the Apache mod_wsgi deployment of a project"
    paster_options = dict(quiet=True, simulate=True, interactive=True,
                          overwrite=True)


class CheckCommand(_Command):
    """``paster modwsgi_check``"""

    action = "check"
    summary = "Say what would fail of a deployment, and the fix"
    usage = "[PROJECT_DIR|MANIFEST]"
    paster_options = dict(quiet=True)


class EnableCommand(_Command):
    """``paster modwsgi_enable``"""

    action = "enable"
    summary = "Switch a deployment on in the system's Apache"
    usage = "[PROJECT_DIR|MANIFEST]"
    paster_options = dict(quiet=True, simulate=True, overwrite=True)


class DisableCommand(_Command):
    """``paster modwsgi_disable``"""

    action = "disable"
    summary = "Switch a deployment off in the system's Apache"
    usage = "[PROJECT_DIR|MANIFEST]"
    paster_options = dict(quiet=True, simulate=True)


class ExplainCommand(_Command):
    """``paster modwsgi_explain``"""

    action = "explain"
    summary = "Say what an Apache error log means, and the fix"
    usage = "[LOGFILE]"
    paster_options = dict(quiet=True)


class ServeCommand(_Command):
    """``paster modwsgi_serve``"""

    action = "serve"
    summary = "Serve a project's deployment on a private Apache"
    usage = "[PROJECT_DIR|MANIFEST]"
    paster_options = dict(quiet=True)


class BatchCommand(_Command):
    """``paster modwsgi_batch``"""

    action = "batch"
    summary = "Write the deployments of all sites of a manifest"
    usage = "[MANIFEST]"
    paster_options = dict(quiet=True, simulate=True, overwrite=True)


class PlanCommand(_Command):
    """``paster modwsgi_plan``"""

    action = "plan"
    summary = "Say whether a machine has room for all sites, and what fits"
    usage = "[MANIFEST]"
    paster_options = dict(quiet=True)
