"""Have a site served from another release, and go back if that fails.

The link ROOT/current is renamed over the one before it.  Then each process of
the site is replaced by itself, while the others go on with the release that
they have loaded.

Where this user may not signal them, mod_wsgi does it: before each request it
compares the time of the script with that of the one which the process has
loaded.  So all of them start anew at the next requests, which wait for them.
With WSGIScriptReloading Off it does not, and such a switch is refused.

For mod_fcgid the script is another file, for which it starts new processes
with the next request.  What runs in Apache's own processes takes a reload.

Else Apache reads its configuration only where that is another one, so no other
site notices.
"""

from __future__ import annotations

import os
from contextlib import suppress
from time import monotonic, sleep
from time import time_ns as time_ns_now
from typing import NamedTuple

from modwsgideploy import checks
from modwsgideploy.activation import checkpoint
from modwsgideploy.activation.answers import (
    Answer,
    LogMarks,
    ask,
    meaning,
)
from modwsgideploy.activation.apply import (
    ApplyOptions,
    SiteResult,
    apply_changes,
)
from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.maintenance import ANY
from modwsgideploy.activation.planner import SiteChange, new_texts
from modwsgideploy.activation.reload import reload
from modwsgideploy.activation.restart import end_scripts, restart
from modwsgideploy.activation.rights import as_root, check_rights
from modwsgideploy.apache.control import (
    Service,
    control_command_line,
    find_service,
)
from modwsgideploy.apache.host import Host
from modwsgideploy.apache.probe import Probe
from modwsgideploy.catalog.checks import ALWAYS, CHEAP, ERROR, HOST
from modwsgideploy.checks.config_test import gains_root
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.running import running_processes
from modwsgideploy.errors import DeployError, Failed
from modwsgideploy.model.release import ReleasePaths
from modwsgideploy.releases.current import flip
from modwsgideploy.releases.noticing import have_noticed
from modwsgideploy.releases.ways import (
    DAEMONS,
    RELOAD,
    SCRIPT,
    SERVICE,
    check_user,
    way_of,
)
from modwsgideploy.system.guard import guarded
from modwsgideploy.system.identity import acting_as, owner_on_the_way
from modwsgideploy.system.signals import ignored_signals, stop_on_signals

# Between two looks at which processes have ended.
_PAUSE_SECONDS = 0.1
_ASKED_AT_ONCE = 4
# How often the site is asked for each of its processes.
_ASKED_OF_EACH = 2
# So long mod_wsgi waits for requests by default; and what more is let pass.
_SHUTDOWN_SECONDS, _GRACE_SECONDS = 5, 3


class Switched(NamedTuple):
    """What came of a switch."""

    messages: tuple[str, ...] = ()    # why it was taken back
    answer: Probe | None = None
    restored: bool = True             # where it was taken back
    left: tuple[int, ...] = ()        # processes that still serve the other


