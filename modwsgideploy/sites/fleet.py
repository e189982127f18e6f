"""A manifest in, a Fleet out: all its sites, validated together.

What is wrong with the manifest is told all at once, before anything is
written: each site by itself, and what one does to another on the server.  A
project that cannot be read is not the manifest's fault: its sites are told
apart, and do not hold up the others.
"""

import gc
import os
import re
from contextlib import contextmanager
from typing import NamedTuple, Tuple

from modwsgideploy.apache.platforms import find_platform
from modwsgideploy.errors import Collector
from modwsgideploy.model.site import Site
from modwsgideploy.project.discovery import find_project
from modwsgideploy.project.frameworks import find_framework
from modwsgideploy.sites.conflicts import conflicts, conflicts_with_enabled
from modwsgideploy.sites.manifest import SiteEntry, read_manifest
from modwsgideploy.sites.resolve import choose, make_site


class FleetSite(NamedTuple):
    """One site of a fleet."""

    row: SiteEntry
    site: Site
    project: object    # a project.Project


class UnreadableSite(NamedTuple):
    """One site whose project cannot be read."""

    row: SiteEntry
    messages: Tuple[str, ...]


class Fleet(NamedTuple):
    """All sites of a manifest."""

    members: Tuple[FleetSite, ...]
    broken: Tuple[UnreadableSite, ...]


def read_fleet(source, name="", settings=None, found_mod_wsgi=None,
               enabled=(), advance=lambda: None):
    """The Fleet of the manifest ``source``, a path or a text stream.

    ``settings`` (dict of option name to Given) are put in place of what any
    site says; ``found_mod_wsgi`` is the version (str) this host has, and
    ``enabled`` are the Directives (see httpdconf.py) of its Apache.
    ``advance`` is called as each site is read.

    Raises DeployError with all that is wrong in the manifest.
    """
    with Collector() as collect, _without_gc():
        maker = _Maker(settings or {}, found_mod_wsgi, collect)
        for row in read_manifest(source, name, collect):
            maker.add(row)
            advance()
        collect.add(*conflicts(maker.members),
                    *conflicts_with_enabled(maker.members, enabled))
    return Fleet(tuple(maker.members), tuple(maker.broken))


@contextmanager
def _without_gc():
    """All that is made stays: to look for garbage again and again is vain."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Maker:
    """Makes Sites of Rows; what many of them share is looked up once."""

    def __init__(self, settings, found_mod_wsgi, collect):
        self.settings = settings
        self.found_mod_wsgi = found_mod_wsgi
        self.collect = collect
        self.members = []
        self.broken = []
        self.projects = {}
        self.platforms = {}

    def add(self, row):
        """Make the site of ``row``, or tell what is wrong with it."""
        if self.settings:
            row = row._replace(settings={**row.settings, **self.settings})
        mine = Collector()
        choices = choose(row.settings, mine)
        given = choices.values.get
        platform = mine(self._platform, given("platform"))
        if given("framework"):
            mine(find_framework, given("framework"))
        if row.project is None:
            mine.add(f"{row.source}: names no project; add"
                     " project = DIR, the directory of its project")
        if not mine.messages:
            project, messages = self._project(row.project.value, given)
            if messages:
                self.broken.append(
                    UnreadableSite(row, tuple(placed(row, messages))))
                return
            site = mine(make_site, project, choices, platform,
                        self.found_mod_wsgi)
            if site:
                self.members.append(FleetSite(row, site, project))
        self.collect.add(*placed(row, mine.messages))

    def _platform(self, name):
        """The Platform called ``name``.  Raises DeployError."""
        if name not in self.platforms:
            self.platforms[name] = find_platform(name)
        return self.platforms[name]

    def _project(self, directory, given):
        """The Project in ``directory`` and what is wrong, one of them."""
        virtualenv = given("virtualenv")
        if virtualenv and not os.path.isdir(virtualenv):
            virtualenv = ""   # and so the same for all that are not made yet
        key = (directory, given("config"), given("app_name"),
               given("framework"), given("application"), virtualenv)
        if key not in self.projects:
            mine = Collector()
            self.projects[key] = mine(
                find_project, directory, config=key[1], app_name=key[2],
                framework=key[3], application=key[4], virtualenv=virtualenv
            ), tuple(mine.messages)
        return self.projects[key]


def placed(row, messages):
    """``messages``, each with the line of the manifest that it is about."""
    for message in messages:
        option = re.match(r"--([a-z-]+): ", message)
        given = option and row.settings.get(option[1])
        if given:
            yield f"{given.source}: {message[option.end():]}"
        elif re.match(r".+?:\d+ (\[|column )", message):   # has it already
            yield message
        else:
            yield f"{row.source}: {message}"
