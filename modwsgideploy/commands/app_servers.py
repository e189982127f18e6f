"""Start and stop the servers of sites that Apache does not run itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from modwsgideploy.activation import units
from modwsgideploy.activation.units import UnitChange
from modwsgideploy.commands.outcome import UNCHANGED, Outcome, Status
from modwsgideploy.commands.output import note
from modwsgideploy.errors import DeployError

if TYPE_CHECKING:
    from modwsgideploy.activation.layout import Named
    from modwsgideploy.activation.state import PathChange
    from modwsgideploy.commands.candidate import Candidate
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.model.site import Site


class AppServers:
    """The servers of the sites of one run, which switches them on or off."""

    def __init__(self, run: Invocation, on: bool, switches: bool = True
                 ) -> None:
        self._run, self._on = run, on
        self._switches = switches    # not into maintenance
        self.failed: set[str] = set()    # the sites that were taken back
        # What was changed of the units of each site, or would be.
        self.changed: dict[str, tuple[PathChange, ...]] = {}

    @contextmanager
    def running(self, candidates: Sequence[Candidate]
                 ) -> Iterator[list[Candidate]]:
        """Have the application servers of sites run while they are on.

        They are started before Apache asks them, and stopped when it does
        not any more.  Yields the candidates, refused those whose server does
        not start; what then fails is taken back.
        """
        with_servers = {each.name: each.site for each in candidates
                        if each.site and self._has_server(each)}
        moved = [each.site for each in candidates
                 if each.site and each.change and self._on
                 and self._has_systemd and units.are_left_over(each.site)]
        if not with_servers and moved:
            yield list(candidates)
            self._stop(moved)
            return
        if not with_servers or not self._has_systemd:
            for name, site in with_servers.items() if self._on else ():
                note(f"note: {name}: systemd does not start its application"
                     f" server here; this runs it: {units.command_line(site)}",
                     self._run)
            yield list(candidates)
            return
        started: list[UnitChange] = []
        if self._on:
            candidates = [self._with_server(each, started)
                          for each in candidates]
        done = False
        try:
            yield list(candidates)
            done = True
        finally:
            for each in started:
                if done and each.site.name not in self.failed:
                    units.keep(each)
                else:
                    units.take_back(each)
        self._stop(moved if self._on else with_servers.values())

    def _stop(self, sites: Iterable[Site]) -> None:
        """Stop the servers of sites that were not taken back."""
        for site in sites:
            if site.name not in self.failed:
                change = units.plan_stop(
                    site, site.platform.units, self._run.purge)
                units.stop(change)
                self.changed[site.name] = change.changes

    def _has_server(self, candidate: Candidate) -> bool:
        """Whether a site has a server that is started and stopped with it."""
        return (self._switches and candidate.change is not None
                and candidate.site is not None
                and units.has_units(candidate.site))

    @property
    def _has_systemd(self) -> bool:
        """Whether systemd is to start servers; it is the machine's own."""
        return (units.runs_systemd() and not self._run.server_config
                and not self._run.no_reload)

    def changes(self, candidate: Candidate) -> tuple[PathChange, ...]:
        """Return what is changed of the systemd units of a site."""
        if not (candidate.site and self._has_server(candidate)
                and self._has_systemd):
            return ()
        return (units.plan_start(candidate.site, self._run.overwrite)
                if self._on else units.plan_stop(
                    candidate.site, candidate.site.platform.units,
                    self._run.purge)).changes

    def former(self, site: Named, directory: str) -> UnitChange | None:
        """Plan to stop the server of a site that has gone from a manifest,
        whose units are in ``directory``; None where it has none."""
        return units.plan_stop(site, directory) if self._has_systemd and (
            units.are_installed(site, directory)) else None

    def foretold(self, candidate: Candidate) -> Candidate:
        """Return a site, refused where its units would not be installed."""
        try:
            self.changed[candidate.name] = self.changes(candidate)
        except DeployError as error:
            if not candidate.entry:
                raise
            return candidate.refused(*error.messages)
        return candidate

    def _with_server(self, candidate: Candidate,
                     started: list[UnitChange]) -> Candidate:
        """Start the server of a site; return it, refused where it fails."""
        site, planned = candidate.site, candidate.change
        if not (site and planned and self._has_server(candidate)):
            return candidate
        try:
            change = units.plan_start(site, self._run.overwrite)
            if change.was_active and not change.changes and not (
                    planned.paths):
                return candidate
            # What runs would end for what does not.
            failure = change.was_active and self._why_not(candidate) or (
                units.start(change))
        except DeployError as error:
            if not candidate.entry:
                raise
            return candidate.refused(*error.messages)
        if failure:
            return candidate.refused(failure)
        if change.changes:
            note(f"{site.name}: its units are installed, and its server"
                 f" {'restarted' if change.was_active else 'started'}",
                 self._run)
        started.append(change)
        self.changed[candidate.name] = change.changes
        return candidate

    def told(self, outcome: Outcome, wanted: Status) -> Outcome:
        """Return the ``outcome`` of a site with what was changed of its
        units; ``wanted`` is what was to become of it."""
        changed = self.changed.get(outcome.name)
        if outcome.status.wrong or not changed:
            return outcome
        return outcome._replace(
            status=wanted if outcome.status == UNCHANGED else outcome.status,
            files=[*outcome.files, *(
                (each.path, each.action) for each in changed)])

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
