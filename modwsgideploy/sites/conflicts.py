"""Find sites that are in each other's way on one server."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from modwsgideploy.apache.parser import Directive, host_name
from modwsgideploy.apache.shared_hosts import hosts_in
from modwsgideploy.model.site import Site
from modwsgideploy.sites import shared_daemons
from modwsgideploy.sites.fleet_site import FleetSite
from modwsgideploy.system.files import text_or_empty

# A host and a port of it; ("", 0) is the main server.
_Endpoint = tuple[str, int]


def conflicts(sites: Sequence[FleetSite]) -> Iterator[str]:
    """Say what sites of a fleet do to each other.

    Each names the later of two sites, then the earlier one.
    """
    hosts = _Hosts()
    taken: dict[tuple[str, str, str], FleetSite] = {}
    for one in sites:
        for claim in _claims(one.site):
            first = taken.setdefault(claim, one)
            if first is not one:
                verb, option, value = claim
                yield (f"{one.entry.source}: {verb} {value} as"
                       f" {first.entry.source} is; give each {option} of its"
                       " own")
        yield from hosts.add(one)
    for one in sites:
        yield from hosts.shadows(one)
    yield from shared_daemons.conflicts(sites)


def _claims(site: Site) -> Iterator[tuple[str, str, str]]:
    """What ``site`` must have for itself: (what it does, option, value)."""
    # So are its file in Apache's configuration, its logs and its processes.
    yield "is called", "a name", site.name
    yield "is written to", "an output-dir", _real(site.output_dir)
    if site.backend == "fastcgi" and site.fastcgi_mode == "proxy":
        yield "is reached by", "a fastcgi-socket", site.fastcgi_socket
    if site.backend == "http":
        yield "is reached by", "an http-socket", site.http_socket
    if site.in_htaccess:
        yield "is put into", "a web-directory", site.web_directory
    if site.inside:
        yield ("is mounted inside", "a mount-point",
               f"{site.inside} at {site.server_name}{site.mount_point}")


@lru_cache(1024)
def _real_directory(path: str) -> str:
    return os.path.realpath(path)


def _real(path: str) -> str:
    """``path`` without links."""
    if os.path.islink(path):
        return os.path.realpath(path)
    head, tail = os.path.split(path)
    return os.path.join(_real_directory(head), tail)


class _Hosts:
    """Keeps which site is on which host, below which path."""

    def __init__(self) -> None:
        self.hosts: dict[_Endpoint, FleetSite] = {}   # of a VirtualHost
        self.mounts: dict[str, FleetSite] = {}   # by path of the main server
        # of mod_fcgid
        self.body_limits: dict[_Endpoint, FleetSite] = {}
        # by host, port and URL
        self.static: dict[tuple[str, int, str], FleetSite] = {}

    def add(self, one: FleetSite) -> Iterator[str]:
        """Note a site; say which other one has its place already."""
        site = one.site
        if site.in_htaccess or site.inside:
            return
        if site.server_name:
            named = set()
            for endpoint in _endpoints(site):
                first = self.hosts.setdefault(endpoint, one)
                if first is not one and first.entry.source not in named and (
                        first.site.mount_point == site.mount_point
                        or not _share(first.site, site)):
                    named.add(first.entry.source)
                    yield _same_host(one, first, endpoint)
        else:
            first = self.mounts.setdefault(site.mount_point, one)
            if first is not one:
                yield (f"{one.entry.source}: is mounted at"
                       f" {site.mount_point} of the main server as"
                       f" {first.entry.source} is; give each a mount-point or"
                       " a server-name of its own")
        yield from self._add_body_limit(one)
        for static in site.static:
            for endpoint in _endpoints(site) or [("", 0)]:
                self.static.setdefault((*endpoint, static.url), one)

    def _add_body_limit(self, one: FleetSite) -> Iterator[str]:
        """Note the limit of bodies that mod_fcgid has for a whole host, or
        for the main server."""
        site = one.site
        if site.backend != "fastcgi" or site.fastcgi_mode == "proxy":
            return
        for endpoint in _endpoints(site)[:1] or [("", 0)]:
            first = self.body_limits.setdefault(endpoint, one)
            if first.site.limit_request_body != site.limit_request_body:
                setting = one.entry.settings.get("limit-request-body")
                yield (f"{setting.source if setting else one.entry.source}:"
                       " limit-request-body is one for all of"
                       f" {'a host' if site.server_name else 'the server'} on"
                       f" mod_fcgid, and {first.entry.source} has"
                       f" {first.site.limit_request_body}; give both the"
                       " same")

    def shadows(self, one: FleetSite) -> Iterator[str]:
        """Say which other site's static files, or mount point, hide it."""
        if one.site.in_htaccess or one.site.inside:
            return
        behind = [*self._behind_static(one)]
        if not behind and not one.site.server_name:
            behind = [*self._behind_another(one)]
        yield from behind

    def _behind_static(self, one: FleetSite) -> Iterator[str]:
        if not self.static:
            return
        for url in _above(one.site.mount_point):
            for endpoint in [("", 0), *_endpoints(one.site)]:
                first = self.static.get((*endpoint, url))
                if first and first is not one:
                    yield (f"{one.entry.source}: is mounted at"
                           f" {one.site.mount_point}, where"
                           f" {first.entry.source} serves static files at"
                           f" {url}, and these win; choose another"
                           " mount-point, or say by static = what the other"
                           " one serves")
                    return

    def _behind_another(self, one: FleetSite) -> Iterator[str]:
        site = one.site
        for url in (*_above(site.mount_point), "/"):
            first = self.mounts.get(url)
            if first and url != site.mount_point and _answers_first(
                    first.site, site):
                yield (f"{one.entry.source}: is mounted at"
                       f" {site.mount_point} of the main server, but"
                       f" {first.entry.source} at {url} takes all that is"
                       " below and comes first; choose another mount-point, a"
                       f" server-name, or a name before {first.site.name}")
                return


