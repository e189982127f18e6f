"""``disable``: what `enable` switched on, switched off."""

from modwsgideploy.commands.enable import switch


def main(argument, settings, run):
    """Switch off the site of a project, or each site of a manifest.

    Returns 0 when all are off, 1 when some are not.  Raises DeployError.
    """
    return switch(argument, settings, run, False)
