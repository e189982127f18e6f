"""Switch sites on or off in a running Apache, and take back what fails.

What `planner` plans, made safe:

- A checkpoint, a file in the directory of Apache's configuration, holds what
  was at each path before the first one changes, and is gone at the end.  A run
  that was killed is finished or undone by the next one (`recovery`).
- Apache tests the configuration before it reads it (`accepting`), and each
  site is asked for a page afterwards (`asking`).  A site that is refused, or
  does not answer as it should, is taken back by itself (`rollback`); the
  others stay.
- An application server of a site's own is started before Apache asks it, and
  stopped when Apache does not any more (`units`).
"""

from __future__ import annotations

import os
from typing import Iterable, Mapping, NamedTuple, Sequence

from modwsgideploy.activation.accepting import Accepting
from modwsgideploy.activation.answers import Answer, LogMarks, meaning
from modwsgideploy.activation.asking import Asking, OnDone
from modwsgideploy.activation.checkpoint import (
    KEPT,
    TAKEN_BACK,
    Checkpoint,
)
from modwsgideploy.activation.hazards import InForce, find_hazards, in_force
from modwsgideploy.activation.heeded import hazards_of
from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.placing import remove_kept
from modwsgideploy.activation.planner import SiteChange
from modwsgideploy.activation.reload import (
    find_running,
    reload,
    reload_or_start,
)
from modwsgideploy.activation.rights import check_signals
from modwsgideploy.activation.rollback import not_put_back
from modwsgideploy.activation.state import (
    is_half_undone,
    read_state,
)
from modwsgideploy.apache import control
from modwsgideploy.apache.control import Service
from modwsgideploy.apache.probe import Probe
from modwsgideploy.errors import DeployError, Failed
from modwsgideploy.system.signals import ignored_signals, stop_on_signals


class ApplyOptions(NamedTuple):
    """How one run goes."""

    on: bool = True
    reload: bool = True
    timeout_seconds: int = 30
    read: frozenset[str] = frozenset()    # new files that Apache has read


class SiteResult(NamedTuple):
    """What became of a SiteChange."""

    messages: tuple[str, ...] = ()     # why it was taken back
    answer: Probe | None = None
    restored: bool = True     # taken back, and Apache has read that


def apply_changes(sites: Sequence[SiteChange], layout: ApacheLayout,
                  options: ApplyOptions, on_done: OnDone | None = None
                  ) -> dict[str, SiteResult]:
    """Make the changes of ``sites`` take effect; the result of each name.

    ``on_done(name)`` is called as each is done.  Raises Failed when that is
    no site's fault; nothing has changed then.
    """
    return Run(layout, options, on_done).guarded(sites)


