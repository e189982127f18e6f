"""Samples in; a private Apache that serves their generated deployments."""

import contextlib
import json
import os
from urllib.parse import quote

from modwsgideploy.commands import inputs, private_sites
from modwsgideploy.deployment.render import render
from modwsgideploy.server.configuration import Served
from modwsgideploy.server.private import Server
from modwsgideploy.sites.options import OPTIONS, Setting
from modwsgideploy.sites.resolve import make_site
from modwsgideploy.system.transaction import plan, write
from tests.support.ending import ending_at_once

MANY = {option.name for option in OPTIONS if option.many}


class Deployed:
    """Some sites on one Apache, in the order they were given."""

    def __init__(self, server, sites):
        self.server = server
        self.sites = sites

    def get(self, path, site=0, **options):
        """The answer (a Probe) to ``path`` below a site's mount point."""
        site = self.sites[site]
        return self.server.get(quote(site.below) + path, site.server_name,
                               **options)

    def seen(self, query="", site=0, **options):
        """What the application of a sample saw, as a dict."""
        answer = self.get("/seen?" + query, site, **options)
        assert answer.status == 200, (answer.status, answer.body)
        return json.loads(answer.body)

    def text(self, path, site=0, **options):
        """The body of a page that must be there."""
        answer = self.get(path, site, **options)
        assert answer.status == 200, (answer.status, answer.body)
        return answer.body.decode("utf-8")

    def log(self):
        """What the error logs said since the last call."""
        return "\n".join(self.server.new_lines())


@contextlib.contextmanager
def deployed(*wanted, modules=None, backend_modules=(), edit=None,
             **server_options):
    """Deploy and serve; each of ``wanted`` is a Sample and a dict of choices.

    By default a site is in place, in its sample's virtualenv; ``modules`` is
    the virtualenv whose mod_wsgi is used instead of the system's,
    ``backend_modules`` are Apache's for a backend that is not mod_wsgi;
    ``edit`` is called with each Site before Apache reads its files.
    """
    if backend_modules:
        server_options.update(wsgi=False, modules=backend_modules)
    if modules is None:
        server_options["prefer"] = "system"
    with ending_at_once(Server(
            virtualenv=str(modules or wanted[0][0].virtualenv),
            **server_options)) as server:
        sites = [deploy_site(server, number, sample, choices)
                 for number, (sample, choices) in enumerate(wanted)]
        for site in sites if edit else ():
            edit(site)
        server.start([served(site) for site in sites])
        yield Deployed(server, sites)


def deploy_site(server, number, sample, choices):
    """Render one site for ``server`` and write it; the Site."""
    given = {
        "in-place": "yes", "virtualenv": str(sample.virtualenv),
        "config": sample.config,
        "output-dir": f"{server.directory}/sites/{number}",
        "log-directory": server.log_directory, **choices}
    if given.get("backend") == "http":
        given.setdefault(
            "http-socket", f"{server.own_directory('run')}/{number}")
    if "server-name" in given:
        given["port"] = str(server.port)
    settings = {
        name: Setting((value,) if name in MANY and isinstance(value, str)
                    else value, "--" + name)
        for name, value in given.items() if value is not None}
    project, choices, platform = inputs.read(str(sample.directory), settings)
    site = make_site(project, choices,
                     platform._replace(socket_prefix=server.socket_prefix),
                     server.mod_wsgi and server.mod_wsgi.version)
    write(plan(render(site), site.output_dir))
    return site


def served(site):
    served = private_sites.served(site)
    return served._replace(
        baseline=served.baseline if os.path.exists(served.baseline) else "")


@contextlib.contextmanager
def by_mod_python(*wanted, **server_options):
    """Deployed as it is written, with the file for the whole server."""
    with ending_at_once(Server(wsgi=False, modules=("python",),
                               **server_options)) as server:
        sites = [deploy_site(server, number, sample,
                             {"backend": "mod_python", **choices})
                 for number, (sample, choices) in enumerate(wanted)]
        server.start([Served(
            (f"{site.output_dir}/{site.name}",), site.mount_point,
            site.server_name,
            baseline="" if number else f"{site.output_dir}/mutexes.conf")
            for number, site in enumerate(sites)])
        yield Deployed(server, sites)
