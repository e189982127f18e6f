"""This machine, and its Apache, as a capacity.Machine."""

import os
import re

from modwsgideploy.planning.capacity import MB, Machine

# Apache's own, by MPM: MaxRequestWorkers, ThreadsPerChild.
_DEFAULTS = {"event": (400, 25), "worker": (400, 25), "prefork": (256, 1)}
# What Debian's apache2ctl gives Apache (APACHE_ULIMIT_MAX_FILES).
_DEBIAN_FILES = 8192
_APACHECTL = "/usr/sbin/apache2ctl"
_ENVVARS = "/etc/apache2/envvars"
# The part of the kernel's tasks that systemd gives one service (TasksMax).
_SYSTEMD_TASKS = 0.15


def find_machine(host, given):
    """The Machine; ``host`` is a checks.host.Host.

    ``given``, (field, int, its source) triples, stands in place of what is
    found.
    """
    found = {"memory": _memory(), "cores": _cores(), "tasks": _tasks(),
             "open_files": _open_files(), "connections": (0, ""),
             **_apache(host)}
    for name, value, source in given:
        found[name] = value * (MB if name == "memory" else 1), source
    return Machine(**{name: value for name, (value, _) in found.items()},
                   sources=tuple((name, source)
                                 for name, (_, source) in found.items()))


def _memory():
    """The kilobytes of memory, and who says so."""
    total = _number("/proc/meminfo", r"MemTotal:\s+(\d+)")
    limit = _number("/sys/fs/cgroup/memory.max", r"(\d+)") // 1024
    if limit and (limit < total or not total):
        return limit, "/sys/fs/cgroup/memory.max"
    return total, "/proc/meminfo"


def _cores():
    if hasattr(os, "sched_getaffinity"):     # Linux
        return len(os.sched_getaffinity(0)), "the processors of this machine"
    return os.cpu_count() or 1, "the processors of this machine"


def _tasks():
    """How many processes and threads Apache may have."""
    limits = [(_number(path, r"(\d+)"), path) for path in (
        "/proc/sys/kernel/threads-max", "/proc/sys/kernel/pid_max",
        "/sys/fs/cgroup/pids.max")]
    limit, source = min((pair for pair in limits if pair[0]),
                        default=(0, ""))
    if os.path.isdir("/run/systemd/system"):
        return int(limit * _SYSTEMD_TASKS), "systemd's TasksMax of a service"
    return limit, source


def _open_files():
    """How many files one process of Apache may have open."""
    if os.path.isfile(_APACHECTL) and os.path.isfile(_ENVVARS):
        own = _number(_ENVVARS, r"(?m)^\s*(?:export )?APACHE_ULIMIT_MAX_FILES="
                                r"\D*(\d+)")
        return own or _DEBIAN_FILES, f"{_APACHECTL}, ulimit -n"
    import resource

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return (0 if limit == resource.RLIM_INFINITY else limit), "ulimit -n"


def _apache(host):
    """The Machine's fields about Apache, each with its source (dict)."""
    mpm = next((name for name in _DEFAULTS if f"mpm_{name}" in host.modules),
               next(iter(host.httpd.mpms if host.httpd else ()), "event"))
    workers, threads = _DEFAULTS[mpm]
    default = f"the default of Apache's MPM {mpm}"
    found = {"mpm": (mpm, ""), "request_workers": (workers, default),
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


def _number(path, pattern):
    """The number that ``pattern`` finds in a file; 0 without it."""
    try:
        with open(path, encoding="ascii", errors="replace") as stream:
            match = re.search(pattern, stream.read())
    except OSError:
        return 0
    return int(match[1]) if match else 0