class Switch:
    """One switch of a site to the release ``name``.

    ``change`` is what of Apache's configuration goes with it, ``context`` the
    site as the release has it.  The name "" is none: the site is served from
    ROOT itself.
    """

    def __init__(self, paths: ReleasePaths, name: str, change: SiteChange,
                 layout: ApacheLayout, context: CheckContext,
                 timeout_seconds: int) -> None:
        self.paths, self.name, self.change = paths, name, change
        self.layout, self.context = layout, context
        self.timeout_seconds = timeout_seconds
        self.before = paths.current
        self.way = way_of(context.site)
        # Requests do not reach the processes, but those of some addresses.
        self.maintained = any(
            each.wanted == ANY for each in change.endpoints)

    def check(self) -> None:
        """Raise DeployError where this user may not do it, or Apache cannot.
        """
        if self.change.paths:
            self._refuse_gains()
            check_rights(self.layout, self.change.all_paths)
        check_user(self.context, self.layout)
        self._find_service()

    def _refuse_gains(self) -> None:
        """Raise Failed for what would give others the rights of root, which
        ``--no-check`` does not let pass either."""
        errors = [each for each in checks.run(
            self.context, (CHEAP, HOST), rejected=False, codes=ALWAYS)
            if each.level == ERROR]
        if errors:
            raise Failed(*(f"{each.message} [{each.code}]: {each.fix}"
                           for each in errors))
        if any(gains_root(text, self.context)
               for text in new_texts(self.change)):
            raise Failed(f"{self.context.conf}: was changed while it was read,"
                         " to what Apache would do as root")

    def go(self) -> Switched:
        """Do it; go back to the release before if it does not answer.

        Raises Failed.
        """
        handlers = stop_on_signals()
        try:
            if self.change.paths or self.way == SERVICE:
                return self._changed()
            with guarded(self._back):
                return {DAEMONS: self._flipped, SCRIPT: self._replaced,
                        RELOAD: self._reloaded}[self.way]()
        except BaseException:
            with ignored_signals(handlers):
                self._back()
            raise
        finally:
            with ignored_signals(handlers):     # which puts them back
                pass

    def _back(self) -> None:
        """Lead back to the release before, and have that noticed."""
        flip(self.paths, self.before)
        if self.before:
            have_noticed(self.context, self.layout, self.timeout_seconds)

    def _changed(self) -> Switched:
        """Switch, with a change of the configuration, or of a service."""
        if self.name:
            self._keep_time()
            flip(self.paths, self.name)
        with checkpoint.locked(self.layout):
            result: SiteResult = apply_changes(
                [self.change], self.layout, ApplyOptions(
                    True, True, self.timeout_seconds))[self.change.name]
        if result.messages:
            self._back()     # Apache may have begun with the new one
            return Switched(result.messages, restored=result.restored)
        if not self.name:
            flip(self.paths, "")
        return Switched(answer=result.answer)

    def _flipped(self) -> Switched:
        """Switch, and leave Apache alone."""
        service = self._find_service()
        marks = LogMarks([service.error_log, *self.change.logs])
        older = self._processes(service)
        if older and all(map(_may_signal, older)):
            return self._rolled()
        if older and self.maintained:
            raise Failed(f"{self.change.name}: is in maintenance, so its"
                         " processes notice nothing; run it as root, who may"
                         f" end them: {as_root()}")
        self._set_time(self.name)
        flip(self.paths, self.name)
        answer = self._ask(service)
        if not answer.trouble:
            left = self._wait_for_others(service, older)
            return Switched((), answer.probe, left=left)
        # At once: until then visitors get what it answered.
        self._back()
        return self._failed(service, answer, marks)

    def _replaced(self) -> Switched:
        """Switch, after which the script is another file; and end what has
        run the one before, of which mod_fcgid would keep some for ever."""
        service = self._find_service()
        marks = LogMarks([service.error_log, *self.change.logs])
        older = running_processes(self.context, None, service.pid)
        flip(self.paths, self.name)
        answer = self._ask(service)
        if not answer.trouble:
            end_scripts(older)
            return Switched((), answer.probe)
        self._back()
        return self._failed(service, answer, marks)

    def _reloaded(self) -> Switched:
        """Switch, and have Apache replace all of its processes."""
        service = self._find_service()
        marks = LogMarks([service.error_log, *self.change.logs])
        self._keep_time()
        flip(self.paths, self.name)
        failure = reload(service, "reload", self.timeout_seconds)
        answer = self._ask(service)
        if not (failure or answer.trouble):
            return Switched((), answer.probe)
        self._back()
        switched = self._failed(service, answer, marks)
        return switched._replace(
            messages=(failure, *switched.messages)) if failure else switched

    def _failed(self, service: Service, answer: Answer, marks: LogMarks
                ) -> Switched:
        """Say why a switch, which is undone, has failed."""
        why = "\n    ".join([
            f"{answer.endpoint.url} {answer.trouble}",
            *meaning(marks.new_lines(), [self.change])])
        return Switched((why,), restored=not self._ask(service).trouble)

    def _keep_time(self) -> None:
        """Give the new script the time of the one before, so that no process
        of mod_wsgi notices before it is its turn."""
        if self.before:
            self._set_time(self.name, _time_of(self._script(self.before)))

    def _rolled(self) -> Switched:
        """Switch, and replace one process after the other."""
        self._keep_time()
        flip(self.paths, self.name)
        result = restart(self.context, self.change, self.layout,
                         self.timeout_seconds, stop=self._trouble)
        if not result.messages:
            return Switched((), result.answer)
        flip(self.paths, self.before)
        back = restart(self.context, self.change, self.layout,
                       self.timeout_seconds)
        return Switched(result.messages, restored=not back.messages)

    def _trouble(self) -> str:
        """Say why a new process, which is one of some, does not work."""
        for _ in range(_ASKED_OF_EACH * self.context.processes):
            answer = ask(self.change.endpoints, self.timeout_seconds)
            if answer.trouble:
                return f"{answer.endpoint.url} {answer.trouble}"
        return ""

    def _script(self, name: str) -> str:
        """The site's script in the release ``name``."""
        head = self.paths.link + "/"
        return os.path.join(self.paths.release(name),
                            self.context.script_path[len(head):])

    def _set_time(self, name: str, time_ns: int = 0) -> None:
        """Give the script of the release ``name`` a time, by default now."""
        path, wanted = self._script(name), time_ns or time_ns_now()
        with acting_as(owner_on_the_way(path)), suppress(OSError):
            os.utime(path, ns=(wanted, wanted))

    def _ask(self, service: Service) -> Answer:
        """Ask for the site, and once more before it is said to fail.

        It has another chance while somebody else has Apache reload, as
        requests may fail then.
        """
        end = monotonic() + self.timeout_seconds
        while True:
            before = service.generation
            for _ in range(2):
                answer = ask(self.change.endpoints, self.timeout_seconds)
                if not answer.trouble:
                    return answer
            if service.generation == before or monotonic() > end:
                return answer
            sleep(_PAUSE_SECONDS)

    def _find_service(self) -> Service:
        """Find the Apache that serves the site.  Raises Failed."""
        host = Host(self.layout.config)
        if not host.httpd:
            raise DeployError("this machine has no Apache")
        if os.geteuid() and not host.report.accepted:
            raise DeployError(
                "Apache cannot test its configuration for this user, so it is"
                f" not known which process it is; run it as root: {as_root()}")
        service = find_service(host.httpd, self.layout.config,
                               self.layout.platform)
        if not service.pid:
            raise Failed("Apache does not run; start it with `"
                         + control_command_line(service, "start") + "`")
        return service

    def _processes(self, service: Service) -> set[int]:
        """The processes of the site, which Apache has started."""
        return {process.pid for process in running_processes(
            self.context, None, service.pid)}

    def _wait_for_others(self, service: Service, older: set[int]
                         ) -> tuple[int, ...]:
        """Ask until each process of before has ended; those that have not.

        One that is asked ends when it has answered what it has begun.  One
        that was loading the release before has taken the new time for that of
        what it has loaded, so after a while the script gets another.
        """
        from concurrent.futures import ThreadPoolExecutor

        end = monotonic() + self.timeout_seconds
        touch = monotonic() + self._shutdown_seconds + _GRACE_SECONDS
        with ThreadPoolExecutor(_ASKED_AT_ONCE) as pool:
            while True:
                left = older & self._processes(service)
                if not left or monotonic() > end:
                    return tuple(sorted(left))
                if monotonic() > touch:
                    self._set_time(self.name)
                    touch = end
                list(pool.map(lambda _: ask(
                    self.change.endpoints, self.timeout_seconds),
                    range(_ASKED_AT_ONCE)))
                sleep(_PAUSE_SECONDS)

    @property
    def _shutdown_seconds(self) -> int:
        """How long a process that ends waits for what it has begun."""
        text = self.context.option("shutdown-timeout")
        return int(text) if text.isdigit() else _SHUTDOWN_SECONDS


def _may_signal(pid: int) -> bool:
    """Tell whether this user may end a process, as far as there is one."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return False
    except ProcessLookupError:
        pass
    return True


def _time_of(path: str) -> int:
    """The time of a file in nanoseconds; 0 for none."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
