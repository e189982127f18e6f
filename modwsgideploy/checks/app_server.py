"""Check what runs an application behind mod_proxy_http, and its socket."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence

from modwsgideploy.apache.parser import Directive
from modwsgideploy.backends import http
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.checks.fixes import sudo
from modwsgideploy.checks.running import server_process
from modwsgideploy.checks.unit import read_unit
from modwsgideploy.project.metadata import canonical, release
from modwsgideploy.system.files import names_in, text_or_empty
from modwsgideploy.system.sockets import connect
from modwsgideploy.system.venv import (
    import_directories,
    running_python,
    site_packages,
)

# Where a machine that systemd runs has this directory (sd_booted(3)).
SYSTEMD = "/run/systemd/system"
# Values of ProtectHome= with which home directories cannot be read.
_CLOSED = ("yes", "true", "on", "1", "tmpfs")
# By what other units start one, and what those of ours are enabled in.
_WANTING = ("WantedBy", "RequiredBy", "UpheldBy", "BoundBy")
_TARGETS = ("sockets.target", "multi-user.target")
# What its module is called that server.py imports.
_IMPORT = re.compile(r"(?m)^ *from (granian|gunicorn|uvicorn|waitress|a2wsgi)"
                     r"[. ]")


def installed(context: CheckContext) -> CheckResult:
    """The Python of the virtualenv cannot run server.py: it is gone, it is too
    old for the application server, or it finds none.  After an upgrade of the
    system what was installed for the Python of before is still there, and is
    not found.
    """
    site = context.site
    if not _is_ours(context) or not os.path.isdir(site.virtualenv):
        return
    python = f"{site.virtualenv}/bin/python"
    if is_missing(python):
        leads = (f"leads to {os.path.realpath(python)}, which is gone"
                 if os.path.islink(python) else "is not there")
        yield (f"{python}, which runs the application, {leads}",
               _made_anew(context))
        return
    version = running_python(site.virtualenv)
    oldest = http.oldest_python(site)
    if version and release(version) < release(oldest):
        yield (f"{python} is Python {version}, and {site.app_server} needs"
               f" {oldest} or later", _for_older(context, version))
        return
    places = import_directories(site.virtualenv)
    missing = [name for name in _imported(context)
               if places and not any(os.path.isdir(f"{place}/{name}")
                                     or _version(place, name)
                                     for place in places)]
    if missing:
        yield (f"{site.virtualenv} has no {' and no '.join(missing)}, under"
               f" which {server_path(context)} runs the application"
               + _elsewhere(site.virtualenv, missing, version),
               _install(context))


def _elsewhere(virtualenv: str, missing: Sequence[str], version: str) -> str:
    """Say for which other Python it is installed there."""
    found = [place for place in site_packages(virtualenv) if all(
        os.path.isdir(f"{place}/{name}") for name in missing)]
    return (f"; what is in {found[0]} is not for its Python, which is"
            f" {version}" if found else "")


def other_version(context: CheckContext) -> CheckResult:
    """The virtualenv has a version of the application server that server.py
    was not written for; it may fail to start.
    """
    if not _is_ours(context):
        return
    for requirement in http.requirements(context.site):
        name = re.split(r"[^\w.-]", requirement)[0]
        found = next(filter(None, (
            _version(place, name)
            for place in import_directories(context.site.virtualenv))), "")
        if found and not _fits(found, requirement):
            yield (f"{context.site.virtualenv} has {name} {found}, and"
                   f" {server_path(context)} was written for {requirement}",
                   _install(context))


def _fits(version: str, requirement: str) -> bool:
    """Whether ``version`` is one that ``requirement`` allows."""
    compared = re.findall(r"(>=|<)([\d.]+)", requirement)
    return all((release(version) >= release(limit)) == (sign == ">=")
               for sign, limit in compared)


def _version(directory: str, name: str) -> str:
    """The version of ``name`` that is installed in ``directory``, or ""."""
    for entry in names_in(directory):
        found = re.fullmatch(r"(.+?)-(\d[^-]*)(?:-.*)?\.(?:dist|egg)-info",
                             entry)
        if found and canonical(found[1]) == name:
            return found[2]
    return ""


def _imported(context: CheckContext) -> list[str]:
    """The packages that server.py imports."""
    return [*dict.fromkeys(_IMPORT.findall(
        context.text_of(server_path(context))))]


def _install(context: CheckContext) -> str:
    """The command that installs the server, and pip if that is missing."""
    places = import_directories(context.site.virtualenv)
    return ("" if any(os.path.isdir(f"{place}/pip") for place in places)
            else _python(context) + " -m ensurepip && ") + _pip(context)


def _pip(context: CheckContext) -> str:
    return (f"{_python(context)} -m pip install"
            f" {http.requirement(context.site)}")


def _python(context: CheckContext) -> str:
    """How to run the Python of the virtualenv such that it can install."""
    virtualenv = context.site.virtualenv
    return sudo(virtualenv) + shlex.quote(f"{virtualenv}/bin/python")


def _made_anew(context: CheckContext) -> str:
    """The command that makes the virtualenv anew."""
    virtualenv = context.site.virtualenv
    return (f"{sudo(virtualenv)}python3 -m venv --clear"
            f" {shlex.quote(virtualenv)} && {_pip(context)}"
            "   # then install in it what the application needs")


def _for_older(context: CheckContext, version: str) -> str:
    """What to do where Python is too old for the server."""
    site = context.site
    for name, server in http.SERVERS.items():
        if site.interface == "wsgi" and server.speaks_wsgi and (
                release(server.python) <= release(version)):
            return context.redeploy(f"--app-server={name}")
    return (f"make {site.virtualenv} with Python"
            f" {http.oldest_python(site)} or later")


def is_missing(path: str) -> bool:
    """Whether nothing is at ``path``; what cannot be looked at may be there.
    """
    try:
        os.stat(path)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def listening(context: CheckContext) -> CheckResult:
    """The application server of a site that is switched on does not run, so
    that Apache answers 503; or Apache's user cannot reach its socket.
    """
    if not _is_ours(context) or not context.enabled:
        return
    in_force = "".join(text_or_empty(path) for path in (
        context.enabled, context.mount_path) if path)
    for directive, address in _addresses(context):
        # Where it is to listen from the next enable on, nobody asks yet.
        reason = address in in_force and _unreached(context, address)
        if reason:
            yield (f"{directive.where}: {reason}", _start(context))


def _addresses(context: CheckContext) -> Iterator[tuple[Directive, str]]:
    """Yield each ProxyPass to a server of this machine, and its socket or
    port."""
    for directive in context.own.of("ProxyPass"):
        target = directive.arguments[1] if len(directive.arguments) > 1 else ""
        found = re.match(r"unix:([^|]+)\|http://|http://127\.0\.0\.1:(\d+)",
                         target)
        if found:
            yield directive, found[1] or found[2]


def port_taken(context: CheckContext) -> CheckResult:
    """Another program listens at the port that the site was deployed with:
    systemd cannot have it for the application server, and Apache would show
    that program to the visitors.
    """
    for directive, port in _addresses(context) if _is_ours(context) else ():
        if port.isdigit() and _is_open(port) and not _is_own(context, port):
            yield (f"{directive.where}: another program than the site's"
                   f" application server listens at port {port}; `ss -ltnp`"
                   " shows which", context.another("http-socket"))


def _is_open(port: str) -> bool:
    """Whether anything listens at ``port``."""
    try:
        connect(port, 2)
    except OSError as error:
        return not error.errno      # its queue is full
    return True


def _is_own(context: CheckContext, port: str) -> bool:
    """Whether what listens at ``port`` is the site's own: a socket of
    systemd's, or without a unit a server that somebody has started."""
    unit = f"{context.site.name}.socket"
    if not (os.path.isdir(SYSTEMD)
            and os.path.exists(f"{context.site.platform.units}/{unit}")):
        return server_process(context) is not None
    return (_systemctl("is-active", unit).strip() == "active"
            and f":{port} " in _systemctl("show", "-P", "Listen", unit))


