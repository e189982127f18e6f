"""Write the configuration of a private Apache for its sites."""

from __future__ import annotations

import os
import sys
from typing import Iterator, NamedTuple, Sequence

from modwsgideploy.apache.binaries import Httpd
from modwsgideploy.apache.probe import LOCALHOST
from modwsgideploy.server.directory import ServerDirectory
from modwsgideploy.server.modules import is_wanted
from modwsgideploy.system.accounts import Account
from modwsgideploy.system.files import read_text


class Served(NamedTuple):
    """One site of a private Apache."""

    config_files: tuple[str, ...]    # absolute paths, included in order
    mount_point: str = "/"
    server_name: str = ""     # "" for a site that is no VirtualHost
    baseline: str = ""        # the path of its server-wide file, if any
    port: int = 0             # another than the server's own
    readable: tuple[str, ...] = ()    # paths that its processes have to read
    program: tuple[str, ...] = ()     # its application server, if it has one
    address: str = ""         # where that listens
    mount: str = ""           # what the VirtualHost of another one includes


class ServerSettings(NamedTuple):
    """What the configuration says of the server itself."""

    directory: ServerDirectory
    account: Account          # as which httpd serves
    httpd: Httpd
    port: int
    modules: tuple[tuple[str, str], ...]     # (name, path)
    extra: tuple[str, ...]    # names of those that are loaded in any case
    socket_prefix: str
    log_level: str
    tls: bool = False         # HTTPS, with a certificate of its own


def listened_ports(port: int, sites: Sequence[Served]) -> list[int]:
    """List every port that is listened on, the server's own first."""
    return [*dict.fromkeys([port, *(
        site.port for site in sites if site.port)])]


def configuration(settings: ServerSettings, sites: Sequence[Served]) -> str:
    """Give the text of httpd.conf; makes the links that it names."""
    from modwsgideploy.templating.engine import render_template

    directory, httpd = settings.directory, settings.httpd
    named = [site for site in sites if site.server_name]
    texts = [*_texts(sites)]
    names = {name for name, _ in settings.modules}
    certificate = (directory.certificate(_certified(sites))
                   if settings.tls else "")
    return render_template("serve/httpd.conf_tmpl", {
        "certificate": certificate,
        "certificate_key": f"{certificate}.key",
        "directory": directory.path,
        "pid_file": f"{directory.path}/httpd.pid",
        "port": settings.port,
        "ports": listened_ports(settings.port, sites),
        "user": "" if os.geteuid() else settings.account.user,
        "group": f"#{settings.account.gid}",
        "modules": [{"name": name, "path": path}
                    for name, path in settings.modules
                    if name in settings.extra or is_wanted(name, texts)],
        "mpm": (*httpd.mpms, "")[0],
        "error_log": f"{directory.logs}/error.log",
        "log_level": settings.log_level,
        "documents": directory.documents,
        "types_config": httpd.types_config or directory.write_types(),
        "fcgid": (directory.own_directory("fcgid")
                  if "fcgid" in settings.extra else ""),
        "fcgid_table": f"{directory.path}/fcgid.shm",
        "wsgi": "wsgi" in names,
        "linux": sys.platform == "linux",
        "socket_prefix": settings.socket_prefix,
        "baselines": [directory.link(path) for path in dict.fromkeys(
            site.baseline for site in sites if site.baseline)],
        "own_host": 0 < len(named) < len(sites),
        "configs": [directory.link(path) for site in sorted(
            sites, key=_installed_names) for path in site.config_files],
    })


def _certified(sites: Sequence[Served]) -> list[str]:
    """List the names that browsers and curl may ask for."""
    names = [site.server_name for site in sites if site.server_name]
    return [*dict.fromkeys((
        "localhost", LOCALHOST, *names,
        *(f"{name}.localhost" for name in names)))]


def _installed_names(site: Served) -> list[str]:
    """Name its files as where Apache reads all sites, in this order.

    Of two that match a request the first one answers.
    """
    return [f"{os.path.basename(path)}.conf" for path in site.config_files]


def _texts(sites: Sequence[Served]) -> Iterator[str]:
    """Read each configuration file of ``sites``."""
    for site in sites:
        for path in (*site.config_files, site.baseline, site.mount):
            if path:
                yield read_text(path)
