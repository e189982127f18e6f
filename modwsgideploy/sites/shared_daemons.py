"""Compare sites that share daemon processes.

Apache takes the options of shared processes from the site that it reads
first, so all sites have to give them the same.  Each has an interpreter of its
own in them, which some compiled modules are not made for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from modwsgideploy.apache.parser import Directive
from modwsgideploy.backends.mod_wsgi import SHARED, daemon_options
from modwsgideploy.model.site import Site
from modwsgideploy.sites.fleet_site import FleetSite
from modwsgideploy.system.files import mapped_bytes
from modwsgideploy.system.venv import site_packages

# The option of ours that an option of WSGIDaemonProcess follows from.
_FROM = {"python-home": "virtualenv", "lang": "locale"}


def conflicts(sites: Sequence[FleetSite]) -> Iterator[str]:
    """Say what sites of a fleet do to the processes of others."""
    sharing = [one for one in sites if one.site.daemon]
    owners = {one.site.process_group: one for one in sites
              if not one.site.daemon} if sharing else {}
    firsts: dict[str, FleetSite] = {}
    for one in sharing:
        name = one.site.daemon
        if name in owners:
            yield (f"{_source(one, 'daemon')}: {name} is what the processes"
                   f" of {owners[name].entry.source} are called, and they are"
                   " not shared; choose another name")
        first = firsts.setdefault(name, one)
        if first is one:
            continue
        for key in _differing(first.site, one.site):
            mine, theirs = (_shown(each.site, key) for each in (one, first))
            yield (f"{_source(one, key)}: {key} is {mine}, but {theirs} for"
                   f" {first.entry.source}, which shares the daemon {name};"
                   " give both the same, or another daemon")


def _differing(first: Site, second: Site) -> list[str]:
    """The names of the options that two sites do not agree on."""
    a, b = (dict(options(site)) for site in (first, second))
    keys = [_FROM.get(name, name) for name in {**a, **b}
            if a.get(name) != b.get(name)]
    return [("baseline" if key == "virtualenv"
             and first.virtualenv == second.virtualenv else key)
            for key in dict.fromkeys(keys)]


def options(site: Site) -> list[tuple[str, str]]:
    """(name, value) of what defines the processes of ``site``, as text."""
    return [(str(option.name), str(option.value))
            for option in daemon_options(site)]


def _shown(site: Site, key: str) -> str:
    """The value of an option, as a manifest has it."""
    value = getattr(site, key.replace("-", "_"))
    return "empty" if value == "" else str(value)


def _source(one: FleetSite, key: str) -> str:
    """Where a site sets the option ``key``, or where it stands."""
    setting = one.entry.settings.get(key)
    return setting.source if setting else one.entry.source


class Enabled:
    """The shared daemon processes in Apache's configuration.

    ``directives`` are those in force; files called as one of ``own`` are left
    out.
    """

    def __init__(self, directives: Iterable[Directive],
                 own: Iterable[str] = ()) -> None:
        # name -> its WSGIDaemonProcess
        self.shared: dict[str, Directive] = {}
        guards = set()
        for directive in directives:
            if not directive.arguments or (
                    os.path.basename(directive.path) in own):
                continue
            if directive.key == "define":
                guards.add(directive.arguments[0])
            elif (directive.key == "wsgidaemonprocess"
                    and SHARED + directive.arguments[0] in guards):
                self.shared[directive.arguments[0]] = directive

    def otherwise(self, site: Site) -> str:
        """Say why ``site`` cannot share its daemon with what is enabled, ""
        where it can or does not."""
        directive = self.shared.get(site.daemon)
        if not directive:
            return ""
        differing = difference(directive.options, dict(options(site)))
        return differing and (
            f"shares the daemon {site.daemon} with {directive.where}, which is"
            f" enabled on this host and has {differing}; give the same, or"
            " another daemon")


def difference(theirs: Mapping[str, str], ours: Mapping[str, str]) -> str:
    """Say which options ``theirs`` has otherwise than ``ours``.

    Both map an option of WSGIDaemonProcess to its value.
    """
    return " and ".join(
        f"{name}={theirs[name]}" if name in theirs else f"no {name}"
        for name in {**ours, **theirs} if ours.get(name) != theirs.get(name))


# What a compiled module says that loads into one interpreter of a process
# only: Cython's since 0.29, and numpy.
_ONLY_ONE = re.compile(rb"can only be loaded into one interpreter per process"
                       rb"|cannot load module more than once per process")


@lru_cache(1024)
def only_one_interpreter(virtualenv: str) -> tuple[str, ...]:
    """The packages of ``virtualenv`` that a second interpreter of one process
    cannot import."""
    found: dict[str, bool] = {}
    for packages in site_packages(virtualenv):
        for head, directories, names in os.walk(packages):
            top = os.path.relpath(head, packages).partition(os.sep)[0]
            if top in found:
                directories[:] = []
            elif any(_says(os.path.join(head, name)) for name in sorted(names)
                     if name.endswith((".so", ".dylib"))):
                found[top if top != "." else "a module"] = True
                directories[:] = directories if top == "." else []
    return tuple(sorted(found))


def _says(path: str) -> bool:
    """Whether the compiled module at ``path`` says _ONLY_ONE."""
    with mapped_bytes(path) as data:
        return bool(_ONLY_ONE.search(data))