def _share(first: Site, second: Site) -> bool:
    """Whether two sites are applications of one VirtualHost."""
    return bool(first.shared_host) and first.shared_host == (
        second.shared_host) and _endpoints(first) == _endpoints(second)


def _answers_first(first: Site, site: Site) -> bool:
    """Whether Apache asks ``first`` before ``site`` who a request is for.

    It reads the files of sites by their names, and any Alias comes before all
    of WSGIScriptAlias.
    """
    orders = [(one.backend == "mod_wsgi", one.conf_name)
              for one in (first, site)]
    return orders[0] < orders[1]


def _endpoints(site: Site) -> list[_Endpoint]:
    """Each host and port at which ``site`` has a VirtualHost; none for a
    part of the main server."""
    if not site.server_name:
        return []
    ports = {site.port, 80} if site.redirects else {site.port}
    return [(host, port)
            for host in dict.fromkeys((site.server_name, *site.server_alias))
            for port in sorted(ports)]


def _same_host(one: FleetSite, first: FleetSite, endpoint: _Endpoint) -> str:
    """The message for two sites with the same VirtualHost."""
    host = f"{endpoint[0]}:{endpoint[1]}"
    if one.site.mount_point == first.site.mount_point:
        return (f"{one.entry.source}: is at {host}{one.site.mount_point} as"
                f" {first.entry.source} is; give each a host, a port or a"
                " mount-point of its own")
    return (f"{one.entry.source}: has a VirtualHost for {host} as"
            f" {first.entry.source} has, and of two Apache shows only one;"
            " give each a host or a port of its own")


def conflicts_with_enabled(sites: Sequence[FleetSite],
                           directives: Iterable[Directive]) -> Iterator[str]:
    """Say what the fleet would do to what this host's Apache serves already.

    A file of the name of one of the fleet's own is that, as it was before.
    """
    directives = tuple(directives)
    own = {one.site.conf_name for one in sites}
    taken: dict[str | _Endpoint | tuple[str, str], Directive] = {}
    processes = shared_daemons.Enabled(directives, own)
    for directive in directives:
        if os.path.basename(directive.path) not in own:
            for claim in _taken(directive):
                taken.setdefault(claim, directive)
    for one in sites if taken else ():
        difference = processes.otherwise(one.site)
        if difference:
            yield f"{one.entry.source}: {difference}"
        shares = one.site.daemon in processes.shared
        for claim in _wanted(one.site, shares):
            if claim in taken and not one.site.in_htaccess and not (
                    _is_joined(one.site, claim, taken[claim])):
                yield (f"{one.entry.source}: {_shown(claim)} is taken by"
                       f" {taken[claim].where}, which is enabled on this host;"
                       " disable that, or choose another")
                break


def _wanted(site: Site, shares: bool
            ) -> Iterator[str | _Endpoint | tuple[str, str]]:
    """What a site claims: the name of its processes, unless it shares them
    with a site that is enabled, and its place."""
    if not shares:
        yield site.process_group
    if site.inside:
        return
    if site.server_name:
        yield from _endpoints(site)
    else:
        yield "", site.mount_point


def _is_joined(site: Site, claim: str | _Endpoint | tuple[str, str],
               directive: Directive) -> bool:
    """Whether the VirtualHost of ``directive`` has ``site`` as well."""
    return not isinstance(claim, str) and bool(claim[0]) and any(
        name == site.shared_host
        for _, name in hosts_in(text_or_empty(directive.path)))


def _taken(directive: Directive
           ) -> Iterator[str | _Endpoint | tuple[str, str]]:
    """What a directive claims: the name of processes, or a place."""
    host = directive.section("VirtualHost")
    if not directive.arguments:
        return
    if directive.key == "wsgidaemonprocess":
        yield directive.arguments[0]
    elif directive.key == "wsgiscriptalias" and not host:
        yield "", directive.arguments[0]
    elif directive.key in ("servername", "serveralias") and host:
        for address in host.arguments:
            port = address.rpartition(":")[2]
            for name in directive.arguments if port.isdecimal() else ():
                yield host_name(name), int(port)


def _shown(claim: str | _Endpoint | tuple[str, str]) -> str:
    """What a site claims, in words."""
    if isinstance(claim, str):
        return f"the name {claim} of its processes"
    where, what = claim
    return f"{where}:{what}" if where else f"{what} of the main server"


def _above(path: str) -> Iterator[str]:
    """``path`` and each path above it, without the root."""
    while path.strip("/"):
        yield path
        path = path.rpartition("/")[0]
