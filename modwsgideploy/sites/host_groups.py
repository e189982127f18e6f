"""Name the hosts of a fleet that a manifest puts its sites on.

The key ``hosts`` of a site names hosts and groups, and a section
[hosts:GROUP] the hosts of a group.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from modwsgideploy.errors import Collector
from modwsgideploy.sites.options import Setting
from modwsgideploy.sites.site_entry import SiteEntry

HOSTS = "hosts"
GROUP = "hosts:"
# Every host that the manifest names.
ALL = "all"
# As Ansible takes them; its patterns have all other characters.
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_GROUP = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What the inventory has by itself.
_TAKEN = (ALL, "ungrouped", "sites")


class HostGroups:
    """The groups of a manifest; ``collect`` takes what is wrong."""

    def __init__(self, collect: Collector) -> None:
        self.collect = collect
        self.groups: dict[str, tuple[str, ...]] = {}
        self.named: dict[str, str] = {}      # every name, and where it stands

    def add(self, name: str, source: str,
            entries: Mapping[str, tuple[str, ...]]) -> None:
        """Note the group ``name``, whose section has these ``entries``."""
        if not _GROUP.fullmatch(name) or name in _TAKEN:
            self.collect.add(
                f"{source}: {name!r} cannot be the name of a group; take"
                " letters, digits and _, and none of " + ", ".join(_TAKEN))
            return
        others = sorted(set(entries) - {HOSTS})
        if others:
            self.collect.add(f"{source} {others[0]}: a group has nothing but"
                             " hosts; give this to its sites")
        hosts = self.split(Setting(entries.get(HOSTS, ()), source))
        if not hosts:
            self.collect.add(f"{source}: names no hosts; add hosts = NAME ...")
        self.groups[name] = hosts

    def split(self, setting: Setting) -> tuple[str, ...]:
        """Return the names in a value, between commas or spaces."""
        names = dict.fromkeys(" ".join(setting.texts).replace(
            ",", " ").split())
        for name in names:
            self.named.setdefault(name, setting.source)
            if name != ALL and (name in _TAKEN or not (
                    _HOST.fullmatch(name) or _GROUP.fullmatch(name))):
                self.collect.add(
                    f"{setting.source}: {name!r} cannot be the name of a"
                    " host; take letters, digits, . and -, and none of "
                    + ", ".join(_TAKEN))
        return tuple(names)

    def placed(self, entry: SiteEntry) -> SiteEntry:
        """Return ``entry`` with its hosts in the place of groups."""
        named = [name for name in entry.hosts if name in self.groups]
        everywhere = [name for name in self.named if name not in self.groups
                      and name != ALL]
        hosts = dict.fromkeys(
            host for name in entry.hosts for host in (
                everywhere if name == ALL
                else self.groups.get(name, (name,))))
        if ALL in entry.hosts and not everywhere:
            self.collect.add(f"{self.named[ALL]}: hosts = {ALL} is every host"
                             " that the manifest names, and it names none; add"
                             " a section [hosts:GROUP] with hosts = NAME ...")
        return entry._replace(hosts=tuple(hosts), groups=tuple(
            (name, self.groups[name]) for name in named))
