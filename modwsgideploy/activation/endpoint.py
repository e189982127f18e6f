"""Where a site is asked for: its address, port, name and path."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import Iterable, Mapping, NamedTuple

from modwsgideploy.apache import shared_hosts
from modwsgideploy.apache.host import Host
from modwsgideploy.apache.parser import Directive, parse
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.model.site import Site


class Endpoint(NamedTuple):
    """Where a site is asked for."""

    path: str
    host: str
    port: int
    address: str
    tls: bool
    # The status that it has to answer; -1 for any, 0 for that of a site that
    # works.
    wanted: int = 0

    @property
    def url(self) -> str:
        """The URL, as a person would type it."""
        scheme, usual = ("https", 443) if self.tls else ("http", 80)
        port = "" if self.port == usual else f":{self.port}"
        return f"{scheme}://{self.host or 'localhost'}{port}{self.path}"


class Listen(NamedTuple):
    """One Listen directive; the address is "" for every address."""

    address: str
    port: int
    tls: bool


def find_endpoint(context: CheckContext, path: str | None = None) -> Endpoint:
    """Find out from its files where to ask for a site.

    ``path`` is by default its mount point.
    """
    from urllib.parse import quote

    site = context.site
    mount = next(iter(context.mounts), None)
    path = path or quote(mount.url if mount else site.mount_point,
                         safe="/=;:@+$,!~*'()&")
    section = mount and mount.directive.section("VirtualHost")
    listens = listens_of(context.host)
    if not section:
        listen = next((each for each in listens if not each.tls),
                      Listen("", 80, False))
        return Endpoint(path, site.server_name, listen.port,
                        listen.address or "127.0.0.1", False)
    return _endpoint_of(section, context.own, context, path)


def endpoints_in_host(context: CheckContext, texts: Mapping[str, str],
                      path: str | None = None) -> tuple[Endpoint, ...]:
    """Find where to ask for a site that VirtualHosts of others include.

    ``texts`` are the files of these, by their paths.  Those with HTTPS come
    first, for the others may lead to them.
    """
    path = path or find_endpoint(context).path
    found = []
    for file_path, text in texts.items():
        directives = parse(text, file_path, context.host.parse_context())
        found += [
            _endpoint_of(section, directives, context, path)
            for each in directives if each.key == "includeoptional"
            and _includes(each, context.site) and (
                section := each.section("VirtualHost"))]
    return tuple(sorted(dict.fromkeys(found), key=lambda each: not each.tls)
                 ) or (find_endpoint(context, path),)


def _includes(directive: Directive, site: Site) -> bool:
    """Whether an Include is what mounts ``site``."""
    if site.inside:
        return os.path.basename((*directive.arguments, "")[0]) == (
            shared_hosts.mount_inside(site.name))
    return any(name == site.shared_host for _, name
               in shared_hosts.hosts_in(str(directive)))


def _endpoint_of(section: Directive, directives: Iterable[Directive],
                 context: CheckContext, path: str) -> Endpoint:
    """Return where to ask for ``path`` of the VirtualHost ``section``."""
    site = context.site
    inside = [each for each in directives if section in each.inside]
    name = next((each.arguments[0] for each in inside
                 if each.key == "servername" and each.arguments),
                site.server_name)
    address, port = parse_address((*section.arguments, "")[0])
    port = port or site.port
    return Endpoint(
        path, re.sub(r"^\w+://|:\d+$", "", name), port,
        address or next((each.address for each in listens_of(context.host)
                         if each.port == port), "") or "127.0.0.1",
        any(each.key == "sslengine" and each.arguments[:1]
            and each.arguments[0].lower() == "on" for each in inside))


@lru_cache(8)
def listens_of(host: Host) -> list[Listen]:
    """List what the Apache of ``host`` listens on."""
    found = []
    for each in host.directives:
        if each.key == "listen" and each.arguments:
            address, port = parse_address(each.arguments[0])
            found.append(Listen(
                address, port, "https" in each.arguments[1:]
                or port == 443 and len(each.arguments) < 2))
    return found


def parse_address(text: str) -> tuple[str, int]:
    """Split what a Listen or VirtualHost names; "" and 0 mean any."""
    address, _, port = text.rpartition(":")
    if not port.isdigit():
        address, port = text, "0"
    address = address.strip("[]")
    if address in ("*", "_default_", "0.0.0.0", "::") or address.isdigit():
        address = ""
    return address, int(port)
