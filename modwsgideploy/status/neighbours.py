"""Read from Apache which sites it has, whoever has written them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from modwsgideploy.activation.endpoint import (
    Endpoint,
    listens_of,
    parse_address,
)
from modwsgideploy.apache.aliases import UrlMapping, mappings
from modwsgideploy.apache.host import Host
from modwsgideploy.apache.parser import Directive
from modwsgideploy.apache.processes import (
    RunningDaemon,
    RunningProcess,
    process_of,
)
from modwsgideploy.apache.sections import Request, merged
from modwsgideploy.apache.shared_hosts import mount_inside

_TEST_PAGES = ("test.wsgi", "test.fcgi")


class ApacheSite(NamedTuple):
    """A VirtualHost, or an application of the main server."""

    name: str
    path: str               # the file that it is in
    endpoint: Endpoint
    groups: frozenset[str]  # of mod_wsgi's daemon processes
    certificate: str


def apache_sites(host: Host) -> list[ApacheSite]:
    """List what Apache serves, in the order of its files."""
    inside: dict[tuple[str, int, str], list[Directive]] = {}
    alone = []
    for each in host.directives:
        section = each.section("VirtualHost")
        if section:
            inside.setdefault(section.identity, []).append(each)
        elif each.key == "wsgiscriptalias":
            alone.append(each)
    hosts = {each.identity: each for each in
             host.directives.of("VirtualHost")}     # each once
    return [*_applications(host, alone), *(
        _of_host(host, each, inside.get(each.identity, []),
                 _name(host, each, hosts)) for each in hosts.values())]


def _applications(host: Host, aliases: list[Directive]
                  ) -> Iterator[ApacheSite]:
    """Yield the applications of the main server."""
    address, port = _plain_listen(host)
    for each in _mounts(aliases):
        yield ApacheSite(
            _stem(each.directive.path), each.directive.path,
            Endpoint(each.url, "", port, address or "127.0.0.1", False),
            _groups(host, [each]), "")


def _of_host(host: Host, section: Directive, inside: list[Directive],
             name: str) -> ApacheSite:
    """Describe the VirtualHost ``section``, with what is ``inside``."""
    def first(key: str) -> str:
        return next((each.arguments[0] for each in inside
                     if each.key == key and each.arguments), "")

    address, port = parse_address((*section.arguments, "")[0])
    port = port or _plain_listen(host)[1]
    address = address or next(
        (each.address for each in listens_of(host) if each.port == port), "")
    names = host.directives.host_names.get(section.identity, [])
    # What --inside has mounted there is a site by itself.
    mounts = _mounts(each for each in inside if each.key == "wsgiscriptalias"
                     and not each.path.endswith(mount_inside("")))
    return ApacheSite(
        name, section.path, Endpoint(
            mounts[0].url if mounts else "/", names[0] if names else "", port,
            address or "127.0.0.1", first("sslengine").lower() == "on"),
        _groups(host, mounts), first("sslcertificatefile"))


def _name(host: Host, section: Directive,
          hosts: dict[tuple[str, int, str], Directive]) -> str:
    """Name a VirtualHost by its file, unless that has several names."""
    names = host.directives.host_names
    there = {name for identity, each in hosts.items()
             if each.path == section.path
             for name in names.get(identity, [])[:1]}
    own = names.get(section.identity, [])
    return own[0] if own and len(there) > 1 else _stem(section.path)


def _plain_listen(host: Host) -> tuple[str, int]:
    """Where the main server is asked without encryption."""
    return next(((each.address, each.port) for each in listens_of(host)
                 if not each.tls), ("", 80))


def _mounts(aliases: Iterable[Directive]) -> list[UrlMapping]:
    """List the applications of ``aliases``, without our test pages."""
    return [each for each in mappings(aliases)
            if os.path.basename(each.path) not in _TEST_PAGES]


def _groups(host: Host, mounts: list[UrlMapping]) -> frozenset[str]:
    """Name the groups of daemon processes that run ``mounts``."""
    groups = []
    for each in mounts:
        group = each.directive.options.get("process-group")
        if group is None:
            named, _ = merged(
                (one for one in host.directives.of("WSGIProcessGroup")
                 if one.arguments), Request(
                    each.path, each.url,
                    each.directive.section("VirtualHost")))
            group = named[-1].arguments[0] if named else ""
        groups.append(group)
    return frozenset(groups) - {"", "%{GLOBAL}"}


def _stem(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0]


def processes_of_groups(groups: frozenset[str], daemons: list[RunningDaemon],
                        apache: int) -> tuple[RunningProcess, ...]:
    """Find the processes of ``groups`` that ``apache`` has started."""
    titles = {f"(wsgi:{group})".encode() for group in groups}
    found = (process_of(daemon.pid) for daemon in daemons
             if daemon.title in titles)
    return tuple(process for process in found
                 if process and process.parent == apache)
