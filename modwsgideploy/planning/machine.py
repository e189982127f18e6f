"""Find out what this machine, and its Apache, have room for."""

from __future__ import annotations

import os
import re
from typing import Any, Dict, Iterable, Tuple

from modwsgideploy.apache.host import Host
from modwsgideploy.planning.capacity import KB_PER_MB, Machine
from modwsgideploy.system.files import text_or_empty

# Apache's own, by MPM: MaxRequestWorkers, ThreadsPerChild.
_DEFAULTS = {"event": (400, 25), "worker": (400, 25), "prefork": (256, 1)}
# What Debian's apache2ctl gives Apache (APACHE_ULIMIT_MAX_FILES).
_DEBIAN_FILES = 8192
_APACHECTL = "/usr/sbin/apache2ctl"
_ENVVARS = "/etc/apache2/envvars"
# The part of the kernel's tasks that systemd gives one service (TasksMax).
_SYSTEMD_TASKS = 0.15

# A number, and who says so.
_Found = Tuple[int, str]


def find_machine(host: Host, chosen: Iterable[tuple[str, int, str]]
                 ) -> Machine:
    """Find out what the machine of ``host`` has.

    ``chosen``, triples of a field, its value and who says so, stands in place
    of what is found; memory is in megabytes there.
    """
    found: Dict[str, Tuple[Any, str]] = {
        "memory_kb": _memory_kb(), "cores": _cores(), "tasks": _tasks(),
        "open_files": _open_files(), "connections": (0, ""), **_apache(host)}
    for name, value, source in chosen:
        if name == "memory":
            name, value = "memory_kb", value * KB_PER_MB
        found[name] = value, source
    return Machine(**{name: value for name, (value, _) in found.items()},
                   sources=tuple((name, source)
                                 for name, (_, source) in found.items()))


def _memory_kb() -> _Found:
    """Find out how much memory there is."""
    total = _number("/proc/meminfo", r"MemTotal:\s+(\d+)")
    limit = _number("/sys/fs/cgroup/memory.max", r"(\d+)") // 1024
    if limit and (limit < total or not total):
        return limit, "/sys/fs/cgroup/memory.max"
    return total, "/proc/meminfo"


def _cores() -> _Found:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):     # Linux
        return len(os.sched_getaffinity(0)), "the processors of this machine"
    return os.cpu_count() or 1, "the processors of this machine"


def _tasks() -> _Found:
    """Find out how many processes and threads Apache may have."""
    limits = [(_number(path, r"(\d+)"), path) for path in (
        "/proc/sys/kernel/threads-max", "/proc/sys/kernel/pid_max",
        "/sys/fs/cgroup/pids.max")]
    limit, source = min((pair for pair in limits if pair[0]),
                        default=(0, ""))
    if os.path.isdir("/run/systemd/system"):
        return int(limit * _SYSTEMD_TASKS), "systemd's TasksMax of a service"
    return limit, source


def _open_files() -> _Found:
    """Find out how many files one process of Apache may have open."""
    if os.path.isfile(_APACHECTL) and os.path.isfile(_ENVVARS):
        own = _number(_ENVVARS, r"(?m)^\s*(?:export )?APACHE_ULIMIT_MAX_FILES="
                                r"\D*(\d+)")
        return own or _DEBIAN_FILES, f"{_APACHECTL}, ulimit -n"
    import resource

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return (0 if limit == resource.RLIM_INFINITY else limit), "ulimit -n"


def _apache(host: Host) -> Dict[str, Tuple[Any, str]]:
    """Find the fields about Apache, each with who says so."""
    mpm = next((name for name in _DEFAULTS if f"mpm_{name}" in host.modules),
               next(iter(host.httpd.mpms if host.httpd else ()), "event"))
    workers, threads = _DEFAULTS[mpm]
    default = f"the default of Apache's MPM {mpm}"
    found: Dict[str, Tuple[Any, str]] = {
        "mpm": (mpm, ""), "request_workers": (workers, default),
        "threads_per_child": (threads, default)}
    for name, field in (("MaxClients", "request_workers"),
                        ("MaxRequestWorkers", "request_workers"),
                        ("ThreadsPerChild", "threads_per_child")):
        value = host.value_of(name) if host.httpd else ""
        # Without threads there is one each.
        if value.isdigit() and int(value) and not (
                mpm == "prefork" and field == "threads_per_child"):
            found[field] = int(value), f"{name} of Apache's configuration"
    return found


def _number(path: str, pattern: str) -> int:
    """Read the number that ``pattern`` finds in a file; 0 without it."""
    match = re.search(pattern, text_or_empty(path))
    return int(match[1]) if match else 0
