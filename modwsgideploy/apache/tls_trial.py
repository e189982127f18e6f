"""Try on an httpd of its own what mod_ssl makes of its directives.

Mod_ssl reads them when Apache starts or reloads, and ends Apache if it can
make nothing of them: ciphers and curves that are none, files of authorities
without certificates.  Apache's own test accepts all of that.
"""

from __future__ import annotations

import os
import re
import socket
from typing import Iterable, Iterator, NamedTuple, Sequence

from modwsgideploy.apache.control import start_in_vain
from modwsgideploy.apache.host import Host
from modwsgideploy.apache.parser import Directive, Directives
from modwsgideploy.apache.self_signed import make_pair
from modwsgideploy.errors import DeployError
from modwsgideploy.quoting import apache as quoted
from modwsgideploy.system.temporary import temporary_directory

# What mod_ssl says last before it ends Apache.
_ENDS = re.compile(r"AH0231[12]|AH00016")
# Its own files, which the Apache that runs has open.
_CACHE = re.compile(r"(shmcb|dbm):[^(]*(.*)")


class TlsHost(NamedTuple):
    """A virtual host with TLS: what mod_ssl reads of it."""

    path: str      # of the file that has it
    lines: tuple[str, ...]    # those for the whole server come first


def tls_hosts(directives: Directives) -> list[TlsHost]:
    """Find the virtual hosts in which anything of mod_ssl is set."""
    server: list[str] = []
    hosts: dict[Directive, list[str]] = {}
    for each in directives:
        if not each.key.startswith("ssl") or each.key == "sslrandomseed":
            continue
        sections = [section for section in each.inside
                    if not section.key.startswith("if")]
        if not sections:
            server.append(str(each))
        elif [section.key for section in sections] == ["virtualhost"]:
            hosts.setdefault(sections[0], []).append(str(each))
    return [TlsHost(section.path, (*server, "<VirtualHost *>", *lines))
            for section, lines in hosts.items()]


def refusals(host: Host, hosts: Iterable[TlsHost]
             ) -> Iterator[tuple[str, str]]:
    """Yield (path, what mod_ssl says) of the files that would end Apache.

    Silent where that cannot be told.
    """
    by_path: dict[str, list[TlsHost]] = {}
    for each in hosts:
        # Only the environment of the service may know a variable.
        if not any("${" in line for line in each.lines):
            by_path.setdefault(each.path, []).append(each)
    if by_path and _refusal(host, [
            each for those in by_path.values() for each in those]):
        for path, those in by_path.items():
            reason = _refusal(host, those)
            if reason:
                yield path, reason


def _refusal(host: Host, hosts: Sequence[TlsHost]) -> str:
    """Say why mod_ssl would end Apache with ``hosts``; "" if it would not."""
    if not host.httpd:
        return ""
    with temporary_directory() as directory:
        log, conf = f"{directory}/log", f"{directory}/conf"
        pair = _stand_in(hosts, directory)
        with open(conf, "w", encoding="utf-8",
                  errors="surrogateescape") as stream:
            stream.write("\n".join([*_server(host, directory, log), *(
                line for each in hosts
                for line in _lines(each, directory, pair)),
                ""]))
        start_in_vain(host.httpd, conf)
        try:
            with open(log, encoding="utf-8", errors="replace") as stream:
                said = stream.read().splitlines()
        except OSError:
            return ""
    if not any(map(_ENDS.match, said)):
        return ""
    return "; ".join(line for line in said if not _ENDS.match(line))


def _server(host: Host, directory: str, log: str) -> Iterator[str]:
    """Yield the lines of a server that ends before it serves anything."""
    assert host.httpd
    # Mod_ssl may be about to be enabled.
    for name in sorted({*host.modules, "ssl"} - set(host.httpd.static)):
        if name in ("ssl", "authz_core", "unixd") or (
                name.startswith(("mpm_", "socache_"))):
            load = host.loads.get(name)
            path = (os.path.join(host.root, load.arguments[-1]) if load
                    else host.httpd.module(name))
            if path:
                yield f"LoadModule {name}_module {quoted(path)}"
    for name in "User", "Group":
        # It has no children whose these could be.
        yield str(next(iter(host.directives.of(name)), f"{name} #65534"))
    # Where no file can be made: it ends when it has read everything.
    yield f"PidFile {quoted(directory + '/missing/pid')}"
    yield f"ServerRoot {quoted(host.root)}"
    yield f"DefaultRuntimeDir {quoted(directory)}"
    yield f"ErrorLog {quoted(log)}"
    yield 'ErrorLogFormat "%M"'
    yield "LogLevel emerg"
    yield "ServerName localhost"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        yield f"Listen 127.0.0.1:{free.getsockname()[1]}"


def _has_no_certificate(host: TlsHost) -> bool:
    """Whether another module is to bring the certificate of ``host``."""
    return not any(line.lower().startswith("sslcertificatefile")
                   for line in host.lines)


def _stand_in(hosts: Iterable[TlsHost], directory: str) -> str:
    """Make a certificate, with its key, for hosts that have none in their
    directives; return its path, "" where it is not needed or cannot be."""
    path = f"{directory}/stand-in.pem"
    if not any(map(_has_no_certificate, hosts)):
        return ""
    try:
        make_pair(path, f"{path}.key", ["localhost"])
    except DeployError:
        return ""
    return path


def _lines(host: TlsHost, directory: str, pair: str) -> Iterator[str]:
    """Yield the lines of ``host``, with its own files in ``directory``."""
    if _has_no_certificate(host) and not pair:
        return
    for line in host.lines:
        name, _, value = line.partition(" ")
        if name.lower() in ("sslsessioncache", "sslstaplingcache"):
            value = _CACHE.sub(rf"\1:{directory}/{name}\2", value)
        yield f"{name} {value}"
    if _has_no_certificate(host):
        yield f"SSLCertificateFile {quoted(pair)}"
        yield f"SSLCertificateKeyFile {quoted(pair + '.key')}"
    yield "ServerName localhost"
    yield "</VirtualHost>"
