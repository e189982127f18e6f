"""Find managed domains that have a name in common.

Mod_md refuses them when Apache starts or reloads, which ends Apache; its own
test accepts them.  The rules are those of merge_mds_with_conf and
link_md_to_servers in mod_md.c.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from typing import NamedTuple

from modwsgideploy.apache.parser import Directive, Directives


class Conflict(NamedTuple):
    """Two managed domains that cannot be together."""

    first: Directive     # of the two, that which is read first
    second: Directive
    name: str            # why: a name of the second
    host: Directive | None = None    # the VirtualHost that both match

    @property
    def message(self) -> str:
        """What is wrong."""
        both = f"{self.second.where} and {self.first.where}"
        if self.host:
            return (f"{both} have mod_md get two certificates for the host"
                    f" {self.name} of {self.host.where}")
        return f"{both} both have mod_md get a certificate for {self.name}"


def md_conflicts(directives: Directives) -> Iterator[Conflict]:
    """Yield a Conflict for each two managed domains of ``directives``."""
    if any("servernames" in (word.lower() for word in each.arguments)
           for each in directives.of("MDMatchNames")):
        return     # by other rules, in few versions
    domains = list(_domains(directives))
    found = set()
    for number, (second, names) in enumerate(domains):
        for first, patterns in domains[:number]:
            for name in names:
                if any(_matches(pattern, name) for pattern in patterns) and (
                        (first, second) not in found):
                    found.add((first, second))
                    yield Conflict(first, second, name)
    for engine in directives.of("SSLEngine"):
        host = engine.section("VirtualHost")
        if host and engine.text.lower() == "on":
            having = [each for each, names in domains
                      if _is_for(names, directives, host)]
            if len(having) > 1 and (having[0], having[1]) not in found:
                found.add((having[0], having[1]))
                yield Conflict(having[0], having[1], directives.host_names[
                    host.identity][0], host)


def _domains(directives: Directives) -> Iterator[tuple[Directive, list[str]]]:
    """Yield (directive, names) of each managed domain, in their order."""
    for each in directives.of("MDomain", "MDomainSet"):
        members = [word for member in directives.of("MDMember", "MDMembers")
                   if member.inside[-1:] == (each,)
                   for word in member.arguments]
        # Of a section, in one version of httpd's dump, with its end.
        words = [word.lower().rstrip(">")
                 for word in (*each.arguments, *members)]
        yield each, [word for word in words
                     if word not in ("", "auto", "manual")]


def _matches(pattern: str, name: str) -> bool:
    """Whether a name of a managed domain is, or covers, another name."""
    return pattern == name or pattern.startswith("*.") and (
        pattern[1:] == "." + name.partition(".")[2])


def _is_for(names: list[str], directives: Directives, host: Directive
            ) -> bool:
    """Whether a managed domain of ``names`` is that of ``host``."""
    of_host = directives.host_names.get(host.identity, [])
    return any(fnmatch.fnmatchcase(name, pattern)
               for name in names for pattern in of_host) or any(
        _matches(name, of_host[0]) for name in names if of_host)
