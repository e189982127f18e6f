"""Start and stop the application servers of the sites of one run."""

from __future__ import annotations

from typing import Iterable

from modwsgideploy.activation import units
from modwsgideploy.activation.planner import SiteChange


class Servers:
    """Which servers a run has started or stopped, or begun to."""

    def __init__(self) -> None:
        self._begun: set[str] = set()     # by the names of their sites

    def start(self, sites: Iterable[SiteChange]) -> dict[str, str]:
        """Start those that are not begun; why some do not start, by name."""
        failures = {}
        for site in sites:
            if site.server and site.server.starts and (
                    site.name not in self._begun):
                self._begun.add(site.name)
                failures[site.name] = units.start(site.server)
        return {name: failure for name, failure in failures.items()
                if failure}

    def take_back(self, sites: Iterable[SiteChange]) -> list[str]:
        """Have what is begun of ``sites`` run as before.

        Returns the paths that somebody else has changed since.
        """
        changed = []
        for site in sites:
            if site.server and site.name in self._begun:
                changed += units.take_back(site.server)
                self._begun.discard(site.name)
        return changed

    def stop(self, sites: Iterable[SiteChange]) -> None:
        """Stop those that ``sites`` need no more."""
        for site in sites:
            if site.server and not site.server.starts:
                self._begun.add(site.name)
                units.stop(site.server)

    def resume(self, sites: Iterable[SiteChange]) -> None:
        """Take over from a run that was killed after it had started them."""
        self._begun = {site.name for site in sites
                       if site.server and site.server.starts}

    def forget(self, sites: Iterable[SiteChange]) -> None:
        """Have the next `start` start those of ``sites`` once more."""
        self._begun -= {site.name for site in sites}
