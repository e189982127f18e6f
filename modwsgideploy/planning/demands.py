"""Put together what a site asks of the machine."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any, Mapping, NamedTuple

from modwsgideploy.backends import http
from modwsgideploy.errors import DeployError
from modwsgideploy.model.site import Site
from modwsgideploy.planning import capacity
from modwsgideploy.planning.capacity import Database, Demand
from modwsgideploy.planning.databases import config_path, databases
from modwsgideploy.sites.fleet_site import FleetSite

# The kilobytes of a process by the name of its site, or why they are unknown.
Sizes = Mapping[str, "tuple[int, str]"]


class ShareKey(NamedTuple):
    """What sites that share processes must agree on."""

    virtualenv: str
    baseline: str
    options: tuple[tuple[str, str], ...]


def demand_of(member: FleetSite, sizes: Sizes) -> Demand:
    """Put together what ``member`` asks for."""
    entry, site, _ = member
    memory_kb, memory_source = _memory(site, sizes)
    connected, has_sqlite = _databases(site)
    processes, threads = _serving(site)
    # Each of those is no choice of ours on FastCGI.
    chosen = frozenset(("processes", "threads")) & (
        set(entry.settings) if _has_daemons(site) or site.backend == "http"
        else {"processes", "threads"})
    return Demand(
        site.name, entry.source, _group(site), processes, threads, memory_kb,
        memory_source,
        single=has_sqlite or site.launcher.startswith("turbogears1"),
        chosen=chosen, share_key=_share_key(site, entry.settings),
        daemon_name=_daemon_name(site.virtualenv),
        log_files=2 if site.server_name else 0, databases=connected)


def can_share(share_key: ShareKey) -> bool:
    """Tell whether sites of one virtualenv can share processes.

    Some have a module that works in one interpreter of a process only.
    """
    from modwsgideploy.sites.shared_daemons import only_one_interpreter

    return not only_one_interpreter(share_key.virtualenv)


def _has_daemons(site: Site) -> bool:
    return site.backend == "mod_wsgi" and site.mode == "daemon"


def _group(site: Site) -> str:
    """Name the processes of ``site``; "" for Apache's own."""
    embedded = site.backend == "mod_python" or (
        site.backend == "mod_wsgi" and site.mode == "embedded")
    return "" if embedded else site.process_group


def _serving(site: Site) -> tuple[int, int]:
    """Count the processes of ``site``, and the threads of each."""
    if site.backend != "fastcgi":
        return site.processes, site.threads
    if site.fastcgi_mode == "proxy":
        return 1, site.threads
    return site.processes, 1


def _memory(site: Site, sizes: Sizes) -> tuple[int, str]:
    """Give the kilobytes of one process, and how they are known."""
    if site.process_memory:
        return site.process_memory * capacity.KB_PER_MB, "given"
    kilobytes, reason = sizes.get(site.name, (0, ""))
    if kilobytes and not reason:
        own, main = capacity.DAEMON_KB, 0
        if site.backend == "http":
            own, main = (megabytes * capacity.KB_PER_MB
                         for megabytes in http.memory_mb(site))
        return (int((kilobytes + own) * capacity.GROWTH
                    + main / site.processes), "measured")
    return capacity.ASSUMED_KB, "assumed"


def _databases(site: Site) -> tuple[tuple[Database, ...], bool]:
    """Find its databases, and whether it has an SQLite file."""
    from modwsgideploy.project.frameworks import FRAMEWORKS

    if not FRAMEWORKS[site.framework].uses_paste:
        return (), False
    return _databases_in(config_path(site), site.global_conf)


@lru_cache(None)
def _databases_in(path: str, global_conf: tuple[tuple[str, str], ...]
                  ) -> tuple[tuple[Database, ...], bool]:
    """Find the same for the configuration at ``path``; "" is none."""
    from modwsgideploy.project.paste_ini import read_config

    try:
        return databases(read_config(
            path, global_conf=dict(global_conf))) if path else ((), False)
    except DeployError:
        return (), False


def _share_key(site: Site, settings: Mapping[str, Any]) -> ShareKey | None:
    """Say what sites must have in common to share processes with ``site``.

    None for a site that can share none.
    """
    from modwsgideploy.sites.shared_daemons import options

    if not _has_daemons(site) or site.daemon or site.python2 or (
            site.apache_version == "2.2") or not site.virtualenv:
        return None
    common = dict(options(site))
    # Proposed, or another one where none was chosen.
    for name in ("processes", "threads", "home"):
        if name != "home" or "home" not in settings:
            common.pop(name, None)
    return ShareKey(site.virtualenv, site.baseline,
                    tuple(sorted(common.items())))


def _daemon_name(virtualenv: str) -> str:
    """Name processes that share ``virtualenv``."""
    from modwsgideploy.sites.kinds import KINDS

    try:
        return f"{KINDS['name'](os.path.basename(virtualenv))}-shared"
    except ValueError:
        return "shared"
