"""Find the sites that have gone from a manifest, and switch them off."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from modwsgideploy.activation import apply, checkpoint
from modwsgideploy.activation.installed import source_of
from modwsgideploy.activation.planner import (
    SiteChange,
    installed_files,
    plan_off,
)
from modwsgideploy.activation.rehearsal import rehearse
from modwsgideploy.activation.rights import check_rights
from modwsgideploy.activation.sharing import Sharing
from modwsgideploy.activation.state import read_state, shown_changes
from modwsgideploy.commands.outcome import OFF, ROLLED_BACK, Outcome
from modwsgideploy.commands.output import colored, note, shown
from modwsgideploy.errors import DeployError
from modwsgideploy.sites.remembered import FormerSite, forget, gone_sites

if TYPE_CHECKING:
    from modwsgideploy.activation.layout import ApacheLayout
    from modwsgideploy.commands.switching import Switching


def pruned(manifest: str, work: Switching) -> list[Outcome]:
    """Switch off what has gone from a manifest, or tell of it; return what
    became of each site.  Raises DeployError."""
    from modwsgideploy.system.diff import diff

    pruning = Pruning(manifest, work)
    run = work.run
    if not run.prune:
        pruning.tell()
        return []
    if not run.simulate:
        return pruning.prune()
    changes, outcomes = pruning.foretell()
    color = colored(sys.stdout) and not run.json
    diffs = [diff(shown_changes(change.all_paths), color=color)
             for change in changes]
    if not run.json:
        print("".join(diffs), end="", flush=True)
        return outcomes
    return [outcome._replace(diff=text)
            for outcome, text in zip(outcomes, diffs)]


class Pruning:
    """The sites that were on by earlier runs of a manifest, and are not in
    it."""

    def __init__(self, manifest: str, work: Switching) -> None:
        from fnmatch import fnmatchcase

        self.manifest, self.work = manifest, work
        only = work.run.only
        self.sites = [
            site for site in gone_sites(manifest, work.names)
            if _is_on(site, work.layout) and (not only or any(
                fnmatchcase(site.name, pattern) for pattern in only))]

    def tell(self) -> None:
        """Note each of them."""
        for site in self.sites:
            note(f"{site.name} is not in {shown(self.manifest)} any more, and"
                 f" is still on, from {site.output_dir}; --prune switches it"
                 " off", self.work.run)

    def check(self) -> None:
        """Raise DeployError where this user may not switch them off."""
        check_rights(self.work.layout, [
            path for change in self._changes() for path in change.all_paths])

    def foretell(self) -> tuple[list[SiteChange], list[Outcome]]:
        """Return what `prune` would change, and what would become of each."""
        changes = self._changes()
        found = rehearse(changes, self.work.layout, self._options)
        for line in found.unknown:
            note(line, self.work.run)
        return changes, self._outcomes(changes, found.results)

    def prune(self) -> list[Outcome]:
        """Switch them off; return what became of each.  Raises DeployError.
        """
        with checkpoint.locked(self.work.layout):
            self.work.recover_killed()
            changes = self._changes()
            check_rights(self.work.layout, [
                path for change in changes for path in change.all_paths])
            outcomes = self._outcomes(changes, apply.apply_changes(
                changes, self.work.layout, self._options) if changes else {})
        try:
            forget(self.manifest, [each.name for each in outcomes
                                   if each.status == OFF])
        except DeployError as error:
            note("\n".join(error.messages), self.work.run)
        return outcomes

    @property
    def _options(self) -> apply.ApplyOptions:
        return apply.ApplyOptions(False, not self.work.run.no_reload,
                                  self.work.run.timeout)

    def _changes(self) -> list[SiteChange]:
        sharing = Sharing(self.work.layout, self.work.host,
                          leaving=self.sites)
        units = self.work.layout.platform.units
        return [plan_off(site, sharing)._replace(
            server=self.work.servers.former(site, units))
            for site in self.sites]

    def _outcomes(self, changes: list[SiteChange],
                  results: dict[str, apply.SiteResult]) -> list[Outcome]:
        return [Outcome(
            change.name,
            ROLLED_BACK if results[change.name].messages else OFF,
            f"{shown(self.manifest)}, earlier", change.url, change.deployment,
            [(path.path, path.action) for path in change.all_paths],
            messages=results[change.name].messages,
            restored=results[change.name].restored) for change in changes]


def _is_on(site: FormerSite, layout: ApacheLayout) -> bool:
    """Tell whether Apache reads what `enable` has installed of ``site``."""
    link = installed_files(site, layout)[-1]
    text = read_state(os.path.realpath(link)).text or ""
    source = f"{site.output_dir}/{site.name}"
    return os.path.lexists(link) and (
        source_of(text) == source
        or os.path.realpath(link) == os.path.realpath(source))
