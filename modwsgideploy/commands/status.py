"""``status``: say of each site what runs, since when, and whether that is as
it should be."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from modwsgideploy.activation.layout import find_layout
from modwsgideploy.apache.platforms import find_platform
from modwsgideploy.commands.checking import find_host
from modwsgideploy.commands.outcome import (
    FOREIGN,
    IN_MAINTENANCE,
    IN_ORDER,
    NOT_ON,
    WRONG_SITE,
    Outcome,
    Status,
    Tally,
)
from modwsgideploy.commands.output import colored
from modwsgideploy.commands.targets import (
    installed_sites,
    work_on_installed,
    works,
)
from modwsgideploy.errors import DeployError
from modwsgideploy.status.look import Look, Seen
from modwsgideploy.status.model import SiteStatus
from modwsgideploy.status.table import remarks, table

if TYPE_CHECKING:
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.commands.switching import Switching
    from modwsgideploy.sites.options import Setting


def main(target: str, settings: Mapping[str, Setting], run: Invocation
         ) -> int:
    """Say how the sites of ``target`` are; return the exit status.

    That is a project's directory, a manifest, the name of a site, or "" for
    every site of this host.  Raises DeployError.
    """
    tally = Tally("status", run)
    sites = _of_target(target, settings, run) if target else (
        _of_host(settings, run, tally.messages))
    for message in tally.messages:
        print(message, file=sys.stderr)
    for site in sites:
        tally.add(_outcome(site))
    if run.json:
        tally.print_json()
    elif run.format == "prometheus":
        from modwsgideploy.status.prometheus import metrics

        print(metrics(sites), end="")
    elif run.verbosity >= 0:
        print(table(sites, colored(sys.stdout), run.verbosity > 0) if sites
              else "no sites were found")
    return tally.exit_status


def _of_target(target: str, settings: Mapping[str, Setting], run: Invocation
               ) -> list[SiteStatus]:
    """Look at the site of a project or of that name, or at those of a
    manifest."""
    work, = works((target,), settings, run)
    look = Look(work.layout, work.host, run.timeout)
    return look.ask(_seen(work, look))


def _of_host(settings: Mapping[str, Setting], run: Invocation,
             messages: list[str]) -> list[SiteStatus]:
    """Look at every site that Apache has, whoever has written it.

    ``messages`` gets what is wrong where that is said of no site.
    """
    host = find_host(run)
    platform = settings.get("platform")
    look = Look(find_layout(
        find_platform(platform.text if platform else None), host.config),
        host, run.timeout)
    seen: list[Seen] = []
    known: list[str] = []
    for site in installed_sites(settings, run):
        known += site.paths
        try:
            seen += _seen(work_on_installed(site, settings, run, host), look)
        except DeployError as error:
            seen.append(Seen(look.installed(site, error.messages[0])))
    sites = [*look.ask(seen), *look.neighbours(known)]
    if look.trouble and not any(site.trouble for site in sites) and any(
            site.on for site in sites):
        messages.append(look.trouble)
    return sites


def _seen(work: Switching, look: Look) -> Iterator[Seen]:
    """Look at the sites that were read."""
    for each in work.look():
        source = each.entry.source if each.entry else ""
        if each.context and each.change and each.site:
            yield look.deployment(each.context, each.change, each.messages,
                                  each.site, source)
        else:
            yield Seen(SiteStatus(
                each.name, each.site.url if each.site else "", False,
                source=source, messages=tuple(each.messages)))


def _outcome(site: SiteStatus) -> Outcome:
    """Give what was seen of a site as the outcome of the command."""
    certificate, release = site.certificate, site.release
    return Outcome(
        site.name, _status(site), site.source, site.url, site.output_dir,
        answer=site.answer, messages=list(remarks(site)), details={
            "on": site.on, "foreign": site.foreign,
            "release": release.name if release else "",
            "release_since": release.since if release else None,
            "processes": [{
                "pid": process.pid, "since": round(process.started),
                "memory": process.memory} for process in site.processes],
            "certificate": certificate and certificate._asdict(),
            "drift": [each._asdict() for each in site.drift]})


def _status(site: SiteStatus) -> Status:
    if site.foreign:
        return FOREIGN
    if site.is_wrong:
        return WRONG_SITE
    if site.maintained:
        return IN_MAINTENANCE
    return IN_ORDER if site.on else NOT_ON