def at_boot(context: CheckContext) -> CheckResult:
    """The site is switched on, and systemd would start its application server
    at no boot: neither the service nor its socket is enabled.  Until then it
    goes on; afterwards Apache answers 503.  One of the two is enough, as each
    starts the other.
    """
    site = context.site
    units = [f"{site.name}.socket", f"{site.name}.service"]
    installed_units = [f"{site.platform.units}/{name}" for name in units]
    if not (_is_ours(context) and context.enabled and os.path.isdir(SYSTEMD)
            and not context.host.config
            and all(map(os.path.isfile, installed_units))):
        return
    states = _systemctl("is-enabled", *units).split()
    if set(states) == {"disabled"} and not _wanted_by(units):
        yield (f"neither {units[0]} nor {units[1]} is enabled, so nothing"
               " starts the application server at the next boot",
               f"sudo systemctl enable {shlex.join(units)}")


def hidden(context: CheckContext) -> CheckResult:
    """ProtectHome= of the unit hides all home directories, and what it runs
    is in one, or a link leads there: a Python that uv or pyenv has installed,
    for one.  The service ends with 203/EXEC, or misses its files.
    """
    site, unit = context.site, f"{context.site.name}.service"
    settings = read_unit(site, context.texts) if _is_ours(context) else {}
    if settings.get("ProtectHome", "").lower() not in _CLOSED:
        return
    for path in (f"{site.virtualenv}/bin/python", site.virtualenv,
                 context.directory, context.script_path,
                 context.script.config):
        real = os.path.realpath(path) if path else ""
        if real.startswith(http.HOMES):
            where = real if real == path else f"{path} leads to {real}, which"
            yield (f"{where} is hidden by ProtectHome= of {unit}",
                   shlex.join(["sed", "-i", "s/^ProtectHome=.*/ProtectHome=no"
                               "/", f"{site.output_dir}/{unit}"])
                   + "   # then enable the site again")
            return


