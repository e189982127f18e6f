"""A Site as a private Apache serves it."""

import os
import sys

from modwsgideploy.commands.output import colored
from modwsgideploy.errors import Collector, DeployError
from modwsgideploy.sites.options import Setting

# What belongs to the server that a site is deployed to, and to no other.
_LEFT_OUT = ("certificate", "certificate-key", "hsts", "user", "group",
             "output-dir", "log-directory", "fastcgi-mode",
             "fastcgi-handler", "fastcgi-socket", "web-directory",
             "mutex-directory", "mutex-locks")
# Directories of that server; here they may not exist.
_PLACES = ("virtualenv", "baseline", "home")


def private(settings, given, tell):
    """``settings`` without what is no matter of a private server.

    ``tell`` is called with a text for each of those that are ``given``, not
    only recorded, and for recorded directories that are not on this machine.
    """
    kept = {}
    for name, value in settings.items():
        if name in _LEFT_OUT:
            if name in given:
                tell(f"--{name} is left out on a private server")
        elif name in _PLACES and name not in given and value.value and (
                not os.path.isdir(value.value)):
            tell(f"{value.source}: {value.value} is left out, as it is not on"
                 " this machine")
        # It has a port and an egg cache of its own.
        elif name != "port" and (name != "egg-cache" or name in given):
            kept[name] = value
    return {**kept, "in-place": Setting("yes", "serve")}


def in_place(project, choices, platform):
    """The Site of a Project.

    Raises DeployError, also where its configuration is missing.
    """
    from modwsgideploy.sites.resolve import make_site

    site = make_site(project, choices, platform)
    if site.config and not os.path.isfile(site.config):
        raise DeployError(_no_config(project, site))
    return site


def served(site, paths=()):
    """``site`` as a Server takes it (Served), which has to read ``paths``."""
    from modwsgideploy.server.configuration import Served

    return Served(
        config_files=(f"{site.output_dir}/{site.name}",),
        mount_point=site.mount_point, server_name=site.server_name,
        baseline=(f"{site.output_dir}/baseline.conf" if site.baseline
                  else ""),
        readable=paths)


def readable(site):
    """The paths (tuple) that the processes of ``site`` have to read."""
    return tuple(path for path in (
        site.virtualenv, site.location, site.config) if path)


def explainer(server):
    """What explains the log of ``server`` while it grows."""
    from modwsgideploy.explain.report import Live
    from modwsgideploy.explain.sources import SourceIndex

    return Live(SourceIndex(server.places), colored(sys.stdout))


def listened(given):
    """The port to listen on: 0, a free one, unless one was given."""
    from modwsgideploy.sites import options

    if given is None or given.value == "0":
        return 0
    return options.parse_one(options.BY_NAME["port"], given)


def private_site(project, settings, platform, server):
    """The Site as ``server`` (a Server) serves it, its files written."""
    from modwsgideploy.system.transaction import write

    site = unwritten_site(project, settings, platform, server, "site")
    write(changes(site))
    return site


def changes(site):
    """What writes the files of ``site``."""
    from modwsgideploy.deployment.render import render
    from modwsgideploy.system.transaction import plan

    return plan(render(site), site.output_dir)


def unwritten_site(project, settings, platform, server, directory):
    """The Site as ``server`` (a Server) serves it, with that ``directory``
    below its own for the files."""
    from modwsgideploy.sites.resolve import choose, make_site

    own = {"output-dir": f"{server.directory}/sites/{directory}",
           "log-directory": server.log_directory}
    if settings.get("server-name", Setting("", "")).value:
        own["port"] = str(server.port)
        own["server-alias"] = (*settings.get(
            "server-alias", Setting((), "")).value,
            local_name(settings["server-name"].value))
    if "egg-cache" not in settings:
        own["egg-cache"] = server.own_directory("python-eggs")
    with Collector() as collect:
        choices = choose({**settings, **{
            name: Setting(value, "serve")
            for name, value in own.items()}}, collect)
    return make_site(
        project, choices,
        platform._replace(socket_prefix=server.socket_prefix),
        server.mod_wsgi and server.mod_wsgi.version)


def local_name(host):
    """A name by which browsers and curl find ``host`` on this machine.

    They take whatever ends in .localhost for it, as RFC 6761 has it.
    """
    name = host.rstrip(".")
    if name == "localhost" or name.endswith(".localhost") or (
            name[-1:].isdigit() or name.startswith("[") or len(name) > 240):
        return name
    return name + ".localhost"


def _no_config(project, site):
    """What to say when the configuration is not there."""
    others = ", ".join(project.configs)
    return (f"--config: there is no {site.config}; "
            + (f"name another, such as {others}" if others
               else "name the Paste configuration to serve"))
