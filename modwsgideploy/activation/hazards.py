"""Find what would end all of Apache although its own test accepts it.

Apache reads keys and all else of TLS, and opens ports, only when it starts or
reloads, and ends when that fails: every site of it is down then.
"""

from __future__ import annotations

import errno
import os
import re
import socket
from typing import Iterator, NamedTuple

from modwsgideploy.activation.endpoint import parse_address
from modwsgideploy.apache.control import Service
from modwsgideploy.apache.host import Host
from modwsgideploy.apache.md_conflicts import md_conflicts
from modwsgideploy.apache.parser import Directive, Directives
from modwsgideploy.apache.tls_trial import TlsHost, refusals, tls_hosts
from modwsgideploy.checks.tls import changed_at, key_trouble, pairs_in

# Debian's way to ask at the terminal, which is the same as Apache's own.
_ASKS = re.compile(r"builtin|(exec:|\|).*/ask-for-passphrase$")


class Hazard(NamedTuple):
    """What would end Apache."""

    path: str       # the file of the configuration that says so
    message: str


class InForce(NamedTuple):
    """What Apache has read, and need not be able to read again."""

    keys: frozenset[str]
    listens: frozenset[str]
    tls: frozenset[TlsHost]
    read_at: float      # when Apache has last read its configuration


def in_force(host: Host, service: Service | None) -> InForce:
    """Note what Apache has in force before anything is changed."""
    try:
        read_at = os.stat(service.pid_file).st_mtime if service else 0.0
    except OSError:
        read_at = 0.0
    return InForce(
        frozenset(key for _, key, _ in pairs_in(host.directives)),
        frozenset(_listens(host.directives)),
        frozenset(tls_hosts(host.directives)), read_at)


def find_hazards(host: Host, before: InForce, restart: bool
                 ) -> Iterator[Hazard]:
    """Find what would end Apache when it reads what ``host`` has now.

    ``restart`` says whether it is stopped and started for that.
    """
    untried = set()    # files with keys that only Apache can read
    for certificate, key, directive in pairs_in(host.directives):
        trouble = key_trouble(certificate, key)
        if trouble or not os.access(key, os.R_OK):
            untried.add(directive.path)
        if trouble and not (trouble.password and (
                not _asks(host) or not restart and _is_kept(key, before))):
            yield Hazard(directive.path,
                         f"{directive.where}: {trouble.message} [MWD702]")
    for address, directive in _listens(host.directives).items():
        if address not in before.listens:
            reason = _taken(address)
            if reason:
                yield Hazard(
                    directive.path,
                    f"{directive.where}: Apache cannot listen at {address}"
                    f" ({reason})")
    if "ssl" in host.modules and host.report.directives is not None:
        for path, reason in refusals(host, [
                each for each in tls_hosts(host.directives)
                if each.path not in untried and (
                    each not in before.tls
                    or changed_at(each.path) > before.read_at)]):
            yield Hazard(path, f"{path}: mod_ssl refuses it: {reason}")
    for conflict in md_conflicts(host.directives):
        for path in {conflict.first.path, conflict.second.path}:
            yield Hazard(path, f"{conflict.message} [MWD712]")


def _asks(host: Host) -> bool:
    """Tell whether a person has to type the passphrase of a key."""
    dialogs = [each for each in host.directives.of("SSLPassPhraseDialog")
               if each.arguments]
    return not dialogs or bool(_ASKS.match(dialogs[-1].arguments[0]))


def _is_kept(key: str, before: InForce) -> bool:
    """Tell whether Apache keeps ``key``, decrypted, over a reload."""
    try:
        return key in before.keys and os.stat(key).st_mtime < before.read_at
    except OSError:
        return False


def _listens(directives: Directives) -> dict[str, Directive]:
    """Return each Listen directive by its address."""
    return {each.arguments[0]: each for each in directives.of("Listen")
            if each.arguments}


def _taken(address: str) -> str:
    """Say why nobody can listen at ``address``; "" if that is possible."""
    name, port = parse_address(address)
    family = socket.AF_INET6 if ":" in name else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((name, port))
        except OSError as error:
            # What this user may not do, root may.
            if error.errno in (errno.EADDRINUSE, errno.EADDRNOTAVAIL):
                return os.strerror(error.errno).lower()
    return ""
