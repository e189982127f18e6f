"""Check which virtual host answers for the site's name and address."""

from __future__ import annotations

import os
import shlex
from fnmatch import fnmatchcase

from modwsgideploy.apache.parser import Directive, split_address
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.checks.fixes import replace, sudo
from modwsgideploy.checks.neighbours import (
    answers_all,
    endpoints,
    is_certbots,
    is_read_first,
    makes_host,
    names_of,
    read_last,
)


def whole_server(context: CheckContext) -> CheckResult:
    """A site of the main server at ``/`` answers for every host name: also in
    each VirtualHost, for the URLs that it does not map itself.
    """
    for mount in context.mounts:
        if mount.url == "/" and not mount.directive.section("VirtualHost"):
            yield ("mounted at / without a server name, the site takes every"
                   " host of this Apache",
                   "give --server-name, or a --mount-point")


def same_place(context: CheckContext) -> CheckResult:
    """Two sites are at one place.  Of two virtual hosts with one name and
    port, as of two scripts at one mount point, only the first is ever asked.
    Applications of one host are in one virtual host: the others are included.
    """
    theirs = [each for each in context.neighbours.of(
        "WSGIScriptAlias", "ServerName", "ServerAlias")
        if not is_certbots(context, each)]
    for mount in context.mounts:
        ours = endpoints(context, mount.directive)
        for each in theirs:
            named = each.key != "wsgiscriptalias" and each.section(
                "VirtualHost")
            mounted = (each.key == "wsgiscriptalias"
                       and each.arguments[:1] == (mount.url,))
            shared = sorted(ours & endpoints(context, each))
            if shared and (mounted or named and not makes_host(
                    context, each.path)):
                place = f"{shared[0][1]}:{shared[0][0]}" if named else \
                    f"{shared[0][1]}{mount.url}"
                yield (f"{place} of {mount.directive.where} is taken by"
                       f" {each.where} as well; only one of them is asked",
                       context.another("server-name")
                       if named else context.another("mount-point"))
                return


def wildcard(context: CheckContext) -> CheckResult:
    """Of the virtual hosts that answer to a name, be it by ``ServerAlias
    *.example.com``, the first one that Apache reads is asked.
    """
    patterns = [(each, word.lower())
                for each in context.neighbours.of("ServerAlias")
                for word in each.arguments if "*" in word or "?" in word]
    for mount in () if context.site.inside or not patterns else context.mounts:
        for port, name in sorted(endpoints(context, mount.directive)):
            for each, word in patterns:
                if (port, word) in endpoints(context, each) and fnmatchcase(
                        name, word) and is_read_first(context, each):
                    yield (f"{name}:{port} of {mount.directive.where} is"
                           f" taken by {each.where}, which answers to {word}"
                           " and is read first", read_last(context, each))
                    return


def name_with_path(context: CheckContext) -> CheckResult:
    """``ServerName`` takes a name, with a scheme and a port if need be.  A
    path behind it is accepted and becomes a part of the name, for which no
    request ever asks: the first VirtualHost of that port answers.
    """
    for each in context.of("ServerName", "ServerAlias"):
        host = each.section("VirtualHost")
        for name in each.arguments if host else ():
            scheme, mark, rest = name.rpartition("://")
            plain, slash, _ = rest.partition("/")
            if slash and host and not answers_all(context, host):
                yield (f"{each.where} has the path of a URL in the name"
                       f" {name}, for which no request asks", context.edit(
                           each.path, replace(
                               each, name, f"{scheme}{mark}{plain}")))


def unlistened(context: CheckContext) -> CheckResult:
    """Apache answers at a port that a ``Listen`` directive names.  A virtual
    host for another port is accepted, and no request ever gets to it.
    """
    if not context.host or context.site.inside:
        return
    listened = {each.arguments[0].rpartition(":")[2]
                for each in context.effective.of("Listen") if each.arguments}
    for host in context.of("VirtualHost"):
        # Debian's ports.conf has its port for HTTPS once that is loaded.
        if "ssl" not in context.host.modules and any(
                each.section("VirtualHost") == host
                for each in context.of("SSLEngine")):
            continue
        ports = {port for _, port in map(split_address, host.arguments)}
        for port in sorted(ports - listened - {"*"}) if listened else ():
            yield (f"{host.where} is for port {port}, at which Apache does not"
                   " listen", _listen(context, port))


def _listen(context: CheckContext, port: str) -> str:
    """The command that has Apache listen at ``port``."""
    config = context.host.config if context.host else None
    path = context.site.platform.ports
    if config:
        path = os.path.join(os.path.dirname(config), "ports.conf")
        path = path if os.path.exists(path) else config
    command = (f"echo Listen {port} | {sudo(path)}tee -a"
               f" {shlex.quote(path)}")
    return command + ("" if config else
                      f" && sudo {context.site.platform.reload}")


def address(context: CheckContext) -> CheckResult:
    """A virtual host for an address takes all requests that arrive there:
    Apache looks for names among the hosts of that address alone, and ``*`` is
    for the addresses that no host names.
    """
    for ours in context.of("VirtualHost") if not context.site.inside else ():
        found = _hosts_for_addresses(context, ours)
        if found:
            where, each = next(iter(found.items()))
            more = f" ({len(found) - 1} more are like that)" \
                if len(found) > 1 else ""
            last = ours.raw_words[-1]
            yield (f"what comes to {where} goes to the VirtualHost at"
                   f" {each.where}, and never to <{ours}> at {ours.where}"
                   + more, context.edit(ours.path, replace(
                       ours, last, " ".join([last, *found]))))


def _hosts_for_addresses(context: CheckContext, ours: Directive
                         ) -> dict[str, Directive]:
    """The neighbours' VirtualHosts that Apache prefers to ``ours``, by the
    address that they name."""
    ports = {port for host, port in map(split_address, ours.arguments)
             if host == "*"}
    names = set(names_of(context, ours))
    return {word: each for each, word, port in context.neighbours.addressed
            if (port in ports or ports and port == "*")
            and word not in ours.arguments
            # Another check finds one of the same name.
            and not names & set(names_of(context, each))}