class Run(Accepting):
    """One change of what is switched on."""

    def __init__(self, layout: ApacheLayout, options: ApplyOptions,
                 on_done: OnDone | None = None) -> None:
        super().__init__(layout, options.on, on_done or (lambda name: None))
        self.options = options
        self.answers: dict[str, Answer] = {}
        self.service: Service | None = None
        self.written = self.loaded = False
        self.unread = False    # Apache has not read what was put back
        self.before: InForce | None = None

    def guarded(self, sites: Sequence[SiteChange]) -> dict[str, SiteResult]:
        """Do it all, or put all back; the result of each.  Raises Failed."""
        handlers = stop_on_signals()
        try:
            self.go(sites)
            with ignored_signals(handlers):   # it is done
                self.finish(sites)
        except BaseException as error:
            with ignored_signals(handlers):
                self.back_out(error)
            raise
        finally:
            with ignored_signals(handlers):   # which puts them back
                pass
        return {site.name: self.result(site) for site in sites}

    def go(self, sites: Sequence[SiteChange]) -> None:
        """Have the changes take effect.  Raises Failed."""
        self.try_out(sites)
        if self.applied and self.options.reload:
            self.start_servers()
        if self.applied and self.options.reload:
            self.load()
            self.ask(self.applied)

    def try_out(self, sites: Sequence[SiteChange]) -> None:
        """Put the files in their places, as far as Apache accepts them.

        Raises Failed.
        """
        before = self.test()
        self.broken = not before.accepted
        if not self.broken:
            self.find_service()
        elif self.options.on and not any(
                site.is_named_in(before.output) for site in sites):
            raise Failed("\n    ".join([
                "Apache refuses its configuration as it is already, so"
                " nothing was changed; mend that first:",
                *before.output.splitlines()]))
        self.before = in_force(self.host, self.service)
        self.written = True
        self.checkpoint.write(Checkpoint(
            os.path.realpath(self.layout.root), self.options.on,
            bool(self.service),
            self.service.generation if self.service else None, tuple(sites)))
        self.settle(sites)
        self.refuse_unread()
        if self.applied and self.options.reload:
            self.find_service()
            self.refuse_hazards()

    def resume(self, left: Sequence[SiteChange],
               before: tuple[int, int] | None) -> None:
        """Do what a killed run had still to do with the sites ``left``.

        ``before`` is Apache's generation before that run.
        """
        # It may have begun to take them back.
        half_undone = [site for site in left if is_half_undone(site.paths)]
        self.apply(half_undone)
        self.servers.forget(left)
        self.start_servers()
        self.test()
        assert self.host.httpd
        self.service = service = control.find_service(
            self.host.httpd, self.layout.config, self.layout.platform)
        self.marks = LogMarks([])
        if half_undone or not service.pid or service.generation == before:
            self.load()
        self.ask([site for site in left if site in self.applied])

    def finish(self, sites: Iterable[SiteChange]) -> None:
        """Come to the end: what was there before is kept no longer."""
        self.servers.stop(self.applied)
        self.checkpoint.remove()
        self.written = False
        remove_kept(change for site in sites for change in site.all_paths)

    def result(self, site: SiteChange) -> SiteResult:
        """Say what became of ``site``."""
        paths = [change.path for change in site.all_paths]
        messages = (*self.failed.get(site.name, ()), *not_put_back(
            path for path in self.changed if path in paths))
        answer = self.answers.get(site.name)
        return SiteResult(
            messages, answer and answer.probe,
            not messages or not self.unread and all(
                read_state(change.path).same(change.old)
                for change in site.own))

    def back_out(self, error: BaseException) -> None:
        """Put everything back, because of ``error``."""
        if not self.written:
            return
        try:
            sites = list(self.applied)
            self.checkpoint.mark_undone()
            self.take_back(sites)
            if self.loaded:
                self.load_former()
            self.finish(sites)
        except DeployError as second:
            raise Failed(
                *getattr(error, "messages", ()), *second.messages,
                "what was changed could not be put back; mend that and run it"
                " again, which does it") from None

    # What Apache is, and what would end it.

    def find_service(self) -> None:
        """Find the Apache that is to read it.  Raises Failed."""
        if self.service or not self.options.reload or not self.host.httpd:
            return
        service = find_running(self.host.httpd, self.layout)
        check_signals(service.pid)
        self.service = service

    def refuse_hazards(self) -> None:
        """Refuse what would end all of Apache.  Raises Failed.

        That is so where it is no site's, or only in force without one.
        """
        while self.applied:
            hazards = list(find_hazards(
                self.host, self.before or in_force(self.host, self.service),
                self.verb != "reload"))
            if not hazards:
                return
            why = hazards_of(self.applied, hazards)
            if not why:
                raise Failed(
                    "Apache would end when it reads its configuration, so"
                    " everything was put back; mend that first:",
                    *(hazard.message for hazard in hazards))
            for site in [each for each in self.applied if each.name in why]:
                self.refuse([site], "Apache would end when it reads this, and"
                            " every site with it", why[site.name])
            self.settle(list(self.applied))

    # What runs.

    def start_servers(self) -> None:
        """Start the application servers of sites, and take back those whose
        server does not start."""
        while failures := self.servers.start(self.applied):
            for site in list(self.applied):
                if site.name in failures:
                    self.refuse([site], failures[site.name])
            self.settle(list(self.applied))

    def load(self) -> None:
        """Have Apache read it.  Raises Failed."""
        assert self.service
        self.marks = LogMarks([self.service.error_log, *(
            log for site in self.applied for log in site.logs)])
        self.checkpoint.mark_loading()
        if self.service.pid and all(
                site.server and not site.paths for site in self.applied):
            return     # it has read it already
        self.loaded = True
        failure = reload(self.service, self.verb, self.options.timeout_seconds)
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

    @property
    def verb(self) -> str:
        """What Apache has to do to read what has changed."""
        if not (self.service and self.service.pid):
            return "start"
        # What is new for all sites may be read at the start alone.
        return "restart" if {change.path for site in self.applied for change
                             in site.shared} - self.options.read or (
            not control.survives_reload(self.service) or control.lacks_start(
                self.service, self.host.module_files)) else "reload"

    def load_former(self) -> str:
        """Have Apache read what was put back; "" or what went wrong."""
        if not self.options.reload or not self.service:
            self.unread = True
            return ""
        failure = reload_or_start(self.service, self.options.timeout_seconds)
        self.unread = bool(failure)
        return failure

    def ask(self, sites: Sequence[SiteChange]) -> None:
        """Ask each of ``sites``, and take back what does not answer."""
        if not self.options.on:
            for site in sites:
                self.on_done(site.name)
            self.mark(sites, KEPT)
            return
        why = self.find_trouble(sites)
        wrong = [site for site in sites if site.name in why]
        self.failed.update({name: [text] for name, text in why.items()})
        self.mark((site for site in sites if site not in wrong), KEPT)
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
        self.mark(wrong, TAKEN_BACK)

    def find_trouble(self, sites: Sequence[SiteChange]) -> Mapping[str, str]:
        """Say for each of ``sites`` that does not answer as it should, why."""
        assert self.service
        asking = Asking(self.service, self.layout,
                        self.options.timeout_seconds, self.on_done)
        why = asking.find_trouble(sites, self.marks)
        self.answers.update(asking.answers)
        return why
