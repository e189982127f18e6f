"""``serve``: a project's deployment on a private Apache, for a while.

Of a manifest, that is all its sites: see serve_sites.py.
"""

import os
import sys

from ..errors import Collector, DeployError
from ..options import Given
from ..quoting import url
from . import (
    colored,
    is_manifest,
    no_manifest,
    note,
    print_json,
    read,
    recall,
    tell_problems,
)

# What belongs to the server that a site is deployed to, and to no other.
_LEFT_OUT = ("certificate", "certificate-key", "hsts", "user", "group",
             "output-dir", "log-directory", "fastcgi-mode",
             "fastcgi-handler", "fastcgi-socket", "web-directory",
             "mutex-directory", "mutex-locks")
# Directories of that server; here they may not exist.
_PLACES = ("virtualenv", "baseline", "home")


def main(directory, settings, run):
    """Serve the project in ``directory``, or all sites of that manifest, in
    place, on a private Apache.

    Returns 0 when it was stopped, or when the probe's answer was no error;
    1 when that was one.  Raises DeployError.
    """
    from ..backends import BACKENDS
    from ..serving import Server
    from . import serve_sites

    given = dict(settings)
    port = listened(given.pop("port", None))
    if is_manifest(directory):
        return serve_sites.main(directory, given, port, run)
    no_manifest(run)
    settings = private(recall(directory, given)[1], given,
                       lambda text: note(text, run))
    project, choices, platform = read(directory, settings)
    site = in_place(project, choices, platform)
    tell_problems(_findings(site, given), run)
    modules = BACKENDS[site.backend].modules(site)
    with Server(port=port, project=project.directory,
                virtualenv=site.virtualenv, wsgi="wsgi" in modules,
                modules=[name for name in modules if name != "wsgi"]
                ) as server:
        site = private_site(project, settings, platform, server)
        server.start([served(site, readable(site))])
        if run.probe is not None:
            return _probe(server, site, run)
        server.follow(annotate=explainer(server).annotate)
    return 0


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
    return {**kept, "in-place": Given("yes", "serve")}


def in_place(project, choices, platform):
    """The Site of a Project.

    Raises DeployError, also where its configuration is missing.
    """
    from ..sites import make_site

    site = make_site(project, choices, platform)
    if site.config and not os.path.isfile(site.config):
        raise DeployError(_no_config(project, site))
    return site


def served(site, paths=()):
    """``site`` as a Server takes it (Served), which has to read ``paths``."""
    from ..serving import Served

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


def _findings(site, given):
    """What the cheap checks find, but not of the host it will live on.

    A configuration that is ``given`` here is often that for development,
    whose debug and secrets are nothing to be mended.
    """
    from ..checks import check

    left_out = ("MWD105", "MWD106") + ("MWD501", "MWD502") * (
        "config" in given)
    return check(site._replace(skip=(*site.skip, *left_out)))


def explainer(server):
    """What explains the log of ``server`` while it grows."""
    from ..explain import Live, Places

    return Live(Places(server.places), colored(sys.stdout))


def listened(given):
    """The port to listen on: 0, a free one, unless one was given."""
    from .. import options

    if given is None or given.value == "0":
        return 0
    return options.parse_one(options.BY_NAME["port"], given)


def private_site(project, settings, platform, server):
    """The Site as ``server`` (a Server) serves it, its files written."""
    from ..writer import write

    site = unwritten_site(project, settings, platform, server, "site")
    write(changes(site))
    return site


def changes(site):
    """What writes the files of ``site``."""
    from ..render import render
    from ..writer import plan

    return plan(render(site), site.output_dir)


def unwritten_site(project, settings, platform, server, directory):
    """The Site as ``server`` (a Server) serves it, with that ``directory``
    below its own for the files."""
    from ..sites import choose, make_site

    own = {"output-dir": f"{server.directory}/sites/{directory}",
           "log-directory": server.log_directory}
    if settings.get("server-name", Given("", "")).value:
        own["port"] = str(server.port)
        own["server-alias"] = (*settings.get(
            "server-alias", Given((), "")).value,
            local_name(settings["server-name"].value))
    if "egg-cache" not in settings:
        own["egg-cache"] = server.own_directory("python-eggs")
    with Collector() as collect:
        choices = choose({**settings, **{
            name: Given(value, "serve")
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


def _probe(server, site, run):
    """Make one request and tell of it; the exit status."""
    from ..serving import request_target

    path = request_target(run.probe or url(site.mount_point))
    answer = server.get(path, site.server_name)
    asked = f"http://{site.server_name or '127.0.0.1'}:{server.port}{path}"
    if run.json:
        print_json({"url": asked, "status": answer.status,
                    "reason": answer.reason, "seconds": answer.seconds})
    else:
        print(f"{answer.status} {answer.reason} in {answer.seconds:.3f} s: "
              f"{asked}")
    for line in explainer(server).annotate(server.new_lines()):
        if run.verbose > 0 or ":notice]" not in line:
            note(line, run)
    return 0 if 200 <= answer.status < 400 else 1
