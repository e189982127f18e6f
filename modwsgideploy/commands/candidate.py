"""Describe a site that is to be switched on or off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from modwsgideploy.activation import planner
from modwsgideploy.sites.fleet import placed

if TYPE_CHECKING:
    from modwsgideploy.checks.context import CheckContext
    from modwsgideploy.checks.finding import Finding
    from modwsgideploy.model.project import Project
    from modwsgideploy.model.site import Site
    from modwsgideploy.sites.site_entry import SiteEntry


class Selected(NamedTuple):
    """A site that is to be switched, as it was read."""

    entry: SiteEntry | None     # of a manifest
    site: Site | None = None    # None where it could not be read
    project: Project | None = None
    messages: Sequence[str] = ()


class Candidate(NamedTuple):
    """A site, and what is to become of it."""

    name: str
    entry: SiteEntry | None = None
    site: Site | None = None
    context: CheckContext | None = None         # None to disable
    change: planner.SiteChange | None = None    # None: it cannot be
    messages: Sequence[str] = ()                # and why
    findings: Sequence[Finding] = ()

    def refused(self, *messages: str) -> Candidate:
        """Return it with the reason why there is nothing to be done."""
        return self._replace(change=None, messages=(
            tuple(placed(self.entry, messages)) if self.entry else messages))
