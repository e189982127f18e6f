"""Say which sites and projects each host of a fleet has."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from modwsgideploy.inventory.yaml import Value
from modwsgideploy.sites.fleet_site import FleetSite
from modwsgideploy.sites.options import BY_NAME, Option

# What each release has of its own, and the names that are told apart.
OF_RELEASE = ("virtualenv", "output-dir", "in-place", "deployment",
              "release-root", "baseline")
# The kinds of options whose values are numbers.
NUMBERS = ("count", "number", "port")
# In the place of the project's directory, which each release has elsewhere.
CODE = "{code}"


class Inventory(NamedTuple):
    """What Ansible is told of a fleet."""

    hosts: Mapping[str, Sequence[Mapping[str, Value]]]    # the sites of each
    groups: Mapping[str, Sequence[str]]
    projects: Mapping[str, str]      # directories by name
    left_out: Sequence[str]          # options that releases have of their own


def unfit(one: FleetSite) -> Iterator[str]:
    """Say why a site cannot be served by a fleet."""
    if not one.entry.hosts:
        yield (f"{one.entry.source}: is on no host; add hosts = NAME ..., or"
               " put it into [DEFAULT]")
    if (one.site.backend, one.site.mode) != ("mod_wsgi", "daemon"):
        yield (f"{one.entry.source}: is for --backend={one.site.backend}"
               f" --mode={one.site.mode}; a fleet serves sites in mod_wsgi's"
               " daemon processes")


def read_inventory(sites: Sequence[FleetSite]) -> Inventory:
    """Return the inventory of ``sites``, of which none is `unfit`."""
    keys = name_projects([one.project.directory for one in sites])
    names = dict.fromkeys(
        host for one in sites for host in one.entry.hosts)
    return Inventory(
        {host: [variables(one, keys) for one in sites
                if host in one.entry.hosts] for host in names},
        dict(group for one in sites for group in one.entry.groups),
        {key: directory for directory, key in keys.items()},
        [name for name in OF_RELEASE if any(
            one.entry.settings[name].source != one.entry.source
            for one in sites if name in one.entry.settings)])


def name_projects(directories: Sequence[str]) -> dict[str, str]:
    """Return a name for each of ``directories``, by which others know it."""
    names: dict[str, str] = {}
    for directory in directories:
        if directory not in names:
            stem = os.path.basename(directory) or "project"
            name, number = stem, 1
            while name in names.values():
                number += 1
                name = f"{stem}-{number}"
            names[directory] = name
    return names


def variables(one: FleetSite, keys: Mapping[str, str]) -> dict[str, Value]:
    """Return what the role is told of a site."""
    found: dict[str, Value] = {
        "name": one.site.name, "project": keys[one.project.directory]}
    for name, setting in one.entry.settings.items():
        if name not in (*OF_RELEASE, "name"):
            found[name.replace("-", "_")] = _value(
                BY_NAME[name], setting.value, one.project.directory)
    return found


def _value(option: Option, value: str | tuple[str, ...], directory: str
           ) -> Value:
    """Return the value of an option; paths in the project are those of the
    release."""
    if isinstance(value, tuple):
        return [_moved(text, directory) for text in value]
    if option.kind == "flag":
        return value.lower() in ("1", "yes", "true", "on", "y", "t")
    if value.isdecimal() and option.kind in NUMBERS:
        return int(value)
    return _moved(value, directory)


def _moved(text: str, directory: str) -> str:
    """Return ``text``, a path or NAME=PATH, as it is in a release."""
    return re.sub(rf"(\A|=){re.escape(directory)}/", rf"\1{CODE}/", text)
