"""Deploy on mod_wsgi, with the directives and options that its version has."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from modwsgideploy.backends.backend import common_templates, script_mode
from modwsgideploy.model.release import ReleasePaths
from modwsgideploy.model.site import Site
from modwsgideploy.quoting import apache
from modwsgideploy.templating.engine import Raw

TITLE = "mod_wsgi"
SCRIPT = "+package+.wsgi"
TEST_PAGE = "test.wsgi"
FRAGMENTS = {"content": "mod_wsgi/content_tmpl",
             "queue_time": "mod_wsgi/queue_time.py_tmpl"}
DEFAULTS: Mapping[str, object] = {}
LIMITS: tuple[str, ...] = ()
# From which version on; read in the sources of each release.
SINCE: dict[str, tuple[int, ...]] = {
    "home": (2, 0), "umask": (1, 0), "display-name": (2, 0),
    "python-home": (3, 4), "lang": (3, 4), "locale": (3, 4),
    "connect-timeout": (4, 1), "queue-timeout": (4, 1),
    "header-buffer-size": (4, 1),
    "socket-timeout": (4, 1), "request-timeout": (4, 1),
    "graceful-timeout": (4, 1), "startup-timeout": (4, 5, 6),
    "restart-interval": (4, 5, 12), "WSGISocketRotation": (4, 6),
    "WSGITrustedProxies": (4, 4, 10), "memory-limit": (4, 1),
    "WSGIChunkedRequest": (3, 0), "interrupt-timeout": (6, 0),
}
# Under this name baseline.conf is installed, once per server.
BASELINE_CONF = "modwsgi-baseline"
# What is defined once the processes of that name are; they are shared.
SHARED = "modwsgi-daemon-"


class DaemonOption(NamedTuple):
    """One ``name=value`` of WSGIDaemonProcess."""

    name: Raw
    value: str | int


def templates(site: Site) -> Iterator[tuple[str, int]]:
    """The templates of ``site``, each with the mode of its file."""
    yield "mod_wsgi/+package+_tmpl", 0o644
    yield "mod_wsgi/+package+.wsgi_tmpl", script_mode(site)
    yield "common/test.wsgi_tmpl", script_mode(site)
    yield from common_templates(site)
    if site.baseline:
        yield "mod_wsgi/baseline.conf_tmpl", 0o644


def refuse(site: Site) -> tuple[str, ...]:
    """Why mod_wsgi cannot serve ``site``: it can."""
    return ()


def ignores(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields without effect in embedded mode."""
    if given.get("mode") == "embedded":
        for field in ("daemon", "processes", "threads", "user", "group",
                      "home", "script_reloading"):
            yield field, "--mode embedded"


def command(site: Site) -> tuple[str, ...]:
    """None: Apache starts what runs the application."""
    return ()


def modules(site: Site) -> tuple[str, ...]:
    """The Apache modules that ``site`` needs besides the usual ones."""
    return ("wsgi",)


def python_home(site: Site) -> str:
    """The virtualenv of WSGIDaemonProcess, or ""."""
    if (site.baseline or site.mode == "embedded"
            or site.mod_wsgi_version < (3, 4)):
        return ""
    return _first_python(site)


def _first_python(site: Site) -> str:
    """The virtualenv that Python starts with, unless there is a baseline.

    A process may start before a switch to another release, and load that
    one's script after it; so releases are layered on what belongs to none.
    """
    if site.release_root and site.virtualenv:
        return ReleasePaths(site.release_root).python
    return site.virtualenv


def server_conf(site: Site) -> tuple[str, str] | None:
    """The server-wide file: its name here, and as it is installed."""
    return ("baseline.conf", BASELINE_CONF) if site.baseline else None


