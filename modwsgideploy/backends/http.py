"""Deploy behind mod_proxy_http, on an application server of its own.

systemd holds the socket between Apache and the server, which is one of four
(`SERVERS`); the generated server.py runs each of them in the same way.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from modwsgideploy.backends.backend import common_templates, script_mode
from modwsgideploy.model.site import Site
from modwsgideploy.quoting import shell, systemd
from modwsgideploy.templating.engine import Raw

TITLE = "HTTP"
SCRIPT = "+package+.wsgi"
TEST_PAGE = "test.wsgi"
FRAGMENTS = {
    "content": "http/content_tmpl",
    "serving": "http/serving.py_tmpl",
}
DEFAULTS: Mapping[str, object] = {"baseline": ""}
LIMITS: tuple[str, ...] = ()


class AppServer(NamedTuple):
    """What is to be known of an application server."""

    requirement: str           # as pip takes it
    python: str                # the first version of Python 3 that runs it
    # What it adds to the memory of each process, and its main process.
    process_mb: int
    main_mb: int
    python2: tuple[str, ...] = ()    # the same for Python 2.7, if it is one
    speaks_asgi: bool = True
    speaks_wsgi: bool = True


# Of granian, the part that takes systemd's socket is the same in all of 2.
SERVERS = {
    "granian": AppServer("granian>=2.5,<3", "3.9", 4, 11),
    # Its threads are in the package futures, on Python 2.
    "gunicorn": AppServer("gunicorn>=20.1", "3.5", 3, 10,
                          ("gunicorn<20", "futures")),
    "uvicorn": AppServer("uvicorn[standard]>=0.30", "3.8", 9, 24,
                         speaks_wsgi=False),
    "waitress": AppServer("waitress>=2.1", "3.6", 3, 5, ("waitress<2",),
                          speaks_asgi=False),
}
# Of gunicorn 25, the first that speaks it.
_FIRST_WITH_ASGI = "3.10"
MODULES = ("proxy", "proxy_http", "headers")
DEFAULT = "granian"
DEFAULT_FOR_PYTHON2 = "gunicorn"
# What only Apache knows of a request, in the order of server.py.
_TOLD = ("expr=%{REQUEST_SCHEME} %{REMOTE_ADDR} %{REMOTE_PORT} %{SERVER_PORT}"
         " %{SERVER_NAME} %{escape:%{REQUEST_URI}} %{escape:%{REMOTE_USER}}")
# The same of what proxies say.
_TOLD_BY_PROXIES = "".join(
    f" %{{escape:%{{req_novary:X-Forwarded-{name}}}}}"
    for name in ("For", "Proto", "Host"))
# mod_proxy cuts off the name of a host after 63 bytes.
_HOST_BYTES = 60
# What ProtectHome= closes (systemd.exec(5)).
HOMES = ("/home/", "/root/", "/run/user/")


def templates(site: Site) -> Iterator[tuple[str, int]]:
    """The templates of ``site``, each with the mode of its file."""
    yield "http/+package+_tmpl", 0o644
    yield "http/+package+.wsgi_tmpl", script_mode(site)
    yield "http/server.py_tmpl", 0o644
    yield "common/test.wsgi_tmpl", script_mode(site)
    yield "http/+package+.service_tmpl", 0o644
    yield "http/+package+.socket_tmpl", 0o644
    yield from common_templates(site)


def ignores(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields without effect behind mod_proxy_http."""
    if given.get("mode") == "embedded":
        yield "mode", "--backend http"
    if given.get("interface") == "asgi":
        for field in ("threads", "chunked_request", "warm_up"):
            yield field, "--interface asgi"


def refuse(site: Site) -> Iterator[str]:
    """Say why an application server cannot serve ``site``."""
    server = SERVERS[site.app_server]
    if site.apache_version == "2.2":
        yield ("--apache-version: an application server is written for Apache"
               " 2.4 only; leave one of --apache-version and --backend out")
    if site.python2 and not server.python2:
        yield (f"--app-server: {site.app_server} is for Python 3, and this"
               " project for Python 2.7; give gunicorn or waitress")
    if site.python2 and site.interface == "asgi":
        yield ("--interface: Python 2.7 has no ASGI; leave it out")
    if site.interface == "asgi" and not server.speaks_asgi:
        yield (f"--app-server: {site.app_server} speaks WSGI only; give"
               " another, or --interface wsgi")
    if "\\" in site.virtualenv:
        yield (f"--virtualenv: {site.virtualenv!r} contains a backslash, which"
               " a command of systemd cannot name; choose another directory")


def modules(site: Site) -> tuple[str, ...]:
    """The Apache modules that ``site`` needs besides the usual ones."""
    return MODULES


def python_home(site: Site) -> str:
    """The virtualenv: its own Python runs the server."""
    return site.virtualenv


def server_conf(site: Site) -> None:
    """None: nothing is said for the whole server."""


def command(site: Site) -> tuple[str, ...]:
    """The words of the command that runs the server of ``site``."""
    python = (f"{site.through_current(site.virtualenv)}/bin/python"
              if site.virtualenv else
              "/usr/bin/python2.7" if site.python2 else "/usr/bin/python3")
    return python, f"{site.script_directory}/server.py"


