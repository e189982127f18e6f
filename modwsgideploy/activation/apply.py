"""Switch sites on or off in a running Apache, and take back what fails.

What `planner` plans, made safe:

- A checkpoint, a file in the directory of Apache's configuration, holds what
  was at each path before the first one changes, and is gone at the end.  A run
  that was killed is undone by the next one (`rollback`).
- Apache tests the configuration before it reads it, and each site is asked
  for a page afterwards.  A site that is refused, or does not answer as it
  should, is taken back by itself; the others stay.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from time import monotonic, sleep
from typing import Callable, Iterable, NamedTuple, Sequence

from modwsgideploy.activation.answers import (
    LogMarks,
    ask,
    ask_each,
    meaning,
    trouble,
)
from modwsgideploy.activation.checkpoint import (
    remove_checkpoint,
    write_checkpoint,
)
from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.planner import SiteChange
from modwsgideploy.activation.reload import (
    SETTLED_SECONDS,
    reload,
    reload_or_start,
)
from modwsgideploy.activation.rollback import not_put_back, put_back
from modwsgideploy.activation.state import (
    PathChange,
    one_of_each_path,
    write_states,
)
from modwsgideploy.apache import control
from modwsgideploy.apache.control import ConfigReport, Service
from modwsgideploy.apache.host import Host
from modwsgideploy.apache.probe import Probe
from modwsgideploy.errors import DeployError, Failed
from modwsgideploy.system.signals import ignored_signals, stop_on_signals


class ApplyOptions(NamedTuple):
    """How one run goes."""

    on: bool = True
    reload: bool = True
    timeout_seconds: int = 30


class SiteResult(NamedTuple):
    """What became of a SiteChange."""

    messages: tuple[str, ...] = ()     # why it was taken back
    answer: Probe | None = None


def as_root() -> str:
    """Give the command that was run, for root to run."""
    import shlex
    import sys

    return "sudo " + shlex.join([os.path.abspath(sys.argv[0]), *sys.argv[1:]])


def check_rights(layout: ApacheLayout, changes: Iterable[PathChange]) -> None:
    """Raise DeployError if this user may not make ``changes``."""
    for directory in dict.fromkeys([layout.root, *(
            os.path.dirname(change.path) for change in changes)]):
        if not os.access(directory, os.W_OK):
            raise DeployError(
                f"{directory}: this user may not write there, so nothing was"
                f" changed; run it as root: {as_root()}")


def unread_sites(sites: Iterable[SiteChange], layout: ApacheLayout, on: bool
                 ) -> set[str]:
    """Name the ``sites`` that Apache has not read since they were changed.

    As after --no-reload, or a2ensite.
    """
    host = Host(layout.config)
    service = host.httpd and control.find_service(
        host.httpd, layout.config, layout.platform)
    if not service or not service.pid:
        return set()
    read = os.stat(service.pid_file).st_mtime
    names = set()
    for site in sites:
        with suppress(FileNotFoundError):
            if on:
                times = [os.lstat(path).st_ctime for path in site.files]
            else:
                times = [os.stat(os.path.dirname(site.files[-1])).st_mtime]
            if max(times) > read:
                names.add(site.name)
    return names


def apply_changes(sites: Sequence[SiteChange], layout: ApacheLayout,
                  options: ApplyOptions,
                  on_done: Callable[[str], object] | None = None
                  ) -> dict[str, SiteResult]:
    """Make the changes of ``sites`` take effect; the result of each name.

    ``on_done(name)`` is called as each is done.  Raises Failed when that is
    no site's fault; nothing has changed then.
    """
    run = _Run(layout, options, on_done or (lambda name: None))
    handlers = stop_on_signals()
    try:
        run.go(sites)
    except BaseException as error:
        with ignored_signals(handlers):
            run.back_out(error)
        raise
    finally:
        with ignored_signals(handlers):   # which puts them back
            pass
    return {site.name: run.result(site) for site in sites}


class _Run:
    """One change of what is switched on."""

    def __init__(self, layout: ApacheLayout, options: ApplyOptions,
                 on_done: Callable[[str], object]) -> None:
        self.layout, self.options, self.on_done = layout, options, on_done
        self.applied: list[SiteChange] = []    # their files are in place
        self.failed: dict[str, list[str]] = {}
        self.answers: dict[str, Probe] = {}
        self.service: Service | None = None
        self.broken = False    # as it was before
        self.written = self.loaded = False
        self.changed: list[str] = []   # paths that others have changed, too
        self.host = Host(layout.config)

    def go(self, sites: Sequence[SiteChange]) -> None:
        """Do it all.  Raises Failed."""
        before = self.test()
        self.broken = not before.accepted
        if not self.broken:
            self.find_service()
        elif self.options.on and not self.named(sites, before.output):
            raise Failed("\n    ".join([
                "Apache refuses its configuration as it is already, so"
                " nothing was changed; mend that first:",
                *before.output.splitlines()]))
        self.written = True
        write_checkpoint(self.layout, [
            change for site in sites for change in site.paths],
            bool(self.service))
        self.settle(sites)
        self.refuse_unread()
        if self.applied and self.options.reload:
            self.find_service()
            self.load()
            self.ask()
        remove_checkpoint(self.layout)
        self.written = False

    def result(self, site: SiteChange) -> SiteResult:
        """Say what became of ``site``."""
        paths = [change.path for change in site.paths]
        return SiteResult(
            (*self.failed.get(site.name, ()), *not_put_back(
                path for path in self.changed if path in paths)),
            self.answers.get(site.name))

    def back_out(self, error: BaseException) -> None:
        """Put everything back, because of ``error``."""
        if not self.written:
            return
        try:
            self.take_back(self.applied)
            if self.loaded:
                self.load_former()
            remove_checkpoint(self.layout)
        except DeployError as second:
            raise Failed(
                *getattr(error, "messages", ()), *second.messages,
                "what was changed could not be put back; mend that and run it"
                " again, which does it") from None

    # What Apache says of the files.

    def test(self) -> ConfigReport:
        """Ask Apache what it says to the configuration as it is."""
        self.host = Host(self.layout.config)
        return self.host.report

    def find_service(self) -> None:
        """Find the Apache that is to read it.  Raises Failed."""
        if self.service or not self.options.reload or not self.host.httpd:
            return
        service = control.find_service(
            self.host.httpd, self.layout.config, self.layout.platform)
        if not service.pid:
            raise Failed(
                "Apache does not run, so nothing was changed; start it with `"
                + control.control_command_line(service, "start")
                + "`, or leave it to Apache's next start with --no-reload")
        try:
            os.kill(service.pid, 0)
        except PermissionError:
            raise DeployError(
                f"process {service.pid}: Apache runs as another user, so"
                f" nothing was changed; run it as root: {as_root()}"
            ) from None
        self.service = service

    def named(self, sites: Iterable[SiteChange], text: str
              ) -> list[SiteChange]:
        """List those of ``sites`` whose files Apache named in ``text``."""
        return [site for site in sites if any(
            re.search(rf"(?<![\w./-]){re.escape(path)}(?![\w/-]|\.\w)", text)
            for path in (*site.files, *(
                change.path for change in site.shared)))]

    def settle(self, sites: Sequence[SiteChange]) -> None:
        """Apply as many of ``sites`` as Apache accepts together."""
        while sites:
            self.apply(sites)
            report = self.test()
            if report.accepted:
                return
            guilty = self.named(sites, report.output) or (
                sites if len(sites) == 1 else [])
            if not guilty:
                break
            self.refuse(guilty, "Apache refuses the configuration"
                        + (", as it did before" if self.broken else ""),
                        meaning(report.output.splitlines(), guilty))
            sites = [site for site in sites if site not in guilty]
        if sites:
            self.take_back(sites)
            half = len(sites) // 2
            self.settle(sites[:half])
            self.settle(sites[half:])

    def refuse_unread(self) -> None:
        """Refuse what Apache does not read, or reads from elsewhere, too."""
        read = {os.path.realpath(path) for path in
                {each.path for each in self.host.directives}}
        wrong = []
        for site in self.applied:
            paths = [path for path in (*site.files, site.source)
                     if os.path.realpath(path) in read]
            link = site.files[-1]
            if self.options.on and not paths:
                wrong.append(site)
                self.failed[site.name] = [
                    f"Apache does not read {link}: its configuration"
                    f" includes no {os.path.dirname(link)}/*.conf"]
            elif paths and not self.options.on:
                wrong.append(site)
                self.failed[site.name] = [
                    f"Apache reads {paths[0]} from elsewhere as well: find"
                    " the Include or the link, and remove that"]
        if wrong:
            self.take_back(wrong)
            self.settle(list(self.applied))

    # What is where.

    def apply(self, sites: Iterable[SiteChange]) -> None:
        """Put the files of ``sites`` in their places."""
        sites = list(sites)
        self.applied += [site for site in sites if site not in self.applied]
        write_states([(change.path, change.new) for change in one_of_each_path(
            change for site in sites for change in site.paths)])

    def take_back(self, sites: Iterable[SiteChange]) -> None:
        """Put back what was there before ``sites``."""
        sites = list(sites)
        self.applied = [site for site in self.applied if site not in sites]
        needed = {change.path for site in self.applied
                  for change in site.shared}
        self.changed += put_back(one_of_each_path(
            change for site in sites for change in (*site.own, *site.shared)
            if change.path not in needed))

    def refuse(self, sites: Iterable[SiteChange], message: str,
               lines: Sequence[str] = ()) -> None:
        """Take ``sites`` back, and note why."""
        sites = list(sites)
        for site in sites:
            self.failed[site.name] = ["\n    ".join([
                message + (":" if lines else ""), *lines])]
            self.on_done(site.name)
        self.take_back(sites)

    # What runs.

    def load(self) -> None:
        """Have Apache read it.  Raises Failed."""
        assert self.service
        self.marks = LogMarks([self.service.error_log, *(
            log for site in self.applied for log in site.logs)])
        self.loaded = True
        # What is new for all sites may be read at the start alone.
        verb = "restart" if any(
            site.shared for site in self.applied) else "reload"
        failure = reload(self.service, verb, self.options.timeout_seconds)
        if not failure:
            return
        failure = "\n    ".join([
            failure, *meaning(self.marks.new_lines(), self.applied)])
        self.refuse(self.applied, failure)
        second = self.load_former()
        self.loaded = False
        if second:
            raise Failed(failure,
                         f"everything was put back, and then: {second}")

    def load_former(self) -> str:
        """Have Apache read what was put back; "" or what went wrong."""
        assert self.service
        return reload_or_start(self.service, self.options.timeout_seconds)

    def ask(self) -> None:
        """Ask for each site, and take back what does not answer."""
        if not self.options.on:
            for site in self.applied:
                self.on_done(site.name)
        began = monotonic()
        wrong = self._wrong_at_first()
        if wrong:
            # A process of before may have answered.
            sleep(max(0, began + SETTLED_SECONDS - monotonic()))
        wrong = [site for site in wrong if self._still_wrong(site)]
        if not wrong:
            return
        self.take_back(wrong)
        report = self.test()
        if not report.accepted:
            self.refuse(self.applied, "Apache refuses the configuration"
                        " without the others",
                        meaning(report.output.splitlines(), self.applied))
        failure = self.load_former()
        if failure:
            self.failed[wrong[-1].name].append(failure)

    def _wrong_at_first(self) -> list[SiteChange]:
        """List the sites whose first answer is none of a site that works."""
        sites = {site.name: site for site in self.applied}
        endpoints = {site.name: site.endpoint for site in self.applied
                     if site.endpoint and self.options.on}
        wrong = []
        for name, answer in (ask_each(
                endpoints, self.options.timeout_seconds) if endpoints else ()):
            self.answers[name] = answer
            self.on_done(name)
            if trouble(answer):
                wrong.append(sites[name])
        return wrong

    def _still_wrong(self, site: SiteChange) -> bool:
        """Tell whether it has a second answer like the first; note why."""
        assert self.service and site.endpoint
        marks = self.marks
        answer = self.answers[site.name]
        if answer.seconds < self.options.timeout_seconds:
            # So that what the log gains comes from this one.
            marks = LogMarks([self.service.error_log, *site.logs])
            answer = ask(site.endpoint, self.options.timeout_seconds)
            self.answers[site.name] = answer
        why = trouble(answer)
        if not answer.status and "refused" in answer.reason:
            why += (f"; if nothing listens there, add `Listen"
                    f" {site.endpoint.port}` to {self.layout.platform.ports}")
        if why:
            sleep(0.05)    # others' processes write that log
            self.failed[site.name] = ["\n    ".join([
                f"{site.endpoint.url} {why}",
                *meaning(marks.new_lines(), [site])])]
        return bool(why)
