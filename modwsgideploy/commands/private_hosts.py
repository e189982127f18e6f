"""Have sites with one host name share a VirtualHost of a private Apache."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from modwsgideploy.apache.shared_hosts import mount_file
from modwsgideploy.commands.private_sites import served
from modwsgideploy.deployment import parts
from modwsgideploy.system.files import read_text

if TYPE_CHECKING:
    from modwsgideploy.model.site import Site
    from modwsgideploy.server.configuration import Served


def served_in_hosts(sites: Sequence[Site]) -> list[Served]:
    """Return ``sites``, whose files are written, as a Server takes them.

    Of several with one host, that with the shortest path makes the
    VirtualHost, which asks it last.
    """
    makers: dict[str, Site] = {}
    for site in sites:
        first = makers.setdefault(site.shared_host, site)
        if len(site.below) < len(first.below):
            makers[site.shared_host] = site
    return [served(site) if not site.shared_host
            or makers[site.shared_host] is site
            else _mounted(site) for site in sites]


def _mounted(site: Site) -> Served:
    """Write the files with which ``site`` is mounted in the host of another
    one."""
    cut = parts.cut(read_text(f"{site.output_dir}/{site.name}"))
    assert cut, "it was generated just now"
    os.makedirs(site.applications, 0o755, exist_ok=True)
    processes = f"{site.output_dir}/{site.name}-processes"
    mount = f"{site.applications}/{mount_file(site.name, site.mount_point)}"
    for path, text in (processes, cut.processes), (mount, parts.mounting(cut)):
        with open(path, "w", encoding="utf-8",
                  errors="surrogateescape") as stream:
            stream.write(text)
    return served(site)._replace(config_files=(processes,), mount=mount)