def requirement(site: Site) -> str:
    """What a shell passes to pip for the site's server."""
    return " ".join(map(shell, requirements(site)))


def requirements(site: Site) -> list[str]:
    """What pip installs besides the application: its server."""
    server = SERVERS[site.app_server]
    words = [*server.python2] if site.python2 else [server.requirement]
    if site.interface == "asgi" and site.app_server == "gunicorn":
        words = ["gunicorn>=25"]
    # It translates between WSGI and ASGI.
    if site.interface == "wsgi" and (
            not server.speaks_wsgi or site.launcher == "asgi") or (
            site.interface == "asgi" and site.test_page != "off"):
        words.append("a2wsgi")
    return words


def memory_mb(site: Site) -> tuple[int, int]:
    """What the server of ``site`` adds to each process, and its main process
    (proportional set sizes of an empty application's)."""
    server = SERVERS[site.app_server]
    return server.process_mb, server.main_mb


def oldest_python(site: Site) -> str:
    """The first version of Python that runs the server of ``site``."""
    return ("2.7" if site.python2 else _FIRST_WITH_ASGI
            if site.interface == "asgi" and site.app_server == "gunicorn"
            else SERVERS[site.app_server].python)


def variables(site: Site) -> dict[str, Any]:
    """What the templates of this backend need besides the Site's fields."""
    port = site.http_socket if site.http_socket.isdigit() else ""
    url = f"http://127.0.0.1:{port}" if port else f"http://{_host(site)}"
    target = url if port else f"unix:{site.http_socket}|{url}"
    proxied = f"(?i)^{re.escape(url)}"
    words = command(site)
    return {
        "written_for": Raw(f"Apache {site.apache_version} and"
                           f" {site.app_server}"),
        "restricts_stdout": False, "maps_stdout": True,
        "promised": ["home", "umask", *_promised(site)],
        "socket_port": Raw(port),
        "target": target if site.below else target + "/",
        "told": _TOLD + _TOLD_BY_PROXIES * bool(site.trusted_proxy),
        "proxied": f"{proxied}(?:/|$)",
        "proxied_test": f"{proxied}/{re.escape(TEST_PAGE)}(?:/|$)",
        "graceful": site.graceful_timeout or 15,
        "most_bytes": site.limit_request_body or 1 << 40,
        "apache_group": site.platform.group,
        "proxies": list(site.trusted_proxy),
        "wrapped_as_asgi": site.interface == "wsgi" and (
            not SERVERS[site.app_server].speaks_wsgi),
        "granian_interface": Raw(site.interface.upper()),
        "server_requirement": Raw(requirement(site)),
        "server_title": site.app_server,
        "python_shown": words[0],
        "command_shown": Raw(" ".join(map(shell, words))),
        **_units(site, words, port),
    }


def _promised(site: Site) -> list[str]:
    """Which of the options of processes the diagnostics page can expect."""
    chosen = [name for name, value in (
        ("user", site.user), ("group", site.group),
        ("locale", site.locale and not site.python2)) if value]
    return chosen + ["processes"] * (site.interface == "wsgi")


def _host(site: Site) -> str:
    """A name that no other site's socket has in Apache's configuration."""
    if len(site.name) <= _HOST_BYTES:
        return site.name
    digest = zlib.crc32(site.name.encode())
    return f"{site.name[:_HOST_BYTES - 9]}-{digest:08x}"


def _units(site: Site, words: tuple[str, ...], port: str) -> dict[str, Any]:
    """What the systemd units say, and where they are installed."""
    first, *others = words
    service, socket = f"{site.name}.service", f"{site.name}.socket"
    used = (site.directory, site.virtualenv, site.script_directory,
            site.config, site.home, *site.python_path)
    return {
        # $ starts a variable, but not in a command's first word
        # (systemd.service(5)).
        "own_script": site.own_script,
        "own_test_page": f"{site.own_script.rpartition('/')[0]}/{TEST_PAGE}",
        "exec_start": Raw(" ".join([systemd(first), *(
            systemd(word).replace("$", "$$") for word in others)])),
        "listen_stream": Raw(f"127.0.0.1:{port}" if port else
                             site.http_socket.replace("%", "%%")),
        "unit_user": Raw(systemd(_account(site.user)
                                 or site.platform.user)),
        "unit_group": Raw(systemd(_account(site.group)
                                  or site.platform.group)),
        "memory_total": site.memory_limit * (site.processes + 1),
        "stop_seconds": (site.graceful_timeout or 15) + (
            site.shutdown_timeout or 5),
        "protects_home": not any(
            path.startswith(HOMES) for path in used),
        "has_private_tmp": not any(
            path.startswith(("/tmp/", "/var/tmp/")) for path in used),
        # A missing one is no matter.
        "writable": [Raw(systemd("-" + path)) for path in dict.fromkeys(
            (site.release_root or site.directory, site.egg_cache)) if path],
        "service_unit": Raw(service), "socket_unit": Raw(socket),
        "source_unit": f"{site.script_directory}/{service}",
        "source_socket": f"{site.script_directory}/{socket}",
        "installed_unit": f"{site.platform.units}/{service}",
        "installed_socket": f"{site.platform.units}/{socket}",
    }


def _account(name: str) -> str:
    """A user or group as systemd has it: #1000 is 1000."""
    return name.lstrip("#")
