"""Say by which way the processes of a site come to another release."""

from __future__ import annotations

import os
import shlex

from modwsgideploy.activation import units
from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.reload import find_running
from modwsgideploy.activation.rights import as_root
from modwsgideploy.apache.host import Host
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.running import running_processes
from modwsgideploy.errors import DeployError, Failed
from modwsgideploy.model.site import Site
from modwsgideploy.system.files import text_or_empty

# mod_wsgi's daemon processes are replaced one by one; mod_fcgid has processes
# for each file that is the script, so another one has its own; what runs in
# Apache's own processes takes a reload, as does a script that mod_fcgid knows
# by the program that runs it.
# An application server is restarted by systemd, which holds its socket.
DAEMONS, SCRIPT, RELOAD, SERVICE = "daemons", "script", "reload", "service"

UNTOUCHED = ("has WSGIScriptReloading Off, so its processes notice no new"
             " code, and they are another user's")


def way_of(site: Site) -> str:
    """Return the way of ``site``.  Raises Failed where there is none."""
    if site.backend == "mod_wsgi":
        return DAEMONS if site.mode == "daemon" else RELOAD
    if site.backend == "mod_python":
        return RELOAD
    if site.backend == "fastcgi" and site.fastcgi_mode == "alias":
        return SCRIPT
    if site.backend == "fastcgi" and site.fastcgi_mode == "wrapper":
        return RELOAD
    if site.backend == "http":
        return SERVICE
    raise Failed(f"{site.name}: {_why_not(site)}")


def _why_not(site: Site) -> str:
    """Say why a site of FastCGI cannot have releases, and what does
    instead."""
    if site.fastcgi_mode == "htaccess":
        return ("is deployed with --fastcgi-mode htaccess, for a host whose"
                " Apache is not to be changed, so nothing could be switched;"
                " bring its new code as the step Update of its README.txt"
                " does")
    return ("is deployed with --fastcgi-mode proxy, whose one process takes"
            " its socket with it when it ends, so requests would be lost;"
            " deploy it with another mode, or bring its new code as the step"
            " Update of its runbook does")


def refuse(context: CheckContext, layout: ApacheLayout) -> None:
    """Raise Failed for a site that cannot be switched."""
    site = context.site
    way = way_of(site)
    installed = layout.enabled or layout.platform.sites
    text = text_or_empty(f"{installed}/{site.conf_name}")
    command = shlex.join(["modwsgideploy", "enable",
                          site.release_root or site.project_directory])
    if not text:
        raise Failed(f"{site.name}: is not on, so there is nothing to switch;"
                     f" `{command}` switches it on")
    if way == SERVICE:
        _require_service(site, layout)


def check_user(context: CheckContext, layout: ApacheLayout) -> None:
    """Raise DeployError where a switch takes a reload of Apache, a restart of
    an application server or a signal, and this user may not have it."""
    site = context.site
    way = way_of(site)
    if way == SERVICE and os.geteuid():
        raise DeployError(
            f"{site.name}: its application server is restarted by systemd,"
            f" which root may tell that; run it as root: {as_root()}")
    host = Host(layout.config)
    if not os.geteuid() or not host.httpd:
        return
    if way == RELOAD:
        _require_signals(find_running(
            host.httpd, layout, can_wait=False).pid, site,
            "runs such that only a reload of Apache gives it new code, and"
            " Apache runs as another user")
    if way == DAEMONS and not context.notices_touch:
        service = find_running(host.httpd, layout, can_wait=False)
        for process in running_processes(context, None, service.pid):
            _require_signals(process.pid, site, UNTOUCHED)


def _require_signals(pid: int, site: Site, why: str) -> None:
    """Raise DeployError if this user may not signal a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        pass
    except PermissionError:
        raise DeployError(
            f"{site.name}: {why}; run it as root: {as_root()}") from None


def _require_service(site: Site, layout: ApacheLayout) -> None:
    """Raise Failed where systemd does not run the site's server."""
    if layout.config or not (units.runs_systemd() and units.are_installed(
            site, site.platform.units)):
        raise Failed(
            f"{site.name}: its application server is none that systemd runs"
            " here, which would hold its socket while it is restarted; bring"
            " its new code as the step Update of its runbook does")
