"""Tell which directives are other sites', and which Apache reads first."""

from __future__ import annotations

import os
import shlex

from modwsgideploy.apache.parser import Directive, split_address
from modwsgideploy.apache.shared_hosts import is_shared_host
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.fixes import sudo


def is_certbots(context: CheckContext, directive: Directive) -> bool:
    """Whether it is in what certbot made of the site's own file."""
    return os.path.basename(directive.path) in [
        os.path.basename(path).removesuffix(".conf") + "-le-ssl.conf"
        for path in (context.enabled, context.site.conf_name)]


def makes_host(context: CheckContext, path: str) -> bool:
    """Whether the file at ``path`` makes the host of the site, and includes
    the applications that are mounted there."""
    if context.site.inside:
        return context.host.real_path(path) == os.path.realpath(
            context.site.inside)
    return context.site.shared_host in context.host.shared_hosts(path)


def in_same_host(context: CheckContext, directive: Directive) -> bool:
    """Whether ``directive`` is of another application in the site's host."""
    directory = os.path.dirname(directive.path)
    return (is_shared_host(directory) and os.path.basename(directory)
            == os.path.basename(context.site.applications)
            or makes_host(context, directive.path))


def asked_later(context: CheckContext, taker: Directive, url: str) -> bool:
    """Whether ``taker`` is of another application in the same host whose
    path is shorter than ``url``: the longest path is asked first there."""
    return (taker not in context.own and in_same_host(context, taker)
            and not taker.key.endswith("match")
            and len((*taker.arguments, url)[0].rstrip("/"))
            < len(url.rstrip("/")))


def names_of(context: CheckContext, host: Directive) -> list[str]:
    """The names of a VirtualHost section, ServerName first."""
    return context.host_names.get(host.identity, [])


def answers_all(context: CheckContext, host: Directive) -> bool:
    """Whether each request goes to ``host``: no other VirtualHost is there,
    and it is for every address at which Apache listens."""
    others = [each for each in context.effective.of("VirtualHost")
              if each.identity != host.identity
              and names_of(context, each)[:1] != names_of(context, host)[:1]]
    listened = _listened(context)
    return not others and bool(listened) and all(
        _is_at(host, word) for word in listened)


def shares_name(context: CheckContext, host: Directive) -> bool:
    """Whether ``host`` has the name of the server, as one without ServerName
    has, and another of that name answers where it does not itself."""
    if names_of(context, host) or any(
            address != "*" for address, _ in map(split_address,
                                                 host.arguments)):
        return False
    elsewhere = [word for word in _listened(context)
                 if not _is_at(host, word)]
    others = [each for each in context.effective.of("VirtualHost")
              if any(_is_at(each, word) for word in elsewhere)]
    return bool(elsewhere) and (not others or not all(
        names_of(context, each) for each in others))


def _listened(context: CheckContext) -> list[str]:
    """The addresses at which Apache listens, as written."""
    return [each.arguments[0] for each in context.effective.of("Listen")
            if each.arguments]


def _is_at(host: Directive, address: str) -> bool:
    """Whether a VirtualHost is for an address at which Apache listens."""
    return address in host.arguments or any(
        name == "*" and port in ("*", address.rpartition(":")[2])
        for name, port in map(split_address, host.arguments))


def endpoints(context: CheckContext, directive: Directive
              ) -> set[tuple[str, str]]:
    """The (port, name) pairs at which a directive's server answers."""
    host = directive.section("VirtualHost")
    if not host:
        return {("", "")}
    ports = {address.rpartition(":")[2] for address in host.arguments}
    return {(port, name) for port in ports
            for name in names_of(context, host)}


def is_read_first(context: CheckContext, directive: Directive) -> bool:
    """Whether Apache reads a neighbour's ``directive`` before the site's."""
    if context.enabled:
        paths = context.host.paths
        return paths.index(directive.path) < paths.index(context.enabled)
    return not _is_beside(context, directive) or (
        os.path.basename(directive.path) < context.site.conf_name)


def _is_beside(context: CheckContext, directive: Directive) -> bool:
    """Whether it stands in the directory where the site's file is put."""
    directory = (os.path.dirname(context.enabled) if context.enabled
                 else context.site.platform.sites_enabled)
    return os.path.dirname(directive.path) == directory


def read_last(context: CheckContext, directive: Directive) -> str:
    """The command that has Apache read the file of ``directive`` last."""
    if not _is_beside(context, directive):
        return context.another("server-name")
    if directive.path in context.host.included:
        return (f"put the Include of {context.enabled or context.conf} before"
                f" that of {directive.path}")
    directory, name = os.path.split(directive.path)
    command = sudo(directory) + shlex.join(
        ["mv", directive.path, f"{directory}/zzz-{name}"])
    return command + ("" if context.host.config else
                      f" && sudo {context.site.reload}")