def _wanted_by(units: Sequence[str]) -> set[str]:
    """Which other units start one of ``units``."""
    said = "".join(_systemctl("show", "-p", ",".join(_WANTING), unit)
                   for unit in units)
    return {name for line in said.splitlines()
            for name in line.partition("=")[2].split()} - {*units, *_TARGETS}


def _systemctl(*words: str) -> str:
    """What systemctl prints, "" if it does not run."""
    import subprocess

    try:
        return subprocess.run(
            ["systemctl", *words], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            errors="replace", check=False, timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _is_ours(context: CheckContext) -> bool:
    return context.site.backend == "http"


def server_path(context: CheckContext) -> str:
    """The path of the site's server.py."""
    return os.path.join(os.path.dirname(context.script_path), "server.py")


def _unreached(context: CheckContext, address: str) -> str:
    """Say why Apache gets no answer at ``address``, "" if it does."""
    try:
        connect(address, 2)
    except PermissionError:
        return ""      # of this user; nobody knows of Apache's
    except OSError as error:
        if not error.errno:     # it took too long, as its queue is full
            return ""
        where = f"port {address}" if address.isdigit() else address
        return (f"nothing listens at {where} ({error.strerror}), where the"
                " application server should")
    account = context.apache_account
    if address.isdigit() or not account:
        return ""
    status = os.stat(address)
    right = (0o200 if status.st_uid == account.uid else
             0o020 if status.st_gid == account.gid else 0o002)
    return "" if status.st_mode & right or account.uid == 0 else (
        f"{account.user}, as whom Apache serves, may not write to the socket"
        f" {address}")


def _start(context: CheckContext) -> str:
    """The command that starts the server."""
    name = context.site.name
    if os.path.isdir(SYSTEMD):
        return f"sudo systemctl restart {name}.socket {name}.service"
    words = http.command(context.site)
    user = context.site.user or context.apache_user
    return f"sudo -u {user} {shlex.join(words)}"
