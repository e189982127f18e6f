"""Read from Apache which sites it has, whoever has written them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from modwsgideploy.activation.endpoint import (
    Endpoint,
    listens_of,
    parse_address,
)
from modwsgideploy.apache.aliases import mappings
from modwsgideploy.apache.host import Host
from modwsgideploy.apache.parser import Directive
from modwsgideploy.apache.processes import (
    RunningDaemon,
    RunningProcess,
    process_of,
)

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
        _of_host(host, each, inside.get(each.identity, []))
        for each in hosts.values())]


def _applications(host: Host, aliases: list[Directive]
                  ) -> Iterator[ApacheSite]:
    """Yield the applications of the main server."""
    listen = next((each for each in listens_of(host) if not each.tls), None)
    for each in mappings(aliases):
        if os.path.basename(each.path) not in _TEST_PAGES:
            yield ApacheSite(
                _stem(each.directive.path), each.directive.path, Endpoint(
                    each.url, "", listen.port if listen else 80,
                    listen.address or "127.0.0.1" if listen else "127.0.0.1",
                    False), _groups([each.directive]), "")


def _of_host(host: Host, section: Directive, inside: list[Directive]
             ) -> ApacheSite:
    """Describe the VirtualHost ``section``, with what is ``inside``."""
    def first(key: str) -> str:
        return next((each.arguments[0] for each in inside
                     if each.key == key and each.arguments), "")

    address, port = parse_address((*section.arguments, "")[0])
    port = port or 80
    address = address or next(
        (each.address for each in listens_of(host) if each.port == port), "")
    names = host.directives.host_names.get(section.identity, [])
    mount = next((each.url for each in mappings(
        each for each in inside if each.key == "wsgiscriptalias")
        if os.path.basename(each.path) not in _TEST_PAGES), "/")
    return ApacheSite(
        _stem(section.path), section.path, Endpoint(
            mount, names[0] if names else "", port, address or "127.0.0.1",
            first("sslengine").lower() == "on"),
        _groups(inside), first("sslcertificatefile"))


def _groups(directives: list[Directive]) -> frozenset[str]:
    """Name the groups of daemon processes that ``directives`` name."""
    return frozenset(filter(None, [
        each.options.get("process-group", "") if each.key == "wsgiscriptalias"
        else each.arguments[0] for each in directives
        if each.arguments and each.key in (
            "wsgiscriptalias", "wsgiprocessgroup")])) - {"%{GLOBAL}"}


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
