"""Try a release before it is served: the checks, and a private Apache."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from modwsgideploy.commands.inputs import read
from modwsgideploy.commands.named_sites import ReadSite, make
from modwsgideploy.commands.private_sites import (
    private_settings,
    private_site,
    readable,
    served,
)
from modwsgideploy.commands.switching import NEEDED
from modwsgideploy.errors import Failed
from modwsgideploy.quoting import url

if TYPE_CHECKING:
    from modwsgideploy.apache.host import Host
    from modwsgideploy.apache.probe import Probe
    from modwsgideploy.checks.finding import Finding
    from modwsgideploy.commands.invocation import Invocation


def checked(new: ReadSite, host: Host, no_load: bool) -> list[Finding]:
    """Check the release as it will be served; return what was found.

    Nothing in it names ROOT/current, which leads to another release yet.
    """
    from modwsgideploy import checks
    from modwsgideploy.catalog import checks as catalog
    from modwsgideploy.checks.context import CheckContext
    from modwsgideploy.releases.deploying import texts_in_place

    settings = {name: setting for name, setting in new.settings.items()
                if name != "release-root"}
    site, project = make(new.site.project_directory, settings, host)
    context = CheckContext(
        site._replace(platform=new.layout.platform),
        texts_in_place(new.site), f"{site.output_dir}/{site.name}", host,
        project)
    costs = (catalog.CHEAP, catalog.HOST) + (catalog.LOAD,) * (not no_load)
    return [_of_release(finding, new) for finding
            in checks.run(context, costs, rejected=False)]


def _of_release(finding: Finding, new: ReadSite) -> Finding:
    """``finding`` as it counts for a release, which is removed if it fails.
    """
    if finding.code in NEEDED:
        finding = finding._replace(level="error")
    if os.path.dirname(new.site.project_directory) in finding.fix:
        return finding._replace(fix="mend that in what the release is made"
                                " from, or by `modwsgideploy deploy"
                                f" {new.site.release_root}`, and update again")
    return finding


def served_privately(new: ReadSite, run: Invocation) -> Probe:
    """Serve the release on a private Apache; return its answer.

    Raises Failed, with the log explained, where it does not answer well.
    """
    from modwsgideploy.activation.answers import trouble
    from modwsgideploy.apache.probe import request_target
    from modwsgideploy.backends import BACKENDS
    from modwsgideploy.server.private import Server

    directory = new.site.project_directory
    settings = private_settings(new.settings, {}, lambda text: None)
    project, _, platform = read(directory, settings)
    modules = BACKENDS[new.site.backend].modules(new.site)
    with Server(project=directory, virtualenv=new.site.virtualenv,
                user=_user(new), timeout=run.timeout,
                wsgi="wsgi" in modules,
                modules=[name for name in modules if name != "wsgi"]
                ) as server:
        site = private_site(project, settings, platform, server)
        answer, = server.start([served(site, readable(site))])
        if run.probe:
            answer = server.get(request_target(run.probe), site.server_name)
        why = trouble(answer)
        if why:
            raise Failed(f"on a private Apache"
                         f" {run.probe or url(site.mount_point)} {why}")
        return answer


def _user(new: ReadSite) -> str | None:
    """The user of its processes, as whom only root can serve it."""
    account = new.context.account
    return account.user if account and not os.geteuid() else None


