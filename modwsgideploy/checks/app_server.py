"""Check what runs an application behind mod_proxy_http, and its socket."""

from __future__ import annotations

import os
import re
import shlex

from modwsgideploy.backends import http
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.system.sockets import connect
from modwsgideploy.system.venv import site_packages

# Where a machine that systemd runs has this directory (sd_booted(3)).
SYSTEMD = "/run/systemd/system"
# What its module is called that server.py imports.
_IMPORT = re.compile(r"(?m)^ *from (granian|gunicorn|uvicorn|waitress|a2wsgi)"
                     r"[. ]")


def installed(context: CheckContext) -> CheckResult:
    """The virtualenv lacks the application server that server.py imports, so
    that ends with ModuleNotFoundError.
    """
    virtualenv = context.site.virtualenv
    if not _is_ours(context) or not os.path.isdir(virtualenv):
        return
    places = site_packages(virtualenv)
    text = context.text_of(server_path(context))
    missing = [name for name in dict.fromkeys(_IMPORT.findall(text))
               if places and not any(os.path.isdir(os.path.join(place, name))
                                     for place in places)]
    if missing:
        needed = http.requirement(context.site)
        yield (f"{virtualenv} has no {' and no '.join(missing)}, under which"
               f" {server_path(context)} runs the application",
               f"{shlex.quote(virtualenv + '/bin/python')} -m pip install"
               f" {needed}")


def listening(context: CheckContext) -> CheckResult:
    """The application server of a site that is switched on does not run, so
    that Apache answers 503; or Apache's user cannot reach its socket.
    """
    if not _is_ours(context) or not context.enabled:
        return
    for directive in context.own.of("ProxyPass"):
        target = directive.arguments[1] if len(directive.arguments) > 1 else ""
        path = re.match(r"unix:([^|]+)\|http://", target)
        port = re.match(r"http://127\.0\.0\.1:(\d+)", target)
        address = path[1] if path else port[1] if port else ""
        reason = address and _unreached(context, address)
        if reason:
            yield (f"{directive.where}: {reason}", _start(context))


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
