"""Find which applications share a host, and who makes its VirtualHost.

The VirtualHost is either in the file of the application that came first, or
in one of its own, HOST-host.conf.  It includes the directory HOST-host.d, in
which each other application has the file that mounts it.
"""

from __future__ import annotations

import os
from functools import cached_property, partial
from typing import Callable, Iterable, NamedTuple, Sequence

from modwsgideploy.activation import certbot
from modwsgideploy.activation.inside import mount_path
from modwsgideploy.activation.layout import ApacheLayout, Named
from modwsgideploy.activation.maintained import in_maintenance
from modwsgideploy.apache import shared_hosts
from modwsgideploy.apache.host import Host
from modwsgideploy.deployment import parts
from modwsgideploy.model.site import Site
from modwsgideploy.system.files import names_in, text_or_empty


class SharedHost(NamedTuple):
    """Where the host of one site is, or would be."""

    directory: str     # of the files that mount its applications
    conf: str          # the file that makes it alone
    link: str          # what switches that on; the same where no link does


class Sharing:
    """The shared hosts of one Apache, and of the ``sites`` that are switched
    together; sites that are only ``leaving`` are known by name."""

    def __init__(self, layout: ApacheLayout, host: Host,
                 sites: Sequence[Site] = (), leaving: Iterable[Named] = ()
                 ) -> None:
        self.layout, self._host = layout, host
        self._leaving = [*leaving]
        self._together: dict[str, list[Site]] = {}
        self._inside = [site for site in sites if site.inside]
        for site in sites:
            if site.shared_host:
                self._together.setdefault(site.shared_host, []).append(site)

    def place(self, site: Named) -> SharedHost:
        """Where the host of ``site`` is, or would be."""
        sites, name = self.layout.platform.sites, site.shared_host
        return SharedHost(
            f"{sites}/{name}.d", f"{sites}/{name}.conf",
            f"{self.layout.enabled or sites}/{name}.conf")

    def located(self, site: Named) -> Callable[[str], str]:
        """Return what makes a text of ``site`` name this Apache's directory
        of its host's applications."""
        return partial(shared_hosts.located,
                       directory=self.place(site).directory)

    @cached_property
    def _makers(self) -> dict[str, list[str]]:
        """The files in force that make each shared host, by its name."""
        found: dict[str, list[str]] = {}
        for path in self._host.paths:
            for name in self._host.shared_hosts(path):
                found.setdefault(name, []).append(path)
        return found

    def makers(self, site: Named) -> list[str]:
        """List the files in force that make the host of ``site``, other than
        its own."""
        if site.inside:
            return [os.path.realpath(site.inside)]
        if not site.shared_host or self.parted(site):
            return []
        own = self._own(site)
        return [path for path in self._makers.get(site.shared_host, ())
                if self._host.real_path(path) not in own]

    def is_maker(self, site: Named) -> bool:
        """Whether the file of ``site`` makes its host, and goes on to."""
        return not self.parted(site) and self._makes(site)

    def parted(self, site: Named) -> Site | None:
        """Return which site makes the host of ``site`` and cannot go on.

        Of the sites that are switched together one is mounted above it, and
        would take its requests, as what is included comes first.
        """
        sites = self._together.get(site.shared_host, [])
        for each in sites if len(sites) > 1 else ():
            if any(each.below.startswith(other.below + "/")
                   for other in sites) and self._makes(each):
                return each
        return None

    def _makes(self, site: Named) -> bool:
        """Whether the file of ``site`` makes its host now."""
        own = self._own(site)
        return any(self._host.real_path(path) in own for path in
                   self._makers.get(site.shared_host, ()))

    def _own(self, site: Named) -> set[str]:
        """The real paths of the file of ``site``, and certbot's copy."""
        return {os.path.realpath(f"{self.layout.platform.sites}/{name}")
                for name in (site.conf_name,
                             certbot.copy_name(site.conf_name))}

    def joins(self, site: Site) -> bool:
        """Whether ``site`` is to be mounted in a VirtualHost that is not in
        its own file."""
        if site.inside:
            return True
        if not site.shared_host or self.is_maker(site):
            return False
        return bool(self.makers(site)) or self.owner(site) is not None

    def owner(self, site: Site) -> Site | None:
        """The site whose deployment describes the host, of several that are
        switched together: the one at /, or the first."""
        sites = self._together.get(site.shared_host, [])
        if len(sites) < 2:
            return None
        return next((each for each in sites if each.mount_point == "/"),
                    sites[0])

    def beside(self, site: Named) -> list[Named]:
        """List the sites that are switched together and are in the same file
        of somebody else's as ``site``, itself included."""
        return [each for each in (*self._inside, *self._leaving)
                if each.inside and os.path.realpath(each.inside)
                == os.path.realpath(site.inside)]

    def mount_of(self, site: Named) -> str:
        """The file that mounts ``site`` in a VirtualHost that is not in its
        own file; "" if there is none."""
        if site.inside:
            path = mount_path(site, self.layout)
            return path if os.path.lexists(path) else ""
        return self.mounted(site).get(site.name, "")

    def mounted(self, site: Named) -> dict[str, str]:
        """Map each application in the host's directory to its file."""
        directory = self.place(site).directory if site.shared_host else ""
        return {name: f"{directory}/{each}" for name, each in
                shared_hosts.mounts_in(names_in(directory)).items()}

    def neighbours_below(self, site: Site) -> list[str]:
        """List the mount points of other applications of its host that are
        below that of ``site``."""
        mounted = [path for name, path in self.mounted(site).items()
                   if name != site.name]
        return sorted({url for path in (*mounted, *self.makers(site))
                       for url in parts.mount_points(text_or_empty(path))
                       if url.startswith(site.below + "/")
                       and url != site.mount_point})

    def maintained_above(self, site: Site) -> str:
        """Name the application of its host that is in maintenance, and stays
        so, with all that is below it, as ``site`` would be; "" for none."""
        here = {each.name for each in
                self._together.get(site.shared_host, ())}
        files = {**self.mounted(site), **{
            os.path.basename(path).removesuffix(".conf"): path
            for path in self.makers(site)}}
        return next((
            name for name, path in files.items()
            if name not in (site.name, *here) and in_maintenance(path)
            and any(site.mount_point.startswith(url.rstrip("/") + "/")
                    for url in parts.mount_points(text_or_empty(path)))), "")

    def others(self, site: Named) -> list[str]:
        """List the applications in the host's directory that stay when the
        sites that are switched together have left."""
        leaving = {each.name for each in (
            *self._leaving, *self._together.get(site.shared_host, ()))}
        return [name for name in self.mounted(site) if name not in leaving]
