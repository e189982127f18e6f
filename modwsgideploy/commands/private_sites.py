"""Make sites such that a private Apache serves them, and follow its log."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from modwsgideploy.commands.output import colored, note
from modwsgideploy.errors import Collector, DeployError, Failed
from modwsgideploy.sites.options import Setting

if TYPE_CHECKING:
    from modwsgideploy.apache.platforms import Platform
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.commands.outcome import Tally
    from modwsgideploy.explain.report import Live
    from modwsgideploy.model.project import Project
    from modwsgideploy.model.site import Site
    from modwsgideploy.server.configuration import Served
    from modwsgideploy.server.private import Server
    from modwsgideploy.sites.resolve import Choices
    from modwsgideploy.system.transaction import Change

# Directories of the server that a site is for; here they may not exist.
_DIRECTORIES = ("virtualenv", "baseline", "home")


def private_settings(settings: Mapping[str, Setting],
                     given: Mapping[str, Setting],
                     on_left_out: Callable[[str], object]
                     ) -> dict[str, Setting]:
    """Return ``settings`` without what is no matter of a private server.

    ``on_left_out`` is called with a text for each recorded directory that is
    not on this machine; one that is ``given`` has to be.
    """
    from modwsgideploy.sites.options import BY_NAME

    kept = {}
    for name, value in settings.items():
        option = BY_NAME.get(name)
        if option and "serve" not in option.commands or name == "output-dir":
            continue
        if name in _DIRECTORIES and name not in given and value.value and (
                not os.path.isdir(value.text)):
            on_left_out(f"{value.source}: {value.value} is left out, as it is"
                        " not on this machine")
        # It has a port and an egg cache of its own.
        elif name != "port" and (name != "egg-cache" or name in given):
            kept[name] = value
    return {**kept, "in-place": Setting("yes", "serve")}


def in_place(project: Project, choices: Choices, platform: Platform) -> Site:
    """Return the site of ``project``.

    Raises DeployError, also where its configuration is missing.
    """
    from modwsgideploy.sites.resolve import make_site

    site = make_site(project, choices, platform)
    if site.config and not os.path.isfile(site.config):
        raise DeployError(_no_config(project, site))
    return site


def served(site: Site, paths: Sequence[str] = ()) -> Served:
    """Return ``site`` as a Server takes it, which has to read ``paths``."""
    from modwsgideploy.backends import BACKENDS
    from modwsgideploy.server.configuration import Served

    program = BACKENDS[site.backend].command(site)
    return Served(
        config_files=(f"{site.output_dir}/{site.name}",),
        mount_point=site.mount_point, server_name=site.server_name,
        baseline=(f"{site.output_dir}/baseline.conf" if site.baseline
                  else ""),
        readable=tuple(paths), program=program,
        address=site.http_socket if program else "")


def readable(site: Site) -> tuple[str, ...]:
    """Return the paths that the processes of ``site`` have to read."""
    return tuple(path for path in (
        site.virtualenv, site.location, site.config, site.env_file,
        site.init) if path)


def explainer(server: Server) -> Live:
    """Return what explains the log of ``server`` while it grows."""
    from modwsgideploy.explain.report import Live
    from modwsgideploy.explain.sources import SourceIndex

    return Live(SourceIndex(server.places, temporary=server.directory),
                colored(sys.stdout))


def new_lines(server: Server, live: Live, verbosity: int) -> list[str]:
    """Return what the log has got, explained; notices for -v alone."""
    return [line for line in live.annotate(server.new_lines())
            if verbosity > 0 or ":notice]" not in line]


def follow(server: Server, tally: Tally, announce: Callable[[], object] | None,
           meanwhile: Callable[[], Iterable[str]] = tuple) -> None:
    """Print the log of ``server`` until it is stopped.

    ``announce`` prints where the sites are; with --json that is the document,
    so that what comes after it goes to stderr; ``meanwhile`` is called again
    and again, and gives lines as well.  Raises Failed if Apache ends.
    """
    annotate = explainer(server).annotate
    if not tally.run.json:
        server.follow(annotate=annotate, announce=announce,
                      meanwhile=meanwhile)
        return
    try:
        server.follow(tell=lambda line: note(line, tally.run),
                      annotate=annotate, announce=tally.print_json,
                      meanwhile=meanwhile)
    except Failed as error:
        tally.messages += error.messages
        print("\n".join(error.messages), file=sys.stderr)


def chosen_port(setting: Setting | None) -> int:
    """Return the port to listen on: 0, a free one, unless one was chosen."""
    from modwsgideploy.sites import options

    if setting is None or setting.value == "0":
        return 0
    port: int = options.parse_one(options.BY_NAME["port"], setting)
    return port


def private_site(project: Project, settings: Mapping[str, Setting],
                 platform: Platform, server: Server) -> Site:
    """Return the site as ``server`` serves it, its files written."""
    from modwsgideploy.system.transaction import write

    site = unwritten_site(project, settings, platform, server, "site")
    write(changes(site))
    return site


def changes(site: Site) -> tuple[Change, ...]:
    """Return what writes the files of ``site``.  Raises DeployError."""
    from modwsgideploy.deployment.own_files import refuse_own_files
    from modwsgideploy.deployment.render import render
    from modwsgideploy.system.transaction import plan

    refuse_own_files(site)
    return plan(render(site), site.output_dir)


def unwritten_site(project: Project, settings: Mapping[str, Setting],
                   platform: Platform, server: Server, directory: str
                   ) -> Site:
    """Return the site as ``server`` serves it, with that ``directory`` below
    its own for the files."""
    from modwsgideploy.sites.resolve import choose, make_site

    own: dict[str, str | tuple[str, ...]] = {
        "output-dir": f"{server.directory}/sites/{directory}",
        "log-directory": server.log_directory}
    backend = settings.get("backend")
    if backend and backend.value == "http":
        own["http-socket"] = f"{server.own_directory('run')}/{directory}"
    name, aliases = settings.get("server-name"), settings.get("server-alias")
    if name and name.value:
        own["port"] = str(server.port)
        own["server-alias"] = (*(aliases.texts if aliases else ()),
                               local_name(name.text))
    if "egg-cache" not in settings:
        own["egg-cache"] = server.own_directory("python-eggs")
    with Collector() as collect:
        choices = choose({**settings, **{
            name: Setting(value, "serve")
            for name, value in own.items()}}, collect)
    return make_site(
        project, choices,
        platform._replace(socket_prefix=server.socket_prefix,
                          sites=f"{server.directory}/hosts"),
        server.mod_wsgi and server.mod_wsgi.version)


def local_name(host: str) -> str:
    """Return a name by which browsers and curl find ``host`` here.

    They take whatever ends in .localhost for it, as RFC 6761 has it.
    """
    name = host.rstrip(".")
    if name == "localhost" or name.endswith(".localhost") or (
            name[-1:].isdigit() or name.startswith("[") or len(name) > 240):
        return name
    return name + ".localhost"


def local_url(server: Server, site: Served) -> str:
    """Return the URL of ``site`` for a browser on this machine."""
    return server.url_of(site._replace(
        server_name=site.server_name and local_name(site.server_name)))


def note_own_name(server: Server, run: Invocation) -> None:
    """Note how a site is asked for by its own name, if any has one."""
    for site in server.sites:
        name = site.server_name
        if name and local_name(name) != name:
            note("Browsers and curl find NAME.localhost on this machine. By"
                 f" its own name: curl {'-k ' * server.tls}--resolve"
                 f" {name}:{server.port}:"
                 f"127.0.0.1 {server.url_of(site)}", run)
            return


def _no_config(project: Project, site: Site) -> str:
    """Say that the configuration is not there."""
    others = ", ".join(project.configs)
    return (f"--config: there is no {site.config}; "
            + (f"name another, such as {others}" if others
               else "name the Paste configuration to serve"))
