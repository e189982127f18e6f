"""Measure how much memory a process of each site takes, by loading it."""

from __future__ import annotations

import os
from typing import Any, Iterable

from modwsgideploy.apache.host import Host
from modwsgideploy.errors import Collector, DeployError
from modwsgideploy.model.site import Site
from modwsgideploy.sites.fleet_site import FleetSite
from modwsgideploy.sites.options import Setting

# What decides over which application is loaded, and how.
_SAME = ("project_directory", "app_name", "application", "framework",
         "baseline", "python_path", "env", "user", "group", "warm_up")


def distinct(members: Iterable[FleetSite]) -> list[list[FleetSite]]:
    """Put together those ``members`` that load the same."""
    groups: dict[tuple[Any, ...], list[FleetSite]] = {}
    for member in members:
        site = member.site
        # The names of places tell the name of the site, and no more.
        virtualenv = site.virtualenv
        if not os.path.isdir(virtualenv):
            virtualenv = member.project.virtualenv
        config = site.config and os.path.relpath(site.config, site.directory)
        groups.setdefault((virtualenv, config, *(
            getattr(site, name) for name in _SAME)), []).append(member)
    return [*groups.values()]


def measure(member: FleetSite, host: Host, directory: str
            ) -> tuple[int, str]:
    """Load the application of ``member``, with its script in ``directory``.

    Returns the kilobytes and "", or 0 and why it could not be loaded.
    """
    from modwsgideploy.checks.context import CheckContext
    from modwsgideploy.checks.loading import load
    from modwsgideploy.deployment.render import render
    from modwsgideploy.sites.resolve import adapt
    from modwsgideploy.system.accounts import let_read
    from modwsgideploy.system.transaction import plan, write

    try:
        site = _as_found(member)
    except DeployError as error:
        return 0, error.messages[0]
    # On which server module, and with whom, is no matter here.
    site = adapt(
        site, backend="mod_wsgi", mode="daemon", daemon="", static=(),
        apache_version="2.4", output_dir=directory, server_name="",
        script_directory=directory, skip=(*site.skip, "MWD603"))
    files = render(site)
    write(plan(files, directory))
    os.chmod(directory, 0o755)
    texts = {os.path.join(directory, file.path): file.text or ""
             for file in files}
    context = CheckContext(site, texts, os.path.join(directory, site.name),
                           host, member.project)
    if context.account:
        let_read(directory, context.account)
    report = load(context)
    if not report:
        return 0, "there is no Python to load it with"
    if report["error"]:
        return 0, report["error"].strip().splitlines()[-1].strip()
    return report.get("kilobytes", 0), ""


def _as_found(member: FleetSite) -> Site:
    """Give the site where its project is now.

    That can be elsewhere than where it will be served.  Raises DeployError.
    """
    from modwsgideploy.sites.resolve import choose, make_site

    site = member.site
    if site.in_place or os.path.isdir(site.directory) and (
            os.path.isdir(site.virtualenv) or not site.virtualenv):
        return site
    settings = {**member.entry.settings, "in-place": Setting("yes", "plan")}
    virtualenv = settings.get("virtualenv")
    if virtualenv and not os.path.isdir(virtualenv.text):
        del settings["virtualenv"]
    baseline = settings.get("baseline")
    if baseline and not os.path.isdir(baseline.text):
        del settings["baseline"]
    with Collector() as collect:
        choices = choose(settings, collect)
    return make_site(member.project, choices, site.platform)
