"""Put the files of sites in their places, as far as Apache accepts them."""

from __future__ import annotations

from typing import Iterable, Sequence

from modwsgideploy.activation.answers import meaning
from modwsgideploy.activation.asking import OnDone
from modwsgideploy.activation.checkpoint import TAKEN_BACK, CheckpointFile
from modwsgideploy.activation.heeded import not_heeded
from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.placing import place
from modwsgideploy.activation.planner import SiteChange
from modwsgideploy.activation.rollback import put_back
from modwsgideploy.activation.servers import Servers
from modwsgideploy.activation.state import one_of_each_path
from modwsgideploy.apache.control import ConfigReport
from modwsgideploy.apache.host import Host


class Accepting:
    """Which of some sites have their files in place, and why others not."""

    def __init__(self, layout: ApacheLayout, on: bool, on_done: OnDone
                 ) -> None:
        self.layout, self.on_done = layout, on_done
        self._on = on
        self.applied: list[SiteChange] = []    # their files are in place
        self.servers = Servers()
        self.failed: dict[str, list[str]] = {}
        self.broken = False    # as it was before
        self.changed: list[str] = []   # paths that others have changed, too
        self.host = Host(layout.config)
        self.checkpoint = CheckpointFile(layout)

    def test(self) -> ConfigReport:
        """Ask Apache what it says to the configuration as it is."""
        self.host = Host(self.layout.config)
        return self.host.report

    def settle(self, sites: Sequence[SiteChange]) -> None:
        """Apply as many of ``sites`` as Apache accepts together."""
        while sites:
            self.apply(sites)
            report = self.test()
            if report.accepted:
                return
            guilty = [site for site in sites
                      if site.is_named_in(report.output)] or (
                          sites if len(sites) == 1 else [])
            if not guilty:
                break
            self.refuse(guilty, "Apache refuses the configuration"
                        + (", as it did before" if self.broken else ""),
                        meaning(report.output.splitlines(), guilty))
            sites = [site for site in sites if site not in guilty]
        if sites:
            self.take_back(sites)
            half = len(sites) // 2
            self.settle(sites[:half])
            self.settle(sites[half:])

    def refuse_unread(self) -> None:
        """Refuse what Apache does not read, or reads from elsewhere, too."""
        reasons = not_heeded(self.applied, self.host, self._on)
        if reasons:
            self.failed.update({name: [reason]
                                for name, reason in reasons.items()})
            self.take_back(site for site in self.applied
                           if site.name in reasons)
            self.settle(list(self.applied))

    def apply(self, sites: Iterable[SiteChange]) -> None:
        """Put the files of ``sites`` in their places."""
        sites = list(sites)
        self.applied += [site for site in sites if site not in self.applied]
        place(one_of_each_path(
            change for site in sites for change in site.paths))

    def take_back(self, sites: Iterable[SiteChange]) -> None:
        """Put back what was there before ``sites``."""
        sites = list(sites)
        self.applied = [site for site in self.applied if site not in sites]
        needed = {change.path for site in self.applied
                  for change in (*site.shared, *site.host)}
        self.changed += put_back(one_of_each_path(
            change for site in sites for change in site.paths
            if change.path not in needed))
        self.changed += self.servers.take_back(sites)

    def refuse(self, sites: Iterable[SiteChange], message: str,
               lines: Sequence[str] = ()) -> None:
        """Take ``sites`` back, and note why."""
        sites = list(sites)
        for site in sites:
            self.failed[site.name] = ["\n    ".join([
                message + (":" if lines else ""), *lines])]
            self.on_done(site.name)
        self.take_back(sites)
        self.mark(sites, TAKEN_BACK)

    def mark(self, sites: Iterable[SiteChange], letter: str) -> None:
        """Note on the disk what ``sites`` have reached."""
        for site in sites:
            self.checkpoint.mark(site.name, letter)
