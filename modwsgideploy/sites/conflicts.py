"""What sites do to each other on one server."""

import os
from functools import lru_cache

from modwsgideploy.apache.parser import host_name
from modwsgideploy.sites import shared_daemons


def conflicts(members):
    """What sites of a fleet do to each other, as messages.

    Each names the later of two sites, then the earlier one.
    """
    hosts = _Hosts()
    taken = {}
    for member in members:
        for claim in _claims(member.site):
            first = taken.setdefault(claim, member)
            if first is not member:
                verb, option, value = claim
                yield (f"{member.row.source}: {verb} {value} as"
                       f" {first.row.source} is; give each {option} of its"
                       " own")
        yield from hosts.add(member)
    for member in members:
        yield from hosts.shadows(member)
    yield from shared_daemons.conflicts(members)


def _claims(site):
    """What ``site`` must have for itself: (what it does, option, value)."""
    # So are its file in Apache's configuration, its logs and its processes.
    yield "is called", "a name", site.name
    yield "is written to", "an output-dir", _real(site.output_dir)
    if site.backend == "fastcgi" and site.fastcgi_mode == "proxy":
        yield "is reached by", "a fastcgi-socket", site.fastcgi_socket
    if site.in_htaccess:
        yield "is put into", "a web-directory", site.web_directory


@lru_cache(1024)
def _real_directory(path):
    return os.path.realpath(path)


def _real(path):
    """``path`` without links."""
    if os.path.islink(path):
        return os.path.realpath(path)
    head, tail = os.path.split(path)
    return os.path.join(_real_directory(head), tail)


class _Hosts:
    """Who is where: on which host, below which path."""

    def __init__(self):
        self.hosts = {}     # (host, port) -> the Member whose VirtualHost
        self.mounts = {}    # path -> the Member mounted on the main server
        self.static = {}    # (host or "", port, URL) -> the Member

    def add(self, member):
        """Note a site; messages of who is in its place already."""
        site = member.site
        if site.in_htaccess:
            return
        if site.server_name:
            told = set()
            for place in _places(site):
                first = self.hosts.setdefault(place, member)
                if first is not member and first.row.source not in told:
                    told.add(first.row.source)
                    yield _same_host(member, first, place)
        else:
            first = self.mounts.setdefault(site.mount_point, member)
            if first is not member:
                yield (f"{member.row.source}: is mounted at"
                       f" {site.mount_point} of the main server as"
                       f" {first.row.source} is; give each a mount-point or"
                       " a server-name of its own")
        for static in site.static:
            for host, port in _places(site) if site.server_name else [("", 0)]:
                self.static.setdefault((host, port, static.url), member)

    def shadows(self, member):
        """Messages of who hides the site: the static files, or the mount
        point, of another."""
        site = member.site
        if site.in_htaccess:
            return
        behind = [*self._behind_static(member)]
        if not behind and not site.server_name:
            behind = self._behind_another(member)
        yield from behind

    def _behind_static(self, member):
        site = member.site
        if not self.static:
            return
        places = [("", 0)]
        if site.server_name:
            places += _places(site)
        for url in _above(site.mount_point):
            for place in places:
                first = self.static.get((*place, url))
                if first and first is not member:
                    yield (f"{member.row.source}: is mounted at"
                           f" {site.mount_point}, where {first.row.source}"
                           f" serves static files at {url}, and these win;"
                           " choose another mount-point, or say by static ="
                           " what the other one serves")
                    return

    def _behind_another(self, member):
        site = member.site
        for url in (*_above(site.mount_point), "/"):
            first = self.mounts.get(url)
            if first and url != site.mount_point and _answers_first(
                    first.site, site):
                yield (f"{member.row.source}: is mounted at"
                       f" {site.mount_point} of the main server, but"
                       f" {first.row.source} at {url} takes all that is below"
                       " and comes first; choose another mount-point, a"
                       f" server-name, or a name before {first.site.name}")
                return


def _answers_first(first, site):
    """Whether Apache asks ``first`` before ``site`` who a request is for.

    It reads the files of sites by their names, and any Alias comes before all
    of WSGIScriptAlias.
    """
    orders = [(one.backend == "mod_wsgi", one.conf_name)
              for one in (first, site)]
    return orders[0] < orders[1]


def _places(site):
    """Each (host, port) at which ``site`` has a VirtualHost."""
    ports = {site.port, 80} if site.certificate else {site.port}
    return [(host, port)
            for host in dict.fromkeys((site.server_name, *site.server_alias))
            for port in sorted(ports)]


def _same_host(member, first, place):
    """The message for two sites with the same VirtualHost."""
    host = f"{place[0]}:{place[1]}"
    if member.site.mount_point == first.site.mount_point:
        return (f"{member.row.source}: is at {host}"
                f"{member.site.mount_point} as {first.row.source} is; give"
                " each a host, a port or a mount-point of its own")
    return (f"{member.row.source}: has a VirtualHost for {host} as"
            f" {first.row.source} has, and of two Apache shows only one; give"
            " each a host or a port of its own")


def conflicts_with_enabled(members, directives):
    """What the fleet would do to what this host's Apache serves already.

    A file of the name of one of the fleet's own is that, as it was before.
    """
    own = {member.site.conf_name for member in members}
    taken = {}
    processes = shared_daemons.Enabled(directives, own)
    for directive in directives:
        if os.path.basename(directive.path) not in own:
            for place in _taken(directive):
                taken.setdefault(place, directive.where)
    for member in members if taken else ():
        site = member.site
        claims = [site.process_group, ("", site.mount_point)]
        if site.daemon in processes.shared:
            claims[0] = None
            told = processes.otherwise(site)
            if told:
                yield f"{member.row.source}: {told}"
        if site.server_name:
            claims[1:] = _places(site)
        for claim in claims:
            if claim in taken and not site.in_htaccess:
                yield (f"{member.row.source}: {_shown(claim)} is taken by"
                       f" {taken[claim]}, which is enabled on this host;"
                       " disable that, or choose another")
                break


def _taken(directive):
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


def _shown(claim):
    """What `_taken` gives, in words."""
    if isinstance(claim, str):
        return f"the name {claim} of its processes"
    where, what = claim
    return f"{where}:{what}" if where else f"{what} of the main server"


def _above(path):
    """``path`` and each path above it, without the root."""
    while path.strip("/"):
        yield path
        path = path.rpartition("/")[0]
