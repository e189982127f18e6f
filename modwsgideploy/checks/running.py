"""Find the processes that run a site, and whether its code is newer."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from modwsgideploy.apache.processes import (
    RunningDaemon,
    RunningProcess,
    children_of,
    process_of,
    processes_with,
    running_daemons,
)
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.fixes import sudo
from modwsgideploy.model.release import ReleasePaths, find_root
from modwsgideploy.sites.resolve import moved
from modwsgideploy.system.files import names_in
from modwsgideploy.system.venv import site_packages

# The kernel tells in hundredths when a process was started.
_TICK_SECONDS = 0.02


class NewerCode(NamedTuple):
    """A file that the processes of a site have not read as it is."""

    path: str
    changed: float
    started: float      # when the oldest of the processes was


def running_processes(context: CheckContext,
                      daemons: Iterable[RunningDaemon] | None = None,
                      apache: int = 0) -> list[RunningProcess]:
    """Find the processes that run the application of a site.

    These are mod_wsgi's ``daemons`` (by default as they are now), those of
    FastCGI, or those of an application server.  There are none where Apache's
    own processes run it.  ``apache`` is the id of Apache's main process;
    without it, those that work in the site's directory count, of any Apache.
    """
    if context.site.backend == "fastcgi":
        return _scripts(context, apache)
    if context.site.backend == "http":
        return _workers(context)
    groups = {alias.group for alias in context.aliases if alias.group}
    home = os.path.realpath(context.home)
    root = context.site.release_root
    found = []
    for daemon in running_daemons() if daemons is None else daemons:
        # A release that is not current any more has another directory; all
        # that have none work in "/".
        is_inside = daemon.directory == home != "/" or bool(root) and (
            daemon.directory.startswith(ReleasePaths(root).releases + "/"))
        if (is_inside or apache and not daemon.is_cut) and any(
                f"(wsgi:{group})".encode().startswith(daemon.title)
                for group in groups):
            process = process_of(daemon.pid)
            if process and process.parent == (apache or process.parent):
                found.append(process)
    return found


def _scripts(context: CheckContext, apache: int) -> list[RunningProcess]:
    """Find the processes that run the script of a FastCGI site.

    mod_fcgid starts them from a process of its own, which Apache's main
    process has started.
    """
    is_wrapped = context.site.fastcgi_mode == "wrapper"
    found = _by_python(context, context.site.own_script if is_wrapped
                       else context.script_path)
    if not apache or context.site.fastcgi_mode == "proxy":
        return found
    managers = {child.pid for child in children_of(apache)}
    return [process for process in found if process.parent in managers]


def _by_python(context: CheckContext, script: str) -> list[RunningProcess]:
    """Find the processes in which Python runs a script of a site's.

    Others have it on their command line as well, such as an editor; and
    those of other users can have any name.
    """
    # Which deploy does not need.
    from modwsgideploy.system.accounts import named_account

    account = named_account(context.site.user or context.apache_user)
    users = {0, os.geteuid(), account.uid if account else 0}
    return [process for process in processes_with(script)
            if process.user in users and os.path.basename(
                process.command[0]).startswith((b"python", b"pypy"))]


def server_process(context: CheckContext) -> RunningProcess | None:
    """Find the main process of the application server of a site."""
    found = _by_python(context, _server_files(context)[0])
    ids = {process.pid for process in found}
    return next((process for process in found
                 if process.parent not in ids), None)


def runs_former_files(context: CheckContext) -> bool:
    """Tell whether the application server of a site was started before what
    it runs was written, which has the site's options."""
    main = server_process(context)
    return main is not None and any(
        os.path.getmtime(path) > main.started + _TICK_SECONDS
        for path in _server_files(context) if os.path.exists(path))


def _server_files(context: CheckContext) -> list[str]:
    """Name the generated files that an application server runs."""
    directory = os.path.dirname(context.script_path)
    return [os.path.join(directory, "server.py"), context.script_path]


def _workers(context: CheckContext) -> list[RunningProcess]:
    """Find the processes of an application server that answer requests."""
    main = server_process(context)
    if not main:
        return []
    # Python's multiprocessing has a process that loads nothing.
    return [child for child in children_of(main.pid) if not any(
        b"resource_tracker" in word for word in child.command)] or [main]


def newer_code(context: CheckContext,
               daemons: Iterable[RunningDaemon] | None = None,
               apache: int = 0, asked: bool = False) -> NewerCode | None:
    """Find what has changed since the processes of a site were started.

    mod_wsgi starts new ones with the next request after the script's time
    has changed, so what is older than that is none.  But a process that is
    just loading takes that time for its own; this shows if the site was
    ``asked`` since, and none is new.  Without WSGIScriptReloading the script
    is a file as any other.
    """
    if not os.path.exists(context.script_path):
        return None
    times = [process.started for process
             in running_processes(context, daemons, apache)]
    if not times:
        return None
    read = started = min(times)
    touched = os.path.getmtime(context.script_path)
    code = [*_code_of(context)]
    if context.site.backend == "http":
        code.append(context.script_path)
    elif context.site.backend == "mod_wsgi":
        if not context.notices_touch:
            code.append(context.script_path)
        elif not (asked and max(times) < touched):
            read = max(started, touched)
    files = [(os.path.getmtime(path), path) for path in code
             if os.path.exists(path)]
    link = ReleasePaths(find_root(context.script_path)).link
    if context.script_path.startswith(link + "/"):
        files.append((os.lstat(link).st_mtime, link))
    changed, path = max(files, default=(0, ""))
    return (NewerCode(path, changed, started)
            if changed > read + _TICK_SECONDS else None)


def renewal(context: CheckContext) -> str:
    """The command that gives a site new processes, for what was mended; ""
    where it has none, since it is not on."""
    site, path = context.site, context.script_path
    in_daemon = site.backend == "mod_wsgi" and site.mode == "daemon"
    if in_daemon and context.notices_touch:
        return f"{sudo(path)}touch {shlex.quote(path)}"
    if not context.enabled:
        return ""
    if site.backend == "fastcgi" and site.fastcgi_mode == "proxy" or (
            site.backend == "http" and site.app_server == "waitress"):
        return f"sudo systemctl restart {site.name}"
    if in_daemon or site.backend == "http" or (
            site.backend == "fastcgi" and site.fastcgi_mode != "wrapper"):
        return context.command("restart")
    return f"sudo {site.reload}"


def and_then(context: CheckContext) -> str:
    """What follows the words of how to mend code: the command that has it
    run, or nothing."""
    command = renewal(context)
    return command and f", then: {command}"


def _code_of(context: CheckContext) -> Iterator[str]:
    """Yield the files that the application was loaded from."""
    site, project = context.site, context.project
    yield context.script.config
    if project:
        yield from context.python_files(moved(
            project.location, site.project_directory, site.directory,
            project.location))
    # What pip installs last, it records last.
    for directory in site_packages(context.virtualenv):
        for name in names_in(directory):
            if name.endswith(".dist-info"):
                yield f"{directory}/{name}/RECORD"
