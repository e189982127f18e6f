"""Describe one site of a fleet: its entry in the manifest, and what that
makes."""

from __future__ import annotations

from typing import NamedTuple

from modwsgideploy.model.project import Project
from modwsgideploy.model.site import Site
from modwsgideploy.sites.site_entry import SiteEntry


class FleetSite(NamedTuple):
    """One site of a fleet."""

    entry: SiteEntry
    site: Site
    project: Project


class UnreadableSite(NamedTuple):
    """One site whose project cannot be read."""

    entry: SiteEntry
    messages: tuple[str, ...]
