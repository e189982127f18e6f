"""Plan what is done with the servers that sites have beside Apache."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from modwsgideploy.activation import units
from modwsgideploy.checks.running import runs_former_files
from modwsgideploy.commands.output import note

if TYPE_CHECKING:
    from modwsgideploy.activation.layout import Named
    from modwsgideploy.activation.planner import SiteChange
    from modwsgideploy.activation.units import UnitChange
    from modwsgideploy.checks.context import CheckContext
    from modwsgideploy.commands.candidate import Candidate
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.model.site import Site


class AppServers:
    """The servers of the sites of one run, which switches them on or off."""

    def __init__(self, run: Invocation, on: bool, switches: bool = True
                 ) -> None:
        self._run, self._on = run, on
        self._switches = switches    # not into maintenance

    def with_server(self, site: Site, change: SiteChange,
                    context: CheckContext | None = None) -> SiteChange:
        """Return the ``change`` of ``site`` with that of its systemd units.

        ``context`` is that of a site that is switched on.  Raises DeployError
        where they would not be installed.
        """
        if not (self._switches and self._has_systemd):
            return change
        has_units, directory = units.has_units(site), site.platform.units
        if self._on and has_units:
            server = units.plan_start(site, self._run.overwrite)
            is_needed = bool(server.changes or change.paths) or (
                not server.was_active) or bool(
                    context and runs_former_files(context))
        elif has_units or units.are_left_over(site):
            server = units.plan_stop(site, directory, self._run.purge)
            is_needed = bool(server.changes) or server.was_active
        else:
            return change
        return change._replace(server=server) if is_needed else change

    def tell(self, candidates: Sequence[Candidate]) -> None:
        """Note which commands run the servers that systemd does not start."""
        if not (self._on and self._switches) or self._has_systemd:
            return
        for each in candidates:
            if each.site and each.change and units.has_units(each.site):
                note(f"note: {each.name}: systemd does not start its"
                     " application server here; this runs it:"
                     f" {units.command_line(each.site)}", self._run)

    @property
    def _has_systemd(self) -> bool:
        """Whether systemd is to start servers; it is the machine's own."""
        return (units.runs_systemd() and not self._run.server_config
                and not self._run.no_reload)

    def former(self, site: Named, directory: str) -> UnitChange | None:
        """Plan to stop the server of a site that has gone from a manifest,
        whose units are in ``directory``; None where it has none."""
        return units.plan_stop(site, directory) if self._has_systemd and (
            units.are_installed(site, directory)) else None

    def tried(self, candidate: Candidate) -> Candidate:
        """Return a site, refused where its server runs, and would end for one
        that does not start."""
        server = candidate.change.server if candidate.change else None
        if not (server and server.starts and server.was_active):
            return candidate
        why = self._why_not(candidate)
        return candidate.refused(why) if why else candidate

    def _why_not(self, candidate: Candidate) -> str:
        """Load the application of a site; say why it cannot be, "" if it
        can."""
        from modwsgideploy import checks
        from modwsgideploy.catalog import checks as catalog

        if self._run.no_check or candidate.context is None:
            return ""
        findings = [finding for finding in checks.run(
            candidate.context, (catalog.LOAD,), rejected=False)
            if finding.level == catalog.ERROR]
        if not findings:
            return ""
        return "\n    ".join([
            "its application server goes on as it was, for the new one would"
            " not start:", *(f"{finding.message} [{finding.code}]: "
                             f"{finding.fix}" for finding in findings)])
