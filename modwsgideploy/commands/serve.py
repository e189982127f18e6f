"""``serve``: show a project's deployment on a private Apache, for a while.

Of a manifest, that is all its sites: see serve_manifest.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from modwsgideploy.commands.inputs import (
    is_manifest,
    no_manifest,
    read,
    recall,
)
from modwsgideploy.commands.outcome import ANSWERED, FAILED, Outcome, Tally
from modwsgideploy.commands.output import note, print_findings
from modwsgideploy.commands.private_sites import (
    chosen_port,
    explainer,
    follow,
    in_place,
    local_url,
    new_lines,
    note_own_name,
    private_settings,
    private_site,
    readable,
    served,
    unwritten_site,
)
from modwsgideploy.errors import DeployError
from modwsgideploy.quoting import url

if TYPE_CHECKING:
    from modwsgideploy.apache.probe import Probe
    from modwsgideploy.checks.finding import Finding
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.commands.reloading import Reloading
    from modwsgideploy.model.project import Project
    from modwsgideploy.model.site import Site
    from modwsgideploy.server.private import Server
    from modwsgideploy.sites.options import Setting


def main(target: str, settings: Mapping[str, Setting], run: Invocation
         ) -> int:
    """Serve the project in the directory ``target``, or all sites of that
    manifest, in place, on a private Apache.

    Return the exit status.  Raises DeployError.
    """
    from modwsgideploy.commands import serve_manifest

    tally = Tally("serve", run)
    given = dict(settings)     # on the command line, not only recorded
    port = chosen_port(given.pop("port", None))
    if run.reload and (is_manifest(target) or run.probe is not None):
        raise DeployError("--reload: is for one project, and goes on until"
                          " Ctrl-C; it needs a project's directory, and no"
                          " --probe")
    if is_manifest(target):
        return serve_manifest.main(target, given, port, tally)
    no_manifest(run)
    _serve(target, given, port, tally)
    return tally.exit_status


def _serve(directory: str, given: Mapping[str, Setting], port: int,
           tally: Tally) -> None:
    """Serve the project in ``directory``.  Raises DeployError."""
    from modwsgideploy.backends import BACKENDS
    from modwsgideploy.server.private import Server

    run = tally.run
    settings = private_settings(recall(directory, given, run)[1], given,
                                lambda text: note(text, run))
    project, choices, platform = read(directory, settings)
    site = in_place(project, choices, platform)
    findings = _findings(site, given)
    if not run.json:
        print_findings(findings, run)
    modules = BACKENDS[site.backend].modules(site)
    with Server(port=port, tls=run.https, project=project.directory,
                virtualenv=site.virtualenv, wsgi="wsgi" in modules,
                modules=[name for name in modules if name != "wsgi"]
                ) as server:
        output_dir = site.output_dir
        site = private_site(project, settings, platform, server)
        answer, = server.start([served(site, readable(site))], run.reload)
        outcome = Outcome(
            site.name, ANSWERED if answer.status < 500 else FAILED,
            answer=answer, url=local_url(server, server.sites[0]),
            findings=findings)
        if run.probe is None:
            tally.add(outcome)
            follow(server, tally, lambda: _announce(outcome, server, run),
                   _reloading(server, project, site, output_dir, given, run)
                   if run.reload else tuple)
        else:
            tally.add(_probed(outcome, server, site, run))
            if run.json:
                tally.print_json()


def _reloading(server: Server, project: Project, site: Site,
               output_dir: str, given: Mapping[str, Setting], run: Invocation
               ) -> Reloading:
    """Return what serves the site anew when its files change.

    Raises DeployError where that is not possible.
    """
    from modwsgideploy.commands.reloading import Reloading

    if site.backend == "mod_python" and site.python2:
        raise DeployError("--reload: mod_python for Python 2.7 does not"
                          " outlive a reload of Apache; serve it without")

    def read_again() -> tuple[Project, Site]:
        settings = private_settings(
            recall(project.directory, given, run)[1], given,
            lambda text: None)
        found, choices, platform = read(project.directory, settings)
        in_place(found, choices, platform)
        return found, unwritten_site(found, settings, platform, server,
                                     "site")

    return Reloading(server, project, site, output_dir, read_again)


def _announce(outcome: Outcome, server: Server, run: Invocation) -> None:
    """Print where the site is."""
    print(f"Serving {outcome.url}", flush=True)
    note_own_name(server, run)


def _findings(site: Site, given: Mapping[str, Setting]) -> list[Finding]:
    """Return what the cheap checks find, but not of the host it is for.

    A configuration that is ``given`` here is often that for development,
    whose debug and secrets are nothing to be mended.
    """
    from modwsgideploy.checks import check

    left_out = ("MWD105", "MWD106") + ("MWD501", "MWD502") * (
        "config" in given)
    return check(site._replace(skip=(*site.skip, *left_out)))


def _probed(outcome: Outcome, server: Server, site: Site, run: Invocation
            ) -> Outcome:
    """Make the request of --probe and print its answer; return what it is."""
    from modwsgideploy.apache.probe import request_target

    path = request_target(run.probe or url(site.mount_point))
    answer: Probe = server.get(path, site.server_name)
    asked = local_url(server, server.sites[0]._replace(mount_point=""))
    asked += path
    if not run.json:
        print(f"{answer.status} {answer.reason} in {answer.seconds:.3f} s: "
              f"{asked}")
    log = new_lines(server, explainer(server), run.verbosity)
    for line in log:
        note(line, run)
    return outcome._replace(
        status=ANSWERED if 200 <= answer.status < 400 else FAILED,
        url=asked, answer=answer, log=log)
