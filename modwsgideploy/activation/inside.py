"""Plan the line that mounts an application in somebody else's VirtualHost.

No other byte of that file is changed.
"""

from __future__ import annotations

import os
import re
from typing import Iterable, Iterator

from modwsgideploy.activation.layout import ApacheLayout, Named
from modwsgideploy.activation.state import (
    PathChange,
    PathState,
    read_state,
    unless_there,
)
from modwsgideploy.apache.parser import Directive, Directives, parse
from modwsgideploy.apache.shared_hosts import mount_inside
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.deployment import parts
from modwsgideploy.errors import Failed
from modwsgideploy.quoting import apache
from modwsgideploy.system.files import text_or_empty

_OURS = re.compile(r'[ \t]*IncludeOptional[ \t]+"?(.+\.inside)"?[ \t]*\r?\n?')


def mount_path(site: Named, layout: ApacheLayout) -> str:
    """The path of the file that mounts ``site``, which the line names."""
    return f"{layout.platform.sites}/{mount_inside(site.name)}"


def plan_line(context: CheckContext, layout: ApacheLayout,
              others: Iterable[str]) -> tuple[list[PathChange], str]:
    """Plan to add the line; return the changes, and the text that will be.

    ``others`` are the names of sites that are to be mounted there in the same
    run.  Raises Failed where it is not clear where the line belongs.
    """
    site = context.site
    path = os.path.realpath(site.inside)
    old = read_state(path)
    if old.text is None or not layout.has(os.path.dirname(path)):
        raise Failed(f"--inside: {site.inside} is no file below {layout.root};"
                     " name the one of Apache's configuration with the"
                     f" VirtualHost for {site.server_name}")
    if not any(context.host.real_path(each) == path
               for each in context.host.paths):
        raise Failed(f"--inside: Apache does not read {site.inside}; switch"
                     " that on first")
    mount = mount_path(site, layout)
    if _line_of(mount).search(old.text):
        return [], old.text
    others = [*others]
    if others:
        raise Failed(f"--inside: {site.inside} gets one line at a time, and"
                     f" {' and '.join(others)} is to have one, too; choose one"
                     " by --only")
    section = _section(context, old.text, path)
    text = _with_line(old.text, section, mount, site.mount_point)
    return [PathChange(path, old, PathState(text, mode=old.mode))], text


def _line_of(mount: str) -> re.Pattern[str]:
    """Return the pattern of the line that names the file ``mount``."""
    return re.compile(r'(?m)^[ \t]*IncludeOptional[ \t]+"?' + re.escape(mount)
                      + r'"?[ \t]*\r?(?:\n|\Z)')


def _section(context: CheckContext, text: str, path: str) -> Directive:
    """Find the VirtualHost of the site in ``text``.  Raises Failed."""
    site = context.site
    found = Directives(each for each in parse(
        text, path, context.host.parse_context()) if each.path == path)
    hosts = {each: found.host_names.get(each.identity, [])
             for each in found.of("VirtualHost")}
    named = [each for each, names in hosts.items()
             if site.server_name.lower() in names]
    secure = [each for each in named if any(
        each in one.inside and one.text.lower() == "on"
        for one in found.of("SSLEngine"))]
    at_port = [each for each in named if any(
        word.rpartition(":")[2] == str(site.port) for word in each.arguments)]
    for chosen in (named, secure, at_port):
        if len(chosen) == 1:
            return chosen[0]
    if named:
        raise Failed(f"--inside: {site.inside} has several VirtualHosts for"
                     f" {site.server_name}, in the lines "
                     + ", ".join(str(each.line) for each in named)
                     + "; choose one by --port")
    names = sorted({name for names in hosts.values() for name in names})
    raise Failed(f"--inside: {site.inside} has no VirtualHost for"
                 f" {site.server_name}" + (f", but for {', '.join(names)}"
                                           if names else ""))


def _with_line(text: str, section: Directive, mount: str, mount_point: str
               ) -> str:
    """Return ``text`` with the line at the beginning of ``section``.

    Of several the one with the longest mount point comes first.
    """
    lines = text.splitlines(keepends=True)
    number = section.last_line
    while number < len(lines):
        ours = _OURS.fullmatch(lines[number])
        if not ours or any(len(url) < len(mount_point) for url in
                           parts.mount_points(text_or_empty(ours[1]))):
            break
        number += 1
    opening = lines[section.line - 1]
    indent = re.match(r"[ \t]*", opening)
    end = "\r\n" if opening.endswith("\r\n") else "\n"
    return "".join([
        *lines[:number], f"{indent[0] if indent else ''}    IncludeOptional"
        f" {apache(mount)}{end}", *lines[number:]])


def without_lines(sites: Iterable[Named], layout: ApacheLayout
                  ) -> Iterator[PathChange]:
    """Plan to remove the lines of ``sites``, which are in one file."""
    sites = [*sites]
    path = os.path.realpath(sites[0].inside)
    old = read_state(path)
    if old.text is None:
        return
    text = old.text
    for site in sites:
        text = _line_of(mount_path(site, layout)).sub("", text)
    yield from unless_there([PathChange(
        path, old, PathState(text, mode=old.mode))])
