"""Give one site new processes, without a reload of Apache.

mod_wsgi's daemon processes are replaced one after the other by a signal: the
one that gets it takes no more requests and finishes those it has, while the
others go on, and Apache holds the socket for which new ones wait.  FastCGI's
processes are replaced once the script is another file, and those of an
application server when it is told to.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from time import monotonic, sleep
from typing import Callable, NamedTuple, Sequence

from modwsgideploy.activation.answers import LogMarks, meaning
from modwsgideploy.activation.asking import Asking
from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.placing import explained
from modwsgideploy.activation.planner import SiteChange
from modwsgideploy.activation.reload import find_running
from modwsgideploy.activation.rights import as_root
from modwsgideploy.apache.control import Service
from modwsgideploy.apache.host import Host
from modwsgideploy.apache.probe import Probe
from modwsgideploy.apache.processes import (
    RunningProcess,
    connections_of,
    process_of,
)
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.running import (
    running_processes,
    server_process,
)
from modwsgideploy.errors import DeployError, Failed
from modwsgideploy.system.files import replace_by_copy

# So long mod_wsgi waits for what is under way, by default.
_SHUTDOWN_SECONDS = 5
# So long mod_fcgid's have to be at rest before they are told to end, and may
# take to do so.
_REST_SECONDS, _END_SECONDS = 3, 10
# How often a site is asked for each of its processes.
_ASKED_OF_EACH = 2


class Restarted(NamedTuple):
    """What became of one site."""

    messages: tuple[str, ...] = ()     # what is wrong
    answer: Probe | None = None
    processes: tuple[RunningProcess, ...] = ()   # those it has now
    replaced: int = 0                  # how many of before have ended
    seconds: float = 0


def restart(context: CheckContext, site: SiteChange, layout: ApacheLayout,
            timeout_seconds: int = 30, replace: bool = True,
            stop: Callable[[], str] = lambda: "") -> Restarted:
    """Replace the processes of a site that is on, and ask it for its page.

    ``site`` says where it is asked, and which logs it has.  The answer of a
    site that fails is explained in ``messages``.  Without ``replace`` it is
    only asked: others that share its processes have new ones already.  After
    each new process ``stop`` may return why the rest is to stay as it is.
    Raises DeployError where nothing can be replaced; nothing has changed then.
    """
    began = monotonic()
    host = Host(layout.config)
    if not host.httpd or not host.report.accepted:
        raise Failed("\n    ".join([
            "Apache refuses its configuration; mend that first:",
            *host.report.output.splitlines()]))
    service = find_running(host.httpd, layout, can_wait=False)
    marks = LogMarks([service.error_log, *site.logs])
    old = running_processes(context, None, service.pid)
    _refuse(context, site, old)
    why = ""
    if replace:
        why = _replace(context, old, service, timeout_seconds, stop)
    asking = Asking(service, layout, timeout_seconds, lambda name: None)
    # Each of several processes may be the one that fails.
    for _ in range(_ASKED_OF_EACH * max(1, len(old)) - 1):
        if not why:
            why = asking.find_trouble([site], marks).get(site.name, "")
    if why and site.name not in asking.answers:
        why = "\n    ".join([why, *meaning(marks.new_lines(), [site])])
    if replace and not why and context.site.backend == "fastcgi":
        end_scripts(old)
    now = running_processes(context, None, service.pid)
    if context.site.backend == "fastcgi":
        # Some of before may have requests to finish.
        now = [each for each in now if _ids([each])[0] not in _ids(old)]
    answer = asking.answers.get(site.name)
    return Restarted(
        (why,) if why else (), answer and answer.probe, tuple(now),
        len({*_ids(old)} - {*_ids(now)}), monotonic() - began)


def _refuse(context: CheckContext, site: SiteChange,
            old: Sequence[RunningProcess]) -> None:
    """Raise Failed where there is nothing that could be replaced."""
    if not any(map(os.path.lexists, site.files[-1:])) and not context.enabled:
        raise Failed(f"{site.name}: is off, so it has no processes;"
                     f" `{context.command('enable')}` switches it on")
    if context.site.backend == "http" and (
            context.site.app_server != "waitress"):
        if not old:
            raise Failed(f"{site.name}: its application server does not run;"
                         f" `sudo systemctl start {site.name}` starts it")
        return
    if context.site.backend == "http" or (
            context.site.backend == "fastcgi"
            and context.site.fastcgi_mode == "proxy"):
        raise Failed(f"{site.name}: is run by systemd, and not by Apache;"
                     f" `sudo systemctl restart {site.name}` gives it new"
                     " processes")
    if context.site.backend == "fastcgi" and (
            context.site.fastcgi_mode == "wrapper"):
        raise Failed(
            f"{site.name}: is known to mod_fcgid by the Python that runs it"
            " (--fastcgi-mode wrapper), so only a reload of Apache gives it"
            f" new processes: `sudo {context.site.reload}`")
    if context.site.backend == "fastcgi":
        if os.path.islink(context.script_path):
            raise Failed(f"{context.script_path}: is a link; put a copy of its"
                         " file in its place, which starts new processes")
        return
    if not any(alias.group for alias in context.aliases):
        raise Failed(
            f"{site.name}: runs in Apache's own processes, which have no"
            " restart of their own; a reload of Apache replaces them, and"
            f" those of every other site: `sudo {context.site.reload}`")
    if not old:
        raise Failed(f"{site.name}: no process of it is found;"
                     f" `{context.command('enable')}` has Apache read its"
                     " configuration")


def _ids(processes: Sequence[RunningProcess]) -> list[tuple[int, float]]:
    """What tells processes from all others; an id alone is used again."""
    return [(process.pid, process.started) for process in processes]


def _replace(context: CheckContext, old: Sequence[RunningProcess],
             service: Service, timeout_seconds: int,
             stop: Callable[[], str]) -> str:
    """Replace the ``old`` processes; return "" or what failed."""
    if context.site.backend == "fastcgi":
        # mod_fcgid starts new ones for what is another file, by its inode.
        with explained(context.script_path):
            replace_by_copy(context.script_path)
        return ""
    if context.site.backend == "http":
        return _replace_workers(context, old, timeout_seconds)
    for process in old:
        if _ids([process]) != _ids(_now([process])):
            continue
        known = _ids(running_processes(context, None, service.pid))
        _signal(process, signal.SIGINT)
        end = monotonic() + timeout_seconds + _shutdown_seconds(context)
        while not _is_replaced(context, process, known, service):
            if monotonic() > end:
                return (f"process {process.pid} was told to end, and no new"
                        f" one is ready {timeout_seconds} seconds after")
            sleep(0.02)
        why = stop()
        if why:
            return why
    return ""


def replace_all(context: CheckContext, service: Service) -> None:
    """Have all processes of a site replaced by mod_wsgi, at the same time;
    those that this user may not signal stay."""
    for process in running_processes(context, None, service.pid):
        with suppress(OSError):
            os.kill(process.pid, signal.SIGINT)


def end_scripts(processes: Sequence[RunningProcess]) -> None:
    """End processes that mod_fcgid has started, and gives no more requests.

    Of those of a script that is gone it would keep three for ever
    (FcgidMinProcessesPerClass).  flup would drop a request that comes at that
    moment, so they have to be at rest: one that finds them busy tries again
    each second.  Those that are never are left to mod_fcgid, and until they
    are gone they would take requests in vain, if their script came back.
    """
    end = monotonic() + _REST_SECONDS * 10
    rest = monotonic() + _REST_SECONDS
    while _alive(processes) and monotonic() < rest:
        if any(map(connections_of, _pids(processes))):
            rest = monotonic() + _REST_SECONDS
        if monotonic() > end:
            return
        sleep(0.02)
    for process in _alive(processes):
        with suppress(OSError):     # another user's
            os.kill(process.pid, signal.SIGTERM)
    end = monotonic() + _END_SECONDS
    while monotonic() < end and any(map(_may_signal, _alive(processes))):
        sleep(0.05)


def _may_signal(process: RunningProcess) -> bool:
    """Tell whether this user may end a process."""
    return os.geteuid() in (0, process.user)


def _pids(processes: Sequence[RunningProcess]) -> list[int]:
    return [process.pid for process in processes]


def _alive(processes: Sequence[RunningProcess]) -> list[RunningProcess]:
    """Those of ``processes`` that run; of a zombie no command is known."""
    now = [each for each in _now(processes) if each.command[0]]
    return [each for each in processes if _ids([each])[0] in _ids(now)]


def _replace_workers(context: CheckContext, old: Sequence[RunningProcess],
                     timeout_seconds: int) -> str:
    """Have an application server start new processes, as its unit's reload
    does, and end the ``old``; return "" or what failed."""
    main = server_process(context)
    if not main:
        return "its application server has ended"
    _signal(main, signal.SIGHUP)
    graceful = context.site.graceful_timeout or 15
    end = monotonic() + timeout_seconds + graceful
    while True:
        now = {*_ids(running_processes(context))}
        if now and not now & {*_ids(old), *_ids([main])}:
            return ""
        if monotonic() > end:
            return (f"process {main.pid} was told to replace its processes,"
                    f" and some of them still run {timeout_seconds + graceful}"
                    " seconds after")
        sleep(0.05)


def _signal(process: RunningProcess, number: signal.Signals) -> None:
    """Send a signal; one that has ended needs none.  Raises DeployError."""
    try:
        os.kill(process.pid, number)
    except ProcessLookupError:
        pass
    except PermissionError:
        raise DeployError(
            f"process {process.pid}: is another user's; run it as root:"
            f" {as_root()}") from None


def _now(processes: Sequence[RunningProcess]) -> list[RunningProcess]:
    """Those of ``processes`` that run, or others with their ids."""
    return [found for process in processes
            if (found := process_of(process.pid))]


def _is_replaced(context: CheckContext, process: RunningProcess,
                 known: Sequence[tuple[int, float]], service: Service) -> bool:
    """Whether ``process`` has ended, and a new one takes requests.

    mod_wsgi starts the threads of a process when it has loaded the scripts
    that are preloaded.
    """
    found = running_processes(context, None, service.pid)
    threads = context.option("threads")
    return _ids([process])[0] not in _ids(found) and any(
        each.threads >= int(threads if threads.isdigit() else 1)
        for each in found if _ids([each])[0] not in known)


def _shutdown_seconds(context: CheckContext) -> int:
    """How long mod_wsgi waits for the requests of a process that ends."""
    seconds = context.option("shutdown-timeout")
    return int(seconds) if seconds.isdigit() else _SHUTDOWN_SECONDS
