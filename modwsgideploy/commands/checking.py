"""Find what to check of one site or of many, and what came of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from modwsgideploy.commands.outcome import (
    ERRORS,
    IN_ORDER,
    WARNINGS,
    Outcome,
    Status,
)
from modwsgideploy.commands.output import print_findings
from modwsgideploy.errors import DeployError
from modwsgideploy.system.files import MOST_BYTES, names_in, read_text

if TYPE_CHECKING:
    from modwsgideploy.apache.host import Host
    from modwsgideploy.checks.context import CheckContext
    from modwsgideploy.checks.finding import Finding
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.model.project import Project
    from modwsgideploy.model.site import Site


def costs(run: Invocation) -> tuple[str, ...]:
    """Return the costs of the checks that are made."""
    from modwsgideploy.catalog import checks as catalog

    return (catalog.CHEAP, catalog.HOST,
            *(() if run.no_load else (catalog.LOAD,)))


def outcome_of(context: CheckContext, findings: Sequence[Finding]
               ) -> Outcome:
    """Return the outcome of a site that was checked."""
    site = context.site
    return Outcome(
        site.name, _status(findings), "", site.url, site.output_dir,
        findings=findings, details={
            "deployment": context.conf, "enabled": context.enabled,
            "skipped": list(site.skip)})


def _status(findings: Iterable[Finding]) -> Status:
    levels = {finding.level for finding in findings}
    if "error" in levels:
        return ERRORS
    return WARNINGS if "warning" in levels else IN_ORDER


def context_of(site: Site, project: Project, host: Host, run: Invocation
               ) -> CheckContext:
    """Return what is to be checked of ``site``: its deployment on disk.

    Raises DeployError where there is none.
    """
    from modwsgideploy.checks.context import CheckContext
    from modwsgideploy.checks.in_force import installed_path
    from modwsgideploy.sites.resolve import adapt

    texts = _texts(site.output_dir)
    site = adapt(site, name=_name(site, texts))
    conf = os.path.join(
        site.output_dir, ".htaccess" if site.in_htaccess else site.name)
    if run.enabled:
        conf = installed_path(site, host)
        if not conf:
            raise DeployError(
                f"--enabled: {_installed_name(site)} is not in force on this"
                " host; README.txt says how to switch it on")
        texts[conf] = read_text(conf)
    if conf not in texts:
        raise DeployError(
            f"{site.output_dir}: there is no deployment of {site.name}; write"
            " it with modwsgideploy deploy, or name another directory by"
            " --output-dir, another site by --name")
    return CheckContext(site, texts, conf, host, project)


def _installed_name(site: Site) -> str:
    """Say what is in force when ``site`` is."""
    return (f"{site.web_directory}/.htaccess" if site.in_htaccess
            else site.conf_name)


def find_host(run: Invocation) -> Host:
    """Return the host with the Apache to check against.

    Raises DeployError.
    """
    from modwsgideploy.apache.host import Host

    if not run.server_config:
        return Host()
    path = os.path.abspath(run.server_config)
    if not os.path.isfile(path):
        raise DeployError(f"--server-config: there is no file {path}")
    return Host(path)


def _name(site: Site, texts: dict[str, str]) -> str:
    """Return the name of the site; if it was deployed by another, that."""
    names = [path for path in texts if path + ".wsgi" in texts]
    if os.path.join(site.output_dir, site.name) in texts or len(names) != 1:
        return site.name
    return os.path.basename(names[0])


def _texts(directory: str) -> dict[str, str]:
    """Return the text of each file in ``directory`` by its path, but for
    those that are too big for one."""
    paths = [os.path.join(directory, name) for name in names_in(directory)]
    return {path: read_text(path) for path in paths if os.path.isfile(path)
            and os.path.getsize(path) <= MOST_BYTES}


def counted(findings: Sequence[Finding]) -> str:
    """Say how many of each level there are; "" for none."""
    numbers = [(level, sum(finding.level == level for finding in findings))
               for level in ("error", "warning", "hint")]
    return ", ".join(f"{number} {level}{'s' * (number != 1)}"
                     for level, number in numbers if number)


def print_all(findings: Sequence[Finding], checked: str, run: Invocation,
              by: str = "") -> None:
    """Print ``findings``, hints with -v alone, and how many there are.

    ``checked`` is what was checked, and ``by`` what did it, for that line.
    """
    without_hints = [finding for finding in findings
                     if finding.level != "hint"]
    print_findings(findings if run.verbosity > 0 else without_hints, run)
    if run.verbosity < 0:
        return
    hidden = run.verbosity <= 0 and len(without_hints) < len(findings)
    print(f"{checked}: {counted(findings) or 'nothing found'}{by}"
          + "; -v shows the hints" * hidden)
