"""Read all sites of a manifest, and validate them together.

What is wrong with the manifest is told all at once, before anything is
written: each site by itself, and what one does to another on the server.  A
project that cannot be read is not the manifest's fault: its sites are told
apart, and do not hold up the others.
"""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TextIO

from modwsgideploy.apache.parser import Directive
from modwsgideploy.apache.platforms import Platform, find_platform
from modwsgideploy.errors import Collector
from modwsgideploy.model.project import Project
from modwsgideploy.model.release import current_project
from modwsgideploy.project.discovery import find_project
from modwsgideploy.project.frameworks import find_framework
from modwsgideploy.sites.conflicts import conflicts, conflicts_with_enabled
from modwsgideploy.sites.fleet_site import FleetSite, UnreadableSite
from modwsgideploy.sites.manifest import read_manifest
from modwsgideploy.sites.options import Setting
from modwsgideploy.sites.resolve import choose, make_site
from modwsgideploy.sites.site_entry import SiteEntry

Complete = Callable[[SiteEntry], Mapping[str, Setting]]
Demand = Callable[[FleetSite], Iterable[str]]


class Fleet(NamedTuple):
    """All sites of a manifest."""

    sites: tuple[FleetSite, ...]
    unreadable: tuple[UnreadableSite, ...]
    names: frozenset[str] = frozenset()    # of all that the manifest has


def read_fleet(source: str | os.PathLike[str] | TextIO, name: str = "",
               settings: Mapping[str, Setting] | None = None,
               found_mod_wsgi: str | None = None,
               enabled: Sequence[Directive] = (),
               advance: Callable[[], None] = lambda: None,
               complete: Complete = lambda entry: entry.settings,
               demand: Demand | None = None) -> Fleet:
    """Read the manifest ``source``, a path or a text stream.

    ``settings`` (by the name of the option) are put in place of what any site
    says; ``found_mod_wsgi`` is the version this host has, and ``enabled`` are
    the Directives of its Apache.  ``advance`` is called as each site is read,
    and ``complete`` gives the settings of an entry with those that an earlier
    deployment of it adds.  Where all sites are needed, ``demand`` says what is
    wrong with one, and one that is unreadable is wrong as well.

    Raises DeployError with all that is wrong in the manifest.
    """
    with Collector() as collect, _without_gc():
        maker = _Maker(settings or {}, found_mod_wsgi, collect, complete)
        for entry in read_manifest(source, name, collect):
            maker.add(entry)
            advance()
        collect.add(*_conflicts(maker.sites),
                    *conflicts_with_enabled(maker.sites, enabled))
        if demand:
            collect.add(*(message for one in maker.unreadable
                          for message in one.messages),
                        *(message for one in maker.sites
                          for message in demand(one)))
    return Fleet(tuple(maker.sites), tuple(maker.unreadable), frozenset(
        [one.entry.name for one in maker.sites]
        + [one.entry.name for one in maker.unreadable]))


def _conflicts(sites: Sequence[FleetSite]) -> list[str]:
    """Say what the sites of each host do to each other, once."""
    hosts = dict.fromkeys(host for one in sites for host in one.entry.hosts
                          or ("",))
    return [*dict.fromkeys(message for host in hosts for message in conflicts(
        [one for one in sites if host in (one.entry.hosts or ("",))]))]


@contextmanager
def _without_gc() -> Iterator[None]:
    """Pause the garbage collector: all that is made here stays."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Maker:
    """Makes Sites of the entries of a manifest; what many of them share is
    looked up once."""

    def __init__(self, settings: Mapping[str, Setting],
                 found_mod_wsgi: str | None, collect: Collector,
                 complete: Complete) -> None:
        self.settings = settings
        self.found_mod_wsgi = found_mod_wsgi
        self.collect = collect
        self.complete = complete
        self.sites: list[FleetSite] = []
        self.unreadable: list[UnreadableSite] = []
        self.projects: dict[
            tuple[Any, ...], tuple[Project | None, tuple[str, ...]]] = {}
        self.platforms: dict[str | None, Platform] = {}

    def add(self, entry: SiteEntry) -> None:
        """Make the site of ``entry``, or note what is wrong with it."""
        if self.settings:
            entry = entry._replace(
                settings={**entry.settings, **self.settings})
        if entry.project:    # of which a release may be served
            entry = entry._replace(project=entry.project._replace(
                value=current_project(entry.project.text)))
        entry = entry._replace(settings=dict(self.complete(entry)))
        own = Collector()
        choices = choose(entry.settings, own)
        platform = own(self._platform, choices.values.get("platform"))
        if choices.values.get("framework"):
            own(find_framework, choices.values["framework"])
        if entry.project is None:
            own.add(f"{entry.source}: names no project; add"
                    " project = DIR, the directory of its project")
        elif platform and not own.messages:
            project, messages = self._project(
                entry.project.text, choices.values)
            if not project:
                self.unreadable.append(
                    UnreadableSite(entry, tuple(placed(entry, messages))))
                return
            site = own(make_site, project, choices, platform,
                       self.found_mod_wsgi)
            if site:
                self.sites.append(FleetSite(entry, site, project))
        self.collect.add(*placed(entry, own.messages))

    def _platform(self, name: str | None) -> Platform:
        """The Platform called ``name``.  Raises DeployError."""
        if name not in self.platforms:
            self.platforms[name] = find_platform(name)
        return self.platforms[name]

    def _project(self, directory: str, given: Mapping[str, Any]
                 ) -> tuple[Project | None, tuple[str, ...]]:
        """The Project in ``directory`` or what is wrong with it."""
        virtualenv = given.get("virtualenv")
        if virtualenv and not os.path.isdir(virtualenv):
            virtualenv = ""   # and so the same for all that are not made yet
        chosen = {name: given.get(name) for name in (
            "config", "app_name", "framework", "application",
            "global_conf")}
        key = (directory, *chosen.values(), virtualenv)
        if key not in self.projects:
            own = Collector()
            self.projects[key] = own(
                find_project, directory, virtualenv=virtualenv, **chosen
            ), tuple(own.messages)
        return self.projects[key]


def placed(entry: SiteEntry, messages: Iterable[str]) -> Iterator[str]:
    """``messages``, each with the line of the manifest that it is about."""
    for message in messages:
        option = re.match(r"--([a-z-]+): ", message)
        setting = entry.settings.get(option[1]) if option else None
        if option and setting:
            yield f"{setting.source}: {message[option.end():]}"
        elif re.match(r".+?:\d+ (\[|column )", message):   # has it already
            yield message
        else:
            yield f"{entry.source}: {message}"
