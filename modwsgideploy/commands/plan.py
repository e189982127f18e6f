"""``plan``: say whether a machine has room for all sites, and what fits."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from modwsgideploy.commands.checking import find_host
from modwsgideploy.commands.inputs import (
    deployed_or_in_release,
    hosts_of,
    is_manifest,
    no_manifest,
    read,
    read_sites,
    recall,
)
from modwsgideploy.commands.outcome import DONE, WRONG, document
from modwsgideploy.commands.output import print_json
from modwsgideploy.commands.plan_report import as_dict, as_manifest, print_plan
from modwsgideploy.commands.progress import progress
from modwsgideploy.errors import DeployError
from modwsgideploy.planning import capacity, proposal
from modwsgideploy.planning.demands import can_share, demand_of
from modwsgideploy.planning.planned import Planned

if TYPE_CHECKING:
    from modwsgideploy.apache.host import Host
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.sites.fleet import Fleet
    from modwsgideploy.sites.fleet_site import FleetSite
    from modwsgideploy.sites.options import Setting


def main(target: str, settings: Mapping[str, Setting], run: Invocation
         ) -> int:
    """Plan for the sites of a manifest, or the project in a directory.

    Return the exit status: 1 when it does not fit, or a site cannot be
    counted.  Raises DeployError.
    """
    from modwsgideploy.planning.machine import find_machine

    fleet = _fleet(target, settings, run)
    host = find_host(run)
    machine = find_machine(host, _figures(run))
    sizes = {} if run.no_load else _measured(fleet.sites, host, run)
    demands = [demand_of(member, sizes) for member in fleet.sites]
    plan = capacity.as_asked(demands, machine)
    proposed = proposal.propose(plan, machine, run.share, can_share)
    planned = Planned(fleet, machine, plan, proposed, {
        name: reason for name, (_, reason) in sizes.items() if reason})
    for path, make_text in ((run.html, _page), (run.write, as_manifest)):
        if path:
            _write(path, make_text(planned))
    status = DONE if plan.fits and not fleet.unreadable else WRONG
    if run.json:
        print_json(document("plan", status, **as_dict(planned)))
    elif run.verbosity >= 0:
        print_plan(planned, run)
    return status


def _figures(run: Invocation) -> list[tuple[str, int, str]]:
    """Return what the command line says of the machine, for find_machine."""
    return [(field.replace("database_", ""), getattr(run, field),
             "--" + field.replace("_", "-"))
            for field in ("memory", "cores", "tasks", "open_files",
                          "request_workers", "database_connections")
            if getattr(run, field)]


def _fleet(target: str, settings: Mapping[str, Setting], run: Invocation
           ) -> Fleet:
    """Return the sites of a manifest, or that of one project.

    Raises DeployError.
    """
    from modwsgideploy.apache import mod_wsgi
    from modwsgideploy.sites.fleet import Fleet
    from modwsgideploy.sites.fleet_site import FleetSite
    from modwsgideploy.sites.options import Setting
    from modwsgideploy.sites.resolve import make_site
    from modwsgideploy.sites.site_entry import SiteEntry

    if is_manifest(target) or not os.path.isdir(target):
        fleet = read_sites(target, settings, run, alone=True,
                           complete=deployed_or_in_release)
        if hosts_of(fleet) and not run.host:
            raise DeployError(
                f"{target}: its sites are on {', '.join(hosts_of(fleet))}; say"
                " for which of them by --host")
        return fleet
    no_manifest(run)
    _, settings = recall(target, settings, run)
    project, choices, platform = read(target, settings)
    site = make_site(project, choices, platform, mod_wsgi.versions()[1])
    entry = SiteEntry(site.name, Setting(target, target), dict(settings),
                      target)
    return Fleet((FleetSite(entry, site, project),), ())


def _measured(members: Sequence[FleetSite], host: Host, run: Invocation
              ) -> dict[str, tuple[int, str]]:
    """Return (kilobytes, why not) by the name of each site."""
    from modwsgideploy.planning import measuring
    from modwsgideploy.system.temporary import temporary_directory
    from modwsgideploy.system.workers import parallel_map

    groups = measuring.distinct(
        [member for member in members if not member.site.process_memory])
    if not groups:
        return {}
    host.prefetch()
    sizes: dict[str, tuple[int, str]] = {}
    with temporary_directory("mwd-") as top, \
            progress(len(groups), run, " applications") as bar:
        # The user of the daemon processes reads the scripts in it.
        os.chmod(top, 0o755)
        for number, (kilobytes, reason) in parallel_map(
                lambda number: measuring.measure(
                    groups[number][0], host, f"{top}/{number}"),
                range(len(groups)), run.workers):
            for member in groups[number]:
                sizes[member.site.name] = kilobytes, reason
            bar.advance()
    return sizes


def _page(planned: Planned) -> str:
    """Return the text of --html FILE."""
    from modwsgideploy.planning.page import page

    return page(planned)


def _write(path: str, text: str) -> None:
    """Put ``text`` into the file ``path``.  Raises DeployError."""
    from modwsgideploy.system.transaction import File, plan, write

    path = os.path.abspath(path)
    write(plan([File(os.path.basename(path), text)], os.path.dirname(path)))