def variables(site: Site) -> dict[str, Any]:
    """What the templates of this backend need besides the Site's fields."""
    version = site.mod_wsgi_version
    wanted = list(_daemon_options(site)) if site.mode == "daemon" else []
    known = [option for option in wanted if _known(option.name, version)]
    group = (apache(site.process_group) if site.mode == "daemon"
             else "%{GLOBAL}")
    # Apache's own name for Python's first interpreter needs no quotes.
    interpreter = apache(site.application_group) if site.daemon \
        else "%{GLOBAL}"
    preloaded = site.preload and version >= (3,)
    imported = preloaded and bool(site.server_name) and site.mode == "daemon"
    return {
        "promised": [option.name for option in known]
        + ["processes"] * bool(wanted),
        "daemon_options": known,
        "left_out": [Raw(f"{option.name}, from {_dotted(SINCE[option.name])}"
                         " on")
                     for option in wanted
                     if not _known(option.name, version)],
        "knows_socket_rotation": _known("WSGISocketRotation", version),
        "knows_trusted_proxies": _known("WSGITrustedProxies", version),
        "mod_wsgi_shown": Raw(_dotted(version)),
        "written_for": Raw(f"Apache {site.apache_version} and mod_wsgi"
                           f" {_dotted(version)}"),
        # Before 3.0 mod_wsgi raises for a program that prints.
        "restricts_stdout": version < (3,), "maps_stdout": version < (3,),
        # Naming both groups on the alias also loads the application.  In a
        # virtual host that is done outside, as certbot's copy of the host is
        # read before this file.
        "preloaded": preloaded and not imported,
        "imported": imported,
        "group_name": Raw(group),
        "interpreter_name": Raw(interpreter),
        "in_group": Raw(f"process-group={group}"
                        f" application-group={interpreter}"),
        # Only the process itself learns when it got a request.
        "tells_queue_time": bool(site.server_name) and site.access_log and (
            site.access_log_format == "json") and site.mode == "daemon"
        and version >= (4, 1),
        "guard": SHARED + site.daemon,
        "longest_request": _longest_request(site),
        "installed_baseline": f"{site.platform.conf}/{BASELINE_CONF}.conf",
    }


def _longest_request(site: Site) -> int:
    """The seconds after which mod_wsgi 6 takes one request for stuck; 0 for
    older ones, which go by the average of all threads."""
    if site.mod_wsgi_version < (6,):
        return 0
    # wsgi_request_fire_threshold of 6.1.1.
    return round(site.request_timeout * (1 + math.log(site.threads)))


def daemon_options(site: Site) -> list[DaemonOption]:
    """The options that define the processes of ``site``."""
    if site.mode != "daemon":
        return []
    return [option for option in _daemon_options(site)
            if _known(option.name, site.mod_wsgi_version)]


def _known(name: str, version: tuple[int, ...]) -> bool:
    return version >= SINCE.get(name, (0,))


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)


def _daemon_options(site: Site) -> Iterator[DaemonOption]:
    """Each option of WSGIDaemonProcess that ``site`` asks for, in order."""
    values: list[tuple[str, str | int]] = [
        # processes=1 would also set wsgi.multiprocess.
        ("processes", site.processes if site.processes > 1 else ""),
        ("threads", site.threads),
        ("user", site.user),
        ("group", site.group),
        ("display-name", Raw("%{GROUP}")),
        ("home", site.home),
        ("umask", site.umask),
        ("python-home", _first_python(site) if not site.baseline else ""),
        ("lang", site.locale),
        ("locale", site.locale),
    ]
    for name in ("queue-timeout", "connect-timeout", "socket-timeout",
                 "request-timeout", "interrupt-timeout", "startup-timeout",
                 "deadlock-timeout",
                 "graceful-timeout", "shutdown-timeout", "maximum-requests",
                 "restart-interval", "inactivity-timeout",
                 "header-buffer-size"):
        values.append((name, getattr(site, name.replace("-", "_"))))
    values.append(("memory-limit", site.memory_limit * 1024 * 1024))
    for name, value in values:
        if value:
            yield DaemonOption(Raw(name), value)
